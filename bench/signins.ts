import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { type Load, load, median, quantile } from './load.ts'
import { disturbance, type Measuring } from './measure.ts'
import { cpuSeconds, machineSeconds } from './processes.ts'
import { startKith } from './servers.ts'
import { createTokenBook } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

const members = 40
const password = 'correct Horse 9'
/** Browsers that ask who they are meanwhile, and those who sign in at a time. */
const [asking, signing] = [4, 8]

type Window = { me: Load; signIns: Load | null; cpu: number }

/** Passwords a second that this machine checks, so many at a time, with nothing else to do. */
async function floorOf(atOnce: number, seconds: number): Promise<number> {
  const hashed = await hash(password)
  let done = 0
  const from = performance.now()
  const keep = async () => {
    while (performance.now() - from < seconds * 1000) {
      await verify(hashed, password)
      done++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, keep))
  return done / ((performance.now() - from) / 1000)
}

/** How many sign in a second, and what they do to others: who asks for their own page meanwhile waits how much longer. */
export async function benchSignIns(dir: string, databaseUrl: string, options: Measuring): Promise<void> {
  const { rounds, seconds, postgres, say } = options
  const kith = await startKith(dir, databaseUrl)
  const tokens = await createTokenBook(Array.from({ length: members + 1 }, (_, i) => i + 1))
  const ask = async (path: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${kith.port}/api/v2${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.get(1)}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text) as { id: number; client_id: string; client_secret: string }
  }
  say('sign-ins: making members')
  const app = await ask('/oauth/apps/', { name: 'Bench', grants: ['password'] })
  for (let i = 0; i < members; i++)
    await ask('/account/create/', { username: `signer${i}`, email: `signer${i}@example.com`, password })

  let next = 0
  const signIn = () => {
    const { client_id, client_secret } = app
    const username = `signer${next++ % members}`
    const form = { grant_type: 'password', client_id, client_secret, username, password }
    const body = new URLSearchParams(form).toString()
    return `POST /oauth/token/ HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  }
  const me = () =>
    `GET /api/v2/user/me/ HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${tokens.get(2 + (next++ % members))}\r\n\r\n`

  async function look(withSignIns: boolean): Promise<Window> {
    const used = () => cpuSeconds({ pid: kith.pid, family: false }) + cpuSeconds(postgres)
    const before = [used(), machineSeconds()] as const
    const own = process.cpuUsage()
    const [asked, signed] = await Promise.all([
      load(kith.port, me, asking, seconds),
      withSignIns ? load(kith.port, signIn, signing, seconds) : null,
    ])
    const { user, system } = process.cpuUsage(own)
    const cpu = used() - before[0]
    disturbance.push(Math.max(0, machineSeconds() - before[1] - cpu - (user + system) / 1e6) / asked.seconds)
    for (const each of [asked, signed])
      if (each?.refused)
        throw new Error(`sign-ins: ${each.refused} of ${each.requests} refused. The first: ${each.refusal}`)
    return { me: asked, signIns: signed, cpu }
  }

  const windows: { quiet: Window; busy: Window; floor: number }[] = []
  await load(kith.port, me, asking, Math.max(0.6, seconds / 2))
  await load(kith.port, signIn, signing, Math.max(0.6, seconds / 2))
  for (let round = 0; round < rounds; round++) {
    say(`sign-ins: round ${round + 1} of ${rounds}`)
    const quiet = await look(false)
    const busy = await look(true)
    windows.push({ quiet, busy, floor: await floorOf(2, seconds) })
  }
  await kith.stop()

  const of = (take: (window: (typeof windows)[0]) => number) => median(windows.map(take))
  const rate = ({ requests, seconds }: Load) => requests / seconds
  const row = (name: string, which: 'quiet' | 'busy') => [
    name,
    figure(of((each) => rate(each[which].me))),
    figure(
      of((each) => quantile(each[which].me.latencies, 0.5)),
      1,
    ),
    figure(
      of((each) => quantile(each[which].me.latencies, 0.99)),
      1,
    ),
  ]
  printTable(
    `GET /user/me/ of ${asking} browsers, alone and beside ${signing} who sign in without pause`,
    ['', 'a second', 'p50 ms', 'p99 ms'],
    [row('alone', 'quiet'), row('beside sign-ins', 'busy')],
  )
  const signed = (take: (load: Load) => number) => of(({ busy }) => take(busy.signIns as Load))
  const floor = of((each) => each.floor)
  printTable(
    'Signing in by name and password',
    ['', 'a second', 'p50 ms', 'p99 ms'],
    [
      [
        'Kith',
        figure(signed(rate), 1),
        figure(
          signed(({ latencies }) => quantile(latencies, 0.5)),
          0,
        ),
        figure(
          signed(({ latencies }) => quantile(latencies, 0.99)),
          0,
        ),
      ],
      ['argon2id alone, two at a time', figure(floor, 1), '', ''],
    ],
  )
  const more = of(({ quiet, busy }) => quantile(busy.me.latencies, 0.99) - quantile(quiet.me.latencies, 0.99))
  console.log(
    `\np99 of GET /user/me/ beside sign-ins: ${figure(more, 1)} ms more than alone, ${judged(more <= 10, 'at most 10 more')}. ` +
      `${availableParallelism()} cores.`,
  )
}
