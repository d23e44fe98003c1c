import assert from 'node:assert/strict'
import { indexAll } from '../src/cli/indexing.ts'
import { type Database, openDatabase } from '../src/platform/db/database.ts'
import { createDatabase } from './community.ts'
import { type At, askServer, copyContributions, openAll, runKith } from './contributions.ts'
import { createSteps, fillWithoutIndexes, rowOfFilling } from './filling.ts'
import { get, post } from './load.ts'
import { compare, type Measuring, measure, type Result, type Runner } from './measure.ts'
import { addressOf } from './same.ts'
import { type Server, startFloor, startKith } from './servers.ts'
import { createTokenBook, oneOf } from './sources.ts'
import { figure, judged, printTable } from './table.ts'
import { benchThreads, benchUploads } from './threads.ts'

/** So many connections have those who read, and all of them follow so many categories. */
const circles = [10, 100, 1_000]
const followed = 50
const readersEach = 8

/** What is measured, and how many connections the one has who publishes to very many. */
type Feeding = Measuring & { nodeArgs: string[]; crowd: number }

type Site = {
  size: number
  db: Database
  kith: Server
  floor: Server
  token(id: number): string
  readers: number[][]
  star: number
  filling: string[]
}

/** So many contributions are seeded at most; the rest are copies of them. */
const mostSeeded = 20_000

async function createSite(dir: string, at: At, size: number, options: Feeding): Promise<Site> {
  const steps = createSteps((what) => options.say(`${figure(size)} contributions: ${what}`))
  const { say } = steps
  const url = await createDatabase(at, `feeds${size}`)
  await runKith(dir, url, ['create-user', 'admin', '--role', 'admin'])
  say('seeding')
  const seeded = Math.min(size, mostSeeded)
  await runKith(dir, url, ['seed', '--members', '3000', '--contributions', String(seeded), '--seed', '1'])
  const db = openDatabase({ url, size: 1, session: { statement_timeout: '0' } }, () => {})
  say('adding readers')
  await openAll(db)
  const { readers, categories } = await addReaders(db)
  say('adding one known to very many')
  const star = await addStar(db, options.crowd)
  // Each of the categories has its part, as one does that is chosen by whoever publishes.
  await db.query(`update contribution set categories = categories || ($1::bigint[])[1 + id % $2]`, [
    categories,
    followed,
  ])
  if (seeded < size) {
    await copyContributions(db, size, say)
    say('filling the feeds of categories')
    await fillWithoutIndexes(db, 'category_feed', say, async () => {
      await db.query('truncate category_feed')
      await db.query(`insert into category_feed
        select placed.id, c.id, c.kind, c.author_id, c.added_at, c.last_activity_at,
          relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
        from contribution c cross join lateral (select distinct unnest(c.categories) as id) placed
        where not c.deleted order by placed.id, c.author_id, c.id`)
    })
  }
  say('indexing words')
  await indexAll({ db })
  say('vacuuming')
  await db.query('vacuum analyze')
  await db.query('checkpoint')
  const book = await createTokenBook([...readers.flat(), star])
  const token = (id: number) => book.get(id) as string
  const kith = await startKith(dir, url, {}, options.nodeArgs)
  const floor = await startFloor(dir, url, addressOf(kith))
  await fillReady(db, { kith, token, readers })
  return { size, db, kith, floor, token, readers, star, filling: rowOfFilling(figure(size), steps.taken()) }
}

/** A member connected with very many who do nothing else. */
async function addStar(db: Database, crowd: number): Promise<number> {
  const [star] = await db.query<{ id: number }>(
    `insert into users (username, email, date_joined, connections) values ('star', 'star@example.org', now(), $1) returning id`,
    [crowd],
  )
  const { id } = star as { id: number }
  await db.query(
    `with fan as (
       insert into users (username, email, date_joined, connections)
       select 'fan-' || n, 'fan-' || n || '@example.org', now(), 1 from generate_series(1, $2::int) n returning id
     )
     insert into relation (member_id, other_id, version, state, place, asked)
     select $1::bigint, id, 1, 4, id, true from fan union all select id, $1::bigint, 1, 4, id, false from fan`,
    [id, crowd],
  )
  return id
}

/**
 * Members who read, with so many connections among the others, and categories that all of them follow. They have been there
 * before everything that was published: of each, as much is unread.
 */
async function addReaders(db: Database): Promise<{ readers: number[][]; categories: number[] }> {
  const ids = async (text: string, values: unknown[] = []) =>
    (await db.query<{ id: number }>(text, values)).map(({ id }) => id)
  const categories = await ids(
    `insert into category (name, slug, lastmod_datetime, created_at)
     select 'Bench ' || n, 'bench-' || n, now(), now() from generate_series(1, $1::int) n returning id`,
    [followed],
  )
  const readers: number[][] = []
  for (const connections of circles) {
    const made = await ids(
      `insert into users (username, email, date_joined, connections, categories)
       select 'reader-' || $1::int || '-' || n, 'reader-' || $1::int || '-' || n || '@example.org', now() - interval '10 years', $1::int, $2::int
       from generate_series(1, $3::int) n returning id`,
      [connections, followed, readersEach],
    )
    for (const id of made)
      await db.query(
        `with others as (
           select id from users where id <> $1::bigint and status = 'a' and username not like 'reader-%' order by hashint8(id + $1::bigint) limit $2
         ), counted as (
           update users set connections = connections + 1 where id in (select id from others)
         )
         insert into relation (member_id, other_id, version, state, place, asked)
         select $1::bigint, id, 1, 4, id, true from others union all select id, $1::bigint, 1, 4, id, false from others`,
        [id, connections],
      )
    await db.query(
      `insert into category_follower (category_id, member_id, added_at, place)
       select c, m, now(), nextval('category_place') from unnest($1::bigint[]) c, unnest($2::bigint[]) m`,
      [categories, made],
    )
    readers.push(made)
  }
  return { readers, categories }
}

/** What the floor reads: of each reader the ids of a page, as somebody would have to keep them. */
async function fillReady(
  db: Database,
  { kith, token, readers }: Pick<Site, 'kith' | 'token' | 'readers'>,
): Promise<void> {
  await db.query('create table ready_feed (member_id bigint primary key, ids bigint[] not null)')
  for (const id of readers.flat()) {
    const { results } = await askServer(kith, '/api/v2/feed/?limit=21', token(id))
    const ids = results.map((unit: Record<string, { id: number }> & { type: string }) => unit[unit.type]?.id)
    await db.query('insert into ready_feed values ($1, $2)', [id, ids])
  }
}

/** The floor is one only as long as it gives the same contributions. */
async function checkFloor({ kith, floor, token, readers }: Site): Promise<void> {
  const idsOf = ({ results }: { results: ({ type: string } & Record<string, { id: number }>)[] }) =>
    results.map((unit) => unit[unit.type]?.id)
  for (const [id] of readers as [number][]) {
    const ids = idsOf(await askServer(kith, '/api/v2/feed/', token(id)))
    assert.equal(ids.length, 20)
    assert.deepStrictEqual(idsOf(await askServer(floor, `/feed/${id}/`)), ids)
  }
}

/**
 * What a home feed costs, by how many one is connected with and in communities of several sizes: Kith, which looks for what
 * is in it, and a floor that reads the ids of it from a list made before.
 */
export async function benchFeeds(dir: string, at: At, sizes: number[], options: Feeding) {
  const sites: Site[] = []
  for (const size of sizes) {
    const site = await createSite(dir, at, size, options)
    await checkFloor(site)
    sites.push(site)
  }
  const floors = (site: Site, group: number): Runner => ({
    ...{ port: site.floor.port, pid: site.floor.pid },
    source: () => get(`/feed/${oneOf(site.readers[group] as number[])}/`),
  })
  const asked = (site: Site, group: number, path: string): Runner => ({
    ...{ port: site.kith.port, pid: site.kith.pid },
    source: () => get(`/api/v2/${path}`, site.token(oneOf(site.readers[group] as number[]))),
  })
  const rows: string[][] = []
  for (const [name, path, groups] of [
    ['home', 'feed/', [0, 1, 2]],
    ['home, last active', 'feed/?ordering=last_activity', [0, 1, 2]],
    ['explore', 'feed/explore/', [0]],
    ['unseen', 'feed/unseen/count/', [0, 1, 2]],
  ] as const) {
    // What grows is compared with the first of them: so all take turns, whoever reads in whichever community.
    const each = groups.flatMap((group) => sites.map((site) => ({ group, site })))
    // All home feeds are read from the same table by the floor: where it is no aim, one stands for them.
    const bare = name === 'home' ? each : sites.map((site) => ({ group: 0, site }))
    const runners = [
      ...bare.map(({ site, group }) => floors(site, group)),
      ...each.map(({ site, group }) => asked(site, group, path)),
    ]
    const results = await measure(`feeds, ${name}`, runners, options)
    const first = results[bare.length] as Result
    const cells = (result: Result) => [
      ...[figure(result.rate), figure(result.p50, 2), figure(result.p99, 2)],
      ...[figure(result.nodeMs, 3), figure(result.postgresMs, 3)],
    ]
    for (const [i, { group, site }] of each.entries()) {
      const real = results[bare.length + i] as Result
      const its = bare.findIndex((one) => one.site === site && (name !== 'home' || one.group === group))
      const to = compare(real, results[its] as Result)
      const grown = 1 / compare(real, first).cpu
      const called = `${name}, ${figure(circles[group] as number)} connections, ${figure(site.size)}`
      if (name === 'home') rows.push([`${called}: floor`, ...cells(results[its] as Result)])
      rows.push([
        ...[`${called}: Kith`, ...cells(real), figure(to.rate, 2), figure(grown, 2)],
        name === 'home' ? judged(to.rate >= 0.5 && grown <= 1.3, 'rate >= 0.5, growth <= 1.3') : '',
      ])
    }
  }
  // One alone publishes, and one at a time, whether to ten or to very many: what one publishes waits for what one is publishing.
  const publish = (site: Site, by: number): Runner => ({
    ...{ port: site.kith.port, pid: site.kith.pid },
    source: () => post('/api/v2/post/', site.token(by), '{"text":"<p>Hello</p>"}'),
  })
  for (const site of sites) {
    const [few] = site.readers[0] as [number]
    const runners = [publish(site, few), publish(site, site.star)]
    const results = await measure(`feeds, publish, ${site.size}`, runners, { ...options, connections: 1 })
    for (const [i, connections] of [circles[0] as number, options.crowd].entries()) {
      const result = results[i] as Result
      const { rate, p50, p99, nodeMs, postgresMs } = result
      const more = 1 / compare(result, results[0] as Result).cpu
      rows.push([
        `publish, ${figure(connections)} connections, ${figure(site.size)}`,
        ...[
          figure(rate),
          figure(p50, 2),
          figure(p99, 2),
          figure(nodeMs, 3),
          figure(postgresMs, 3),
          '',
          figure(more, 2),
        ],
        i ? judged(more <= 1.5, '<= 1.5 of ten') : '',
      ])
    }
  }
  const last = sites.at(-1) as Site
  rows.push(...(await benchThreads(last, options)), ...(await benchUploads(last, options)))
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
  const head = ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU ms: node', 'PostgreSQL', 'rate/floor', 'growth', 'aim']
  printTable(`Feeds of 20, ${followed} categories followed; growth is CPU a request against the first`, head, rows)
}
