import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findDrift } from '../../src/connections/recount.ts'
import type { Db } from '../../src/platform/db/database.ts'
import { seedCommunity } from '../../src/seed/community.ts'
import { slices } from '../../src/slices.ts'
import { readHtml, writeHtml } from '../../src/texts/html.ts'
import { startOfKith } from '../support/compiled.ts'
import { createWorld, type World, walk } from '../support/world.ts'

const run = promisify(execFile)
const going = new AbortController().signal

/** Everything about contributions that is kept, and is not what its rows say. */
const contributionDrift = (db: Db) =>
  db.query(
    `select 'contribution' as what, c.id from contribution c left join (
       select target_id as id, count(reaction) as votes, count(voted_at) as voted, count(vote_place) as vote_places,
         count(followed_at) as follows, count(follow_place) as follow_places, count(flag_type) as flags,
         count(flag_place) as flag_places, bool_or(author_id = member_id) as own, min(m.kind) as low, max(m.kind) as high,
         bool_or(least(voted_at, followed_at, suspended_at, flagged_at) < added_at) as early
       from mark m join contribution x on x.id = m.target_id where m.kind <> 16 group by 1
     ) k on k.id = c.id
     where c.vote_count <> coalesce(k.votes, 0) or c.follower_count <> coalesce(k.follows, 0)
       or c.flag_count <> coalesce(k.flags, 0) or (k.votes, k.votes) <> (k.voted, k.vote_places)
       or k.follows <> k.follow_places or k.flags <> k.flag_places or k.own or k.early or c.kind not between k.low and k.high
       or c.added_at > now() or c.last_edited_at > now() or c.added_at < (select date_joined from users u where u.id = author_id)
     union all
     select 'author', u.id from users u left join (
       select author_id as id, count(*) filter (where kind = 1) as statuses, count(*) filter (where kind = 2) as posts,
         count(*) filter (where kind = 3) as discussions from contribution where not deleted group by 1
     ) c on c.id = u.id
     where (u.statuses, u.posts, u.discussions)
       <> (coalesce(c.statuses, 0), coalesce(c.posts, 0), coalesce(c.discussions, 0))
     union all
     select 'total', t.kind from contribution_total t left join (
       select kind, author_id % 16 as part, count(*) as n, count(*) filter (where comment_count = 0) as uncommented
       from contribution where not deleted group by 1, 2
     ) c on c.kind = t.kind and c.part = t.part
     where (t.n, t.uncommented) <> (coalesce(c.n, 0), coalesce(c.uncommented, 0))
     union all
     select 'categories', c.id from contribution c join category on category.id = c.categories[1]
     where c.categories <> array_prepend(category.id, category.ancestors)`,
  )

/** What a recount of every slice finds. */
const drift = async (db: Db) => {
  const found = []
  for (const { drift } of slices) found.push(...((await drift?.find(db)) ?? []))
  return [...found, ...(await contributionDrift(db))]
}

const texts = (db: Db) =>
  db.query<{ kind: number; title: string; slug: string; html: string; summary: string; words: string }>(
    'select kind, title, slug, html, summary, words from contribution where published order by id',
  )
const people = (db: Db) =>
  db.query<{ id: number; username: string; connections: number }>(
    `select id, username, real_name, bio, location, role, (date_joined - min(date_joined) over ())::text as joined, categories, connections, requests_sent,
       requests_received, requests_rejected from users where real_name <> '' order by id`,
  )

let world: World
let other: World

beforeAll(async () => {
  world = await createWorld()
  other = await createWorld()
  for (const each of [world, other])
    await each.set({
      'addons.polls_enabled': true,
      'addons.share_post_enabled': true,
      'addons.private_messages_enabled': true,
      'configurations.scheduled_posts_enabled': true,
    })
  await world.told()
  await seedCommunity(world.kith, { members: 50, contributions: 200, seed: 7 }, going)
})
afterAll(async () => {
  await world.end()
  await other.end()
})

describe('a seeded community', () => {
  test('has what was asked for, with every counter right, and tells nothing', async () => {
    expect((await people(world.db)).length).toBe(50)
    expect((await texts(world.db)).length).toBe(200)
    expect(await drift(world.db)).toEqual([])
    expect(await world.told()).toEqual([])
    // Nor of the points that all of it is worth, which are given.
    expect(await world.db.query('select id from score_due')).toEqual([])
    const [points] = await world.db.query<{ n: number }>('select sum(reputation)::int as n from users')
    expect(points?.n).toBeGreaterThan(100)
  })

  test('has some of everything: polls, pictures, shares, drafts, messages, flags, votes on comments, notifications', async () => {
    const [has] = await world.db.query(`select
      (select count(*) > 3 from poll) as polls, (select count(*) > 10 from poll_vote) as votes,
      (select count(*) > 0 from poll where multiple_choices) as multiple,
      (select count(*) > 0 from poll where closed or expiration_at < now()) as closed,
      (select array[count(*) > 5, count(distinct file_id) = 2] from media where type = 'image') as pictures,
      (select count(*) > 0 from share) as shares,
      (select array[count(*) between 2 and 20, count(distinct tags) = 2] from addressed) as addressed,
      (select array[count(*) > 1, count(scheduled_at) > 0] from contribution where not published) as drafts,
      (select array[count(*) > 30, count(*) filter (where unread > 0) > 3] from message_side) as threads,
      (select count(*) > 0 from moderation_case where status = 'o') as flagged,
      (select count(distinct reaction) > 3 from mark where kind = 16) as reactions,
      (select array[bool_or(unseen > 0), bool_or(unseen = 0)] from notification_box) as notifications`)
    expect(has).toEqual({
      ...{
        polls: true,
        votes: true,
        multiple: true,
        closed: true,
        pictures: [true, true],
        shares: true,
        addressed: [true, true],
      },
      ...{ drafts: [true, true], threads: [true, true], flagged: true, reactions: true, notifications: [true, true] },
    })
  })

  test('is the same for the same seed, and another for another', async () => {
    await seedCommunity(other.kith, { members: 50, contributions: 200, seed: 7 }, going)
    expect(await people(other.db)).toEqual(await people(world.db))
    expect(await texts(other.db)).toEqual(await texts(world.db))
    await seedCommunity(other.kith, { members: 50, contributions: 200, seed: 8 }, going)
    const names = (await people(other.db)).map(({ username }) => username)
    expect(new Set(names).size).toBe(100)
    expect(new Set((await texts(other.db)).map(({ words }) => words)).size).toBeGreaterThan(390)
    expect(await drift(other.db)).toEqual([])
  })

  test('has texts that cleaning leaves as they are', async () => {
    const written = await texts(world.db)
    for (const { html, summary, words } of written) {
      const clean = writeHtml(readHtml(html), [])
      expect({ html, summary, words }).toEqual({ html: clean.html, summary: clean.summary, words: clean.text })
    }
    expect(written.some(({ summary }) => summary.endsWith(' ...'))).toBe(true)
    expect(written.some(({ html }) => html.includes('<ul>'))).toBe(true)
    expect(written.some(({ summary }) => summary.includes('&#x27;'))).toBe(true)
  })

  test('can be looked at by a member: lists, search, votes, connections, categories', async () => {
    const [most] = (await people(world.db)).sort((a, b) => b.connections - a.connections)
    const { id, username, connections } = most as { id: number; username: string; connections: number }
    const member = world.person(id, username, await world.kith.tokens.mint(id, 600))
    let seen = 0
    for (const kind of ['status', 'post', 'discussion']) {
      const { count, results } = await walk(member, `/${kind}/?limit=50`)
      expect(results.length).toBe(count)
      seen += count
      const [first] = results as unknown as [{ id: number; added_at: string }]
      const votes = await walk(member, `/${kind}/${first.id}/vote/`)
      expect(votes.results.length).toBe(votes.count)
      const found = await member.get(`/${kind}/search/?search=the`)
      expect(found.body.count).toBeGreaterThan(0)
    }
    const [kept] = await world.db.query<{ n: number }>(
      `select count(*)::int as n from contribution c join users u on u.id = $1
       where not c.deleted and (c.addressing = '{}' or c.author_id = u.id or c.addressing && u.tag_ids)`,
      [id],
    )
    expect(seen).toBe(kept?.n)
    const friends = await walk(member, `/user/${id}/connections/?limit=10`)
    expect([friends.count, friends.results.length]).toEqual([connections, connections])
    const categories = await walk(member, '/category/?limit=50')
    expect(categories.count).toBeGreaterThanOrEqual(24)
    expect((await member.get('/discussion/following/')).status).toBe(200)
    expect((await member.get('/post/uncommented/')).status).toBe(200)
    // What contributions carry is shown, and served.
    const { results } = await walk(member, '/post/?limit=50')
    const posts = results as unknown as { poll: object | null; medias: { type: string; image: string }[] }[]
    expect(posts.some(({ poll }) => poll)).toBe(true)
    const shown = posts.flatMap(({ medias }) => medias).find(({ type }) => type === 'image')
    const picture = await fetch(`${world.url}${new URL(shown?.image as string).pathname}`)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
  })

  test('goes on as any other: a member joins, writes, votes and makes friends', async () => {
    const eve = await world.join('eve')
    const [friend] = await people(world.db)
    expect((await eve.post('/status/', { text: 'Hello' })).status).toBe(201)
    expect((await eve.post(`/user/${friend?.id}/connection/request/`)).status).toBe(200)
    const [newest] = (await eve.get('/post/')).body.results
    expect((await eve.post(`/post/${newest.id}/vote/`)).status).toBe(204)
    expect((await world.told()).map(({ type }) => type)).toEqual([
      // A newcomer follows two categories from the start.
      ...['user.created', 'category.follow', 'category.follow'],
      ...['status.created', 'connection_request.created', 'vote.created'],
    ])
    expect(await drift(world.db)).toEqual([])
  })

  test('has followings instead, in follow mode', async () => {
    const follow = await createWorld()
    await follow.set({ 'configurations.follow_enabled': true })
    await seedCommunity(follow.kith, { members: 60, contributions: 20, seed: 1 }, going)
    const [sums] = await follow.db.query(
      'select sum(followings)::int > 100 as some, sum(connections + requests_sent)::int as others from users',
    )
    expect(sums).toEqual({ some: true, others: 0 })
    expect(await drift(follow.db)).toEqual([])
    await follow.end()
  })

  test('is right wherever it is stopped', async () => {
    const halfway = await createWorld()
    const stopping = new AbortController()
    const done = await seedCommunity(
      halfway.kith,
      { members: 60, contributions: 130, seed: 1, atOnce: 100 },
      stopping.signal,
      ({ contributions }) => contributions && stopping.abort(),
    )
    expect(done).toMatchObject({ members: 60, contributions: 100, whole: false })
    expect(await drift(halfway.db)).toEqual([])
    await halfway.end()
  })

  test('has a few who know very many, and friends who know each other', async () => {
    const large = await createWorld()
    await seedCommunity(large.kith, { members: 2000, contributions: 0, seed: 1 }, going)
    const [shape] = await large.db.query<{ mean: number; most: number; least: number; sent: number; refused: number }>(
      `select avg(connections)::float8 as mean, max(connections) as most, min(connections) as least,
         sum(requests_sent)::int as sent, sum(requests_rejected)::int as refused from users where real_name <> ''`,
    )
    const { mean, most, sent, refused } = shape as NonNullable<typeof shape>
    expect(mean).toBeGreaterThan(16)
    expect(mean).toBeLessThan(24)
    expect(most).toBeGreaterThan(5 * mean)
    expect(sent).toBeGreaterThan(refused)
    expect(refused).toBeGreaterThan(0)
    // Of two friends of one member, far more know each other than of any two members: here one in a hundred.
    const [clustered] = await large.db.query<{ share: number }>(
      `with friend as (
         select r.member_id, r.other_id from relation r join users u on u.id = r.member_id
         where r.state = 4 and u.connections between 5 and 30 and u.id % 10 = 0
       )
       select avg((exists (select from relation r where r.member_id = a.other_id and r.other_id = b.other_id
         and r.state = 4))::int)::float8 as share
       from friend a join friend b on b.member_id = a.member_id and b.other_id > a.other_id`,
    )
    expect(clustered?.share).toBeGreaterThan(0.1)
    expect(await findDrift(large.db)).toEqual([])
    await large.end()
  })
})

describe('kith seed', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kith-seed-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  async function kith(database: World['database'], ...args: string[]) {
    const env = { ...process.env, DATABASE_URL: database.url, KITH_DATA_DIR: dir }
    return run(process.execPath, [...startOfKith, ...args], { env, cwd: dir }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      ({ code, stdout, stderr }) => ({ code: code as number, out: stdout as string, err: stderr as string }),
    )
  }

  test('mixes made-up members with others only when it is told to', async () => {
    const small = await createWorld()
    const args = ['seed', '--members', '30', '--contributions', '60']
    const refused = await kith(small.database, ...args)
    expect([refused.code, refused.err]).toEqual([
      1,
      'This community has 3 members besides the first administrator. To mix them with made-up ones, pass --add.\n',
    ])
    const done = await kith(small.database, ...args, '--add')
    expect(done.err).toContain('100%')
    expect(done.out).toMatch(/^New: 30 members, \d+ ties between them, 60 contributions\.\n/)
    expect(done.out).toContain(
      'Off in this community, so not made up: polls but those of the staff (addons.polls_enabled); shares',
    )
    const { out, code } = await kith(small.database, 'doctor')
    expect(out).toContain('ok     counters: every one equals its rows')
    expect(code).toBe(0)
    await small.end()
  })

  test('wants an administrator first', async () => {
    const nobody = await createWorld()
    await nobody.db.query(`update users set role = null`)
    expect((await kith(nobody.database, 'seed', '--members', '5', '--contributions', '5')).err).toContain(
      'There is no administrator yet.',
    )
    await nobody.end()
  })
})
