import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../src/platform/db/database.ts'
import { createRandom } from './community.ts'
import { root, secret, startKith } from './servers.ts'
import { createTokenBook } from './sources.ts'
import { figure, printTable } from './table.ts'

/** Who is a friend of whom, by the file. */
function readFriends(file: string): Map<string, Set<string>> {
  const friends = new Map<string, Set<string>>()
  const add = (a: string, b: string) => friends.set(a, (friends.get(a) ?? new Set()).add(b))
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [a, b] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (!a || !b || a === b) continue
    add(a, b)
    add(b, a)
  }
  return friends
}

async function importGraph(dir: string, databaseUrl: string, file: string): Promise<number> {
  const from = performance.now()
  const child = spawn(process.execPath, [join(root, 'src', 'main.ts'), 'import-graph', file], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: databaseUrl, KITH_DATA_DIR: dir, KITH_JWT_SECRET: secret },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`kith import-graph ended with code ${code}.`)
  return (performance.now() - from) / 1000
}

type Page = {
  count: number
  next: string | null
  results: { id: number; username: string; connections_counter: number }[]
}

/**
 * Imports a real graph with Kith's own command and compares what Kith then says with the file: every member's number
 * of connections, and the friends that pairs of members have in common.
 */
export async function checkGraph(
  dir: string,
  databaseUrl: string,
  file: string,
  quick: boolean,
  say: (what: string) => void,
): Promise<void> {
  say('graph: reading the file')
  const friends = readFriends(file)
  const edges = [...friends.values()].reduce((sum, { size }) => sum + size, 0) / 2
  say('graph: importing')
  const seconds = await importGraph(dir, databaseUrl, file)

  const db = openDatabase({ url: databaseUrl, size: 1 }, () => {})
  const rows = await db.query<{ id: number; username: string }>(
    `select id, username from users where username like 'member%'`,
  )
  const ids = new Map(rows.map(({ id, username }) => [username.slice('member'.length), id]))
  await db.close()
  const kith = await startKith(dir, databaseUrl)
  const tokens = await createTokenBook([...ids.values()])
  const base = `http://127.0.0.1:${kith.port}/api/v2`
  const wrong: string[] = []

  async function get<T>(url: string, as: number): Promise<T> {
    const response = await fetch(url, { headers: { authorization: `Bearer ${tokens.get(as)}` } })
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  async function walk(path: string, as: number): Promise<{ names: string[]; count: number }> {
    const names: string[] = []
    let count = 0
    for (let next: string | null = `${base}${path}`; next; ) {
      const page: Page = await get<Page>(next, as)
      names.push(...page.results.map(({ username }) => username.slice('member'.length)))
      count = page.count
      next = page.next
    }
    return { names, count }
  }
  /** Runs through items, a few at a time. */
  async function each<T>(items: T[], what: string, check: (item: T) => Promise<void>): Promise<void> {
    let next = 0
    const worker = async () => {
      while (next < items.length) {
        const i = next++
        if (i % 100 === 0) say(`graph: ${what}, ${i} of ${items.length}`)
        await check(items[i] as T)
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
  }

  const members = [...friends.keys()]
  for (const name of members) if (!ids.has(name)) wrong.push(`member${name} was not imported`)
  await each(members, 'degrees', async (name) => {
    const id = ids.get(name) as number
    const { connections_counter: kept } = await get<Page['results'][0]>(`${base}/user/${id}/`, id)
    const degree = friends.get(name)?.size
    if (kept !== degree) wrong.push(`member${name} has ${degree} friends, Kith counts ${kept}`)
  })

  const random = createRandom(5)
  const one = (names: string[]) => names[Math.floor(random() * names.length)] as string
  const pairs = Array.from({ length: quick ? 500 : 4_000 }, (_, i) => {
    const a = one(members)
    // Strangers seldom have friends in common: every other pair are friends, or friends of friends.
    const friend = one([...(friends.get(a) as Set<string>)])
    const b = [one(members), friend, one([...(friends.get(friend) as Set<string>)])][i % 3] as string
    return [a, b] as const
  }).filter(([a, b]) => a !== b)
  let shared = 0
  let without = 0
  await each(pairs, 'friends in common', async ([a, b]) => {
    const theirs = friends.get(b) as Set<string>
    const expected = [...(friends.get(a) as Set<string>)].filter((name) => theirs.has(name)).sort()
    const viewer = ids.get(b) as number
    const { names, count } = await walk(`/user/${ids.get(a)}/connections/?mutual=1&limit=100`, viewer)
    const { mutual_count: told } = await get<{ mutual_count: number }>(`${base}/user/${ids.get(a)}/`, viewer)
    shared += expected.length
    if (!expected.length) without++
    const found = [...names].sort()
    if (found.join() !== expected.join() || count !== expected.length || told !== expected.length)
      wrong.push(
        `member${a} and member${b} share ${expected.length}: ${names.length} listed, count ${count}, mutual_count ${told}`,
      )
  })
  await kith.stop()
  say('')
  printTable(
    'A real graph, imported and compared with its file',
    ['', ''],
    [
      ['members in the file, friendships', `${figure(members.length)}, ${figure(edges)}`],
      ['kith import-graph, with its start, s', figure(seconds, 1)],
      ['members whose connections_counter was compared with their degree', figure(members.length)],
      ['pairs whose list of friends in common was walked and compared', figure(pairs.length)],
      ['friends in common listed; pairs without any', `${figure(shared)}; ${figure(without)}`],
      ['differences', figure(wrong.length)],
    ],
  )
  for (const each of wrong.slice(0, 10)) console.log(`  ${each}`)
  if (wrong.length) process.exitCode = 1
}
