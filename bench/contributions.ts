import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { findCategoryDrift } from '../src/categories/recount.ts'
import { indexAll } from '../src/cli/indexing.ts'
import { findDrift } from '../src/connections/recount.ts'
import { findContributionDrift } from '../src/contributions/recount.ts'
import { type Database, openDatabase } from '../src/platform/db/database.ts'
import { createRandom } from '../src/seed/random.ts'
import { writeText } from '../src/seed/texts.ts'
import { topics } from '../src/seed/topics.ts'
import { createDatabase } from './community.ts'
import { createSteps, fillWithoutIndexes, rowOfFilling } from './filling.ts'
import { get, post, type Source } from './load.ts'
import { compare, type Measuring, measure, type Result, type Runner } from './measure.ts'
import { residentMb } from './processes.ts'
import { addressOf, checkSame } from './same.ts'
import { root, type Server, secret, startFloor, startKith } from './servers.ts'
import { createTokenBook, oneOf } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

export type At = { host: string; port: number; user: string }

export type Contributing = Measuring & { nodeArgs: string[]; searchesOnly: boolean }

/** A seeded community, the two servers on it, and what they are asked about. */
type Site = {
  size: number
  seeding: { members: number; seconds: number; peakMb: number }
  filling: string[]
  db: Database
  kith: Server
  floor: Server
  token(id: number): string
  /** Those who ask, and one more who has hidden fifty others. */
  viewers: number[]
  hider: number
  /** Statuses from the middle of the list, the one with the most votes, and one whose category has hardly any others. */
  statuses: number[]
  loved: number
  lonely: number
  /** Where the list of statuses stands after half of it, as a cursor. */
  half: string
  /** Categories that anybody may write in. */
  categories: number[]
}

/** Runs a command of Kith on a database, and watches how much memory it takes. */
export async function runKith(
  dir: string,
  databaseUrl: string,
  args: string[],
): Promise<{ seconds: number; peakMb: number }> {
  const from = performance.now()
  const child = spawn(process.execPath, [join(root, 'src', 'main.ts'), ...args], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: databaseUrl, KITH_DATA_DIR: dir, KITH_JWT_SECRET: secret },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-500)
    if (process.stderr.isTTY) process.stderr.write(text)
  })
  let peakMb = 0
  const watching = setInterval(() => {
    peakMb = Math.max(peakMb, residentMb(child.pid as number).peak || 0)
  }, 100)
  const [code] = await once(child, 'exit')
  clearInterval(watching)
  if (code !== 0) throw new Error(`kith ${args.join(' ')} ended with code ${code}: ${said}`)
  return { seconds: (performance.now() - from) / 1000, peakMb }
}

export async function askServer(server: Server, path: string, token?: string, body?: object): Promise<Json> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { ...(token && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text && JSON.parse(text.replaceAll(`http://127.0.0.1:${server.port}`, 'http://bench'))
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the endpoint says
type Json = any

/** A word that twenty statuses have, and a category that twenty others are in: the seed has nothing that is as rare. */
const rareWord = 'zymurgy'

async function createSite(dir: string, at: At, size: number, options: Contributing): Promise<Site> {
  const steps = createSteps((what) => options.say(`${figure(size)} contributions: ${what}`))
  const { say } = steps
  const url = await createDatabase(at, `contributions${size}`)
  // Twenty to a member, as in a community that has been there for a while.
  const members = Math.max(200, Math.round((options.searchesOnly ? Math.min(size, mostSeeded) : size) / 20))
  await runKith(dir, url, ['create-user', 'admin', '--role', 'admin'])
  say('seeding')
  const seeded = options.searchesOnly ? Math.min(size, mostSeeded) : size
  const args = ['seed', '--members', String(members), '--contributions', String(seeded), '--seed', '1']
  const seeding = { members, ...(await runKith(dir, url, args)) }
  const db = openDatabase({ url, size: 1, session: { statement_timeout: '0' } }, () => {})
  say('recounting')
  const drift = [...(await findDrift(db)), ...(await findCategoryDrift(db)), ...(await findContributionDrift(db))]
  if (drift.length) throw new Error(`The community was not seeded right: ${JSON.stringify(drift.slice(0, 3))}`)

  await openAll(db)
  if (seeded < size) await copyContributions(db, size, say)

  const ids = async (text: string, values: unknown[] = []) =>
    (await db.query<{ id: number }>(text, values)).map(({ id }) => id)
  const viewers = await ids(
    `select id from users where status = 'a' and role is null and connections > 5 order by id % 97, id limit 200`,
  )
  const hider = viewers.pop() as number
  const book = await createTokenBook([1, ...viewers, hider])
  const token = (id: number) => book.get(id) as string
  say('choosing')
  const kith = await startKith(dir, url, {}, options.nodeArgs)
  const hidden = await ids(
    `select id from users u where status = 'a' and role is null
       and not exists (select from relation r where r.member_id = u.id and r.other_id = $1)
       and id <> all($2::bigint[]) order by statuses desc, id limit 50`,
    [hider, [hider, ...viewers]],
  )
  for (const id of hidden) await askServer(kith, `/api/v2/user/${id}/hide/`, token(hider), {})

  const categories = await ids('select id from category where active and not content_only_staff order by id limit 12')
  const { id: lonelyCategory } = await askServer(kith, '/api/v2/category/', token(1), { name: 'Seldom' })
  /** Twenty statuses from all of the time, two sets of which have none in common. */
  const spread = (set: 0 | 1) =>
    ids(
      `select distinct on (id / $1) id from contribution where kind = 1 and not deleted and id % $1 >= $2
       order by id / $1, id limit 20`,
      [Math.floor(size / 20), Math.floor((set * size) / 40)],
    )
  const lonely = await spread(0)
  await db.query('update contribution set categories = $2 where id = any($1::bigint[])', [lonely, [lonelyCategory]])
  await db.query('update contribution set words = words || $2 where id = any($1::bigint[])', [
    await spread(1),
    ` ${rareWord}`,
  ])
  say('indexing words')
  await indexAll({ db })
  const [loved] = await ids(
    'select id from contribution where kind = 1 and not deleted order by vote_count desc limit 1',
  )
  const statuses = await ids(
    `select id from contribution where kind = 1 and not deleted and id > $1 and categories <> '{}' order by id limit 500`,
    [size / 2],
  )
  const [middle] = await db.query<{ key: string }>(
    `select json_build_array(1, added_at, id)::text as key from contribution where id = $1`,
    [statuses[0]],
  )
  const half = Buffer.from(middle?.key as string).toString('base64url')
  say('vacuuming')
  await db.query('vacuum analyze')
  await db.query('checkpoint')

  const filling = rowOfFilling(figure(size), steps.taken())
  const site = { size, seeding, filling, db, kith, token, viewers, hider, statuses, categories, half }
  const floor = await startFloor(dir, url, { ...addressOf(kith), ...(await eventBytes(site)) })
  return { ...site, floor, loved: loved as number, lonely: lonely.at(-1) as number }
}

/** Where nothing but searches is measured, so many are seeded, and copied as often as it takes. */
const mostSeeded = 20_000

/** Makes everything that is seeded one for all, and takes all members their tags: the floor knows neither. */
export async function openAll(db: Database): Promise<void> {
  await db.query(`update contribution set addressing = '{}' where addressing <> '{}'`)
  await db.query(`update users set tag_ids = '{}' where tag_ids <> '{}'`)
}

/** Copies the contributions there are, behind each other, until there are so many; and none of what belongs to them. */
export async function copyContributions(db: Database, size: number, say: (what: string) => void): Promise<void> {
  const columns = `kind, author_id, title, html, summary, words, categories, last_edited_at, last_activity_at, deleted,
    search, search_rules`
  const [last] = await db.query<{ id: number }>('select max(id) as id from contribution')
  const { id } = last as { id: number }
  await fillWithoutIndexes(db, 'contribution', say, async () => {
    for (let copy = 1; copy * id < size; copy++) {
      say(`copying: ${copy} of ${Math.ceil(size / id) - 1}`)
      await db.query(
        `insert into contribution (slug, added_at, ${columns}) select slug || '.' || $1::int,
           added_at + $1::int * interval '1 day', ${columns} from contribution where id <= $2 order by id limit $3`,
        [copy, id, size - copy * id],
      )
    }
  })
}

type Asked = Pick<Site, 'db' | 'kith' | 'token' | 'viewers' | 'statuses' | 'categories'>

/** How long the bodies of events are about a post that is made, and about a vote. */
async function eventBytes({ db, kith, token, viewers, statuses, categories }: Asked): Promise<Record<string, string>> {
  const [one, other] = viewers as [number, number]
  await askServer(kith, '/api/v2/post/', token(one), { text: textOf(other), categories: categories.slice(0, 3) })
  for (let i = 0; i < 2; i++) await askServer(kith, `/api/v2/status/${statuses[0]}/vote/`, token(one), {})
  const [row] = await db.query<{ created: number; voted: number }>(
    `select max(octet_length(body::text)) filter (where type = 'post.created') as created,
       max(octet_length(body::text)) filter (where type = 'vote.created') as voted from event`,
  )
  return { CREATED_BYTES: String(row?.created), VOTED_BYTES: String(row?.voted) }
}

const random = createRandom(1, 'bench')
const texts = Array.from({ length: 200 }, (_, i) => writeText(random, 'post', topics[i % topics.length] ?? null).html)
let written = 0

/** A text as the editor sends it, which mentions a member. */
const textOf = (mentioned: number) =>
  `<p>No. ${++written} for <mention id="${mentioned}">@somebody</mention></p>${oneOf(texts)}`

/** The floor is one only as long as it gives the same bytes. */
async function checkFloor({ kith, floor, token, viewers, statuses }: Site): Promise<void> {
  for (const viewer of viewers.slice(0, 5))
    for (const [i, kind] of ['status', 'post', 'discussion'].entries())
      await checkSame([kith, `/api/v2/${kind}/`, token(viewer)], [floor, `/contributions/${i + 1}/${viewer}`])
  const [one] = viewers as [number]
  for (const id of statuses.slice(0, 20))
    await checkSame([kith, `/api/v2/status/${id}/`, token(one)], [floor, `/contribution/${id}/${one}`])
}

/** Each connection votes for something, and takes it back: no two of them for the same. */
function voting(site: Site, shape: (id: number, member: number) => string): Source {
  const open = new Map<number, [number, number]>()
  let next = 0
  return (connection) => {
    const voted = open.get(connection)
    open.delete(connection)
    if (voted) return shape(...voted)
    const at = next++
    const pair: [number, number] = [
      site.statuses[at % site.statuses.length] as number,
      site.viewers[(at * 7) % site.viewers.length] as number,
    ]
    open.set(connection, pair)
    return shape(...pair)
  }
}

type Case = {
  name: string
  /** The rate by that of the floor that is wanted, if any is. */
  wanted?: number
  kith(site: Site): Source
  floor(site: Site): Source
}

const path = (make: (site: Site) => string) => (site: Site) => () => {
  return get(`/api/v2/${make(site)}`, site.token(oneOf(site.viewers)))
}
const floorList = (kind: number) => (site: Site) => () => get(`/contributions/${kind}/${oneOf(site.viewers)}`)

const cases: Case[] = [
  { name: 'statuses', wanted: 1.5, kith: path(() => 'status/'), floor: floorList(1) },
  { name: 'posts', wanted: 1.5, kith: path(() => 'post/'), floor: floorList(2) },
  { name: 'discussions', wanted: 1.5, kith: path(() => 'discussion/'), floor: floorList(3) },
  {
    name: 'one status',
    kith: path(({ statuses }) => `status/${oneOf(statuses)}/`),
    floor: (site) => () => get(`/contribution/${oneOf(site.statuses)}/${oneOf(site.viewers)}`),
  },
  {
    name: 'statuses for who hides 50',
    kith: (site) => () => get('/api/v2/status/', site.token(site.hider)),
    floor: floorList(1),
  },
  {
    name: 'statuses, from the middle on',
    kith: path(({ half }) => `status/?limit=20&offset=1000&cursor=${half}`),
    floor: floorList(1),
  },
  { name: 'statuses, last active', kith: path(() => 'status/?ordering=-last_activity_at'), floor: floorList(1) },
  { name: 'uncommented', kith: path(() => 'status/uncommented/'), floor: floorList(1) },
  { name: 'discussions followed', kith: path(() => 'discussion/following/'), floor: floorList(3) },
  { name: 'votes, of very many', kith: path(({ loved }) => `status/${loved}/vote/`), floor: floorList(1) },
  {
    name: 'related',
    wanted: 1.5,
    kith: path(({ statuses }) => `status/${oneOf(statuses)}/related/`),
    floor: floorList(1),
  },
  { name: 'related, among twenty', kith: path(({ lonely }) => `status/${lonely}/related/`), floor: floorList(1) },
  ...Object.entries({
    'in most of them': 'the',
    'in one of a hundred': 'sourdough',
    'in twenty': rareWord,
    'in none': 'nowherever',
  }).map(([what, word]) => ({
    name: `search: a word ${what}`,
    kith: path(() => `status/search/?search=${word}`),
    floor: floorList(1),
  })),
  { name: 'search: a beginning', kith: path(() => 'status/search/?search=so'), floor: floorList(1) },
  ...Object.entries({
    'two words, one in most of them': 'the cello',
    'two words, each in most of them': 'the and',
    'two words, never together': `sourdough ${rareWord}`,
  }).map(([what, words]) => ({
    name: `search: ${what}`,
    kith: path(() => `status/search/?search=${encodeURIComponent(words)}`),
    floor: floorList(1),
  })),
  {
    name: 'publish a post in three categories',
    wanted: 0.75,
    kith: (site) => () => {
      const body = JSON.stringify({ text: textOf(oneOf(site.viewers)), categories: threeOf(site) })
      return post('/api/v2/post/', site.token(oneOf(site.viewers)), body)
    },
    floor: (site) => () => {
      const [author, mentioned] = [oneOf(site.viewers), oneOf(site.viewers)]
      return get(`/create/${author}/${mentioned}/${encodeURIComponent(textOf(mentioned))}/${threeOf(site)}`)
    },
  },
  {
    name: 'vote, take it back',
    wanted: 0.75,
    kith: (site) => voting(site, (id, member) => post(`/api/v2/status/${id}/vote/`, site.token(member), '{}')),
    floor: (site) => voting(site, (id, member) => get(`/vote/${id}/${member}`)),
  },
]

const threeOf = ({ categories }: Site) => {
  const at = Math.floor(random() * (categories.length - 3))
  return categories.slice(at, at + 3)
}

/**
 * What contributions cost in communities of several sizes: each of them and the floor on it, by turns. Lists of which the
 * floor has none are compared with its list of 20.
 */
export async function benchContributions(dir: string, at: At, sizes: number[], options: Contributing): Promise<void> {
  const sites: Site[] = []
  for (const size of sizes) {
    const site = await createSite(dir, at, size, options)
    if (!options.searchesOnly) await checkFloor(site)
    sites.push(site)
  }

  const rows: string[][] = []
  for (const { name, wanted, kith, floor } of cases) {
    if (options.searchesOnly && !name.startsWith('search')) continue
    const runners: Runner[] = sites.flatMap((site) => [
      { port: site.floor.port, pid: site.floor.pid, source: floor(site) },
      { port: site.kith.port, pid: site.kith.pid, source: kith(site) },
    ])
    const results = await measure(`contributions, ${name}`, runners, options)
    const first = results[1] as Result
    for (const [i, { size }] of sites.entries()) {
      const [bare, real] = results.slice(2 * i) as [Result, Result]
      const grown = 1 / compare(real, first).cpu
      const last = i > 0 && i === sites.length - 1
      const cells = (result: Result) => [
        figure(result.rate),
        figure(result.p50, 2),
        figure(result.p99, 2),
        figure(result.nodeMs, 3),
        figure(result.postgresMs, 3),
      ]
      const to = compare(real, bare)
      rows.push([`${name}, ${figure(size)}: floor`, ...cells(bare)])
      rows.push([
        ...[`${name}, ${figure(size)}: Kith`, ...cells(real), figure(to.rate, 2), figure(1 / to.cpu, 2)],
        figure(grown, 2),
        [
          ...(wanted ? [judged(to.rate >= wanted, `>= ${wanted} by rate`)] : []),
          ...(last ? [judged(grown <= 1.3, '<= 1.3 by CPU')] : []),
        ].join(', '),
      ])
    }
  }
  for (const { kith, floor, db } of sites) {
    await kith.stop()
    await floor.stop()
    await db.close()
  }
  options.say('')
  printTable(
    'Filling',
    ['contributions', 's', 'the longest of it, s'],
    sites.map(({ filling }) => filling),
  )
  printTable(
    'kith seed',
    ['contributions, members', 's', 'peak MB'],
    sites.map(({ size, seeding: { members, seconds, peakMb } }) => {
      return [`${figure(size)}, ${figure(members)}`, figure(seconds, 1), figure(peakMb)]
    }),
  )
  const head = [
    '',
    'req/s',
    'p50 ms',
    'p99 ms',
    'CPU ms: node',
    'PostgreSQL',
    'rate/floor',
    'CPU/floor',
    'growth',
    'aim',
  ]
  printTable('Contributions, lists of 20; growth is CPU a request against the smallest community', head, rows)
}
