import { findDrift } from '../src/connections/recount.ts'
import { openDatabase } from '../src/platform/db/database.ts'
import { createRandom } from './community.ts'
import { disturbance } from './measure.ts'
import { cpuSeconds, machineSeconds, type Watched } from './processes.ts'
import { startKith } from './servers.ts'
import { createTokenBook } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

const members = 5_000
const friendships = 50_000

/** Sends lines and reads what comes of them: the seconds it took, and the sum at the end. */
async function send(url: string, token: string, items: object[]) {
  const from = performance.now()
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: items.map((each) => `${JSON.stringify(each)}\n`).join(''),
  })
  const text = await response.text()
  const sum = JSON.parse(text.trim().split('\n').at(-1) ?? '{}') as { done?: true; made: number; there: number }
  if (!response.ok || !sum.done) throw new Error(`${url}: ${response.status} ${text.slice(-500)}`)
  return { seconds: (performance.now() - from) / 1000, ...sum }
}

/** How long a community of another system takes to come over HTTP, told and untold, and to be sent again. */
export async function benchImports(
  dir: string,
  databaseUrl: string,
  postgres: Watched,
  say: (what: string) => void,
): Promise<void> {
  const kith = await startKith(dir, databaseUrl)
  const admin = 1
  const tokens = await createTokenBook([admin])
  const base = `http://127.0.0.1:${kith.port}/api/v2`
  const rows: string[][] = []
  let worst = 0
  say('imports: starting')
  for (const events of [0, 1]) {
    const random = createRandom(events + 1)
    const some = () => Math.floor(random() * members)
    const people = Array.from({ length: members }, (_, i) => ({
      ext_id: `crm-${events}-${i}`,
      username: `import${events}-${i}`,
      email: `import${events}-${i}@example.com`,
      real_name: `Member Number ${i}`,
    }))
    const pairs = new Map<string, object>()
    while (pairs.size < friendships) {
      const [a, b] = [some(), some()]
      const key = `${Math.min(a, b)} ${Math.max(a, b)}`
      if (a !== b) pairs.set(key, { from_ext_id: `crm-${events}-${a}`, to_ext_id: `crm-${events}-${b}` })
    }
    const ties = [...pairs.values()]
    const total = { first: 0, again: 0 }
    for (const time of ['first', 'again'] as const) {
      say(`imports: ${events ? 'told' : 'untold'}, ${time}`)
      const used = () => cpuSeconds({ pid: kith.pid, family: false }) + cpuSeconds(postgres)
      const before = [used(), machineSeconds()] as const
      const made = [
        await send(`${base}/user/import/?events=${events}`, tokens.get(admin) as string, people),
        await send(`${base}/connection/import/?events=${events}`, tokens.get(admin) as string, ties),
      ]
      total[time] = (made[0]?.seconds ?? 0) + (made[1]?.seconds ?? 0)
      const [ours, all] = [used() - before[0], machineSeconds() - before[1]]
      disturbance.push(Math.max(0, all - ours) / total[time])
      rows.push([
        `${events ? 'with' : 'without'} events, ${time}`,
        ...made.map(({ seconds }) => figure(seconds, 1)),
        figure(total[time], 1),
        figure(ours, 1),
      ])
    }
    worst = Math.max(worst, total.first)
  }
  await kith.stop()
  const db = openDatabase({ url: databaseUrl, size: 1 }, () => {})
  const drift = await findDrift(db)
  await db.close()
  say('')
  printTable(
    `Imports over HTTP: ${figure(members)} members, ${figure(friendships)} friendships`,
    ['', 'members, s', 'friendships, s', 'together, s', 'CPU, s'],
    rows,
  )
  console.log(
    `\n  Both: ${judged(worst < 30, 'under 30 s')}. Counters: ${drift.length ? JSON.stringify(drift[0]) : 'exact'}.`,
  )
}
