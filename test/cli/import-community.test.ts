import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSource } from '../../src/movein/source.ts'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { slices } from '../../src/slices.ts'
import { doEverything as doCategories } from '../categories/everything.ts'
import { doEverything as doComments } from '../comments/everything.ts'
import { doEverything as doContributions } from '../contributions/everything.ts'
import { doEverything as doPolls } from '../polls/everything.ts'
import { killCommands, runCommand } from '../support/command.ts'
import { runHere } from '../support/here.ts'
import { ok } from '../support/ok.ts'
import { picture, send } from '../support/upload.ts'
import { createWorld, freshDatabase, secret, type World } from '../support/world.ts'

let world: World
let dir: string
const fresh: { drop(): Promise<unknown> }[] = []

beforeAll(async () => {
  world = await createWorld()
  dir = await mkdtemp(join(tmpdir(), 'kith-move-'))
})
afterAll(async () => {
  killCommands()
  await world.end()
  for (const each of fresh) await each.drop()
  await rm(dir, { recursive: true, force: true })
})

/** A Kith with an administrator and nobody else, and commands on it. */
async function newKith() {
  const database = await freshDatabase()
  fresh.push(database)
  const env = {
    DATABASE_URL: database.url,
    KITH_DATA_DIR: await mkdtemp(join(dir, 'data-')),
    KITH_JWT_SECRET: secret,
    KITH_FETCH_ALLOW: '127.0.0.0/8',
  }
  const kith = (...args: string[]) => runHere(args, env)
  expect((await kith('create-user', 'root', '--role', 'admin')).code).toBe(0)
  return { ...database, env, kith }
}

async function on<T>({ connection }: { connection: object }, work: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase({ ...connection, size: 2 }, () => {})
  return work(db).finally(() => db.close())
}

/** What can be seen of a community, without the ids that it has. */
const looks = {
  members: `select username, email, bio, date_joined, connections from users where status in ('a', 'b') and username <> 'root'`,
  connections: `select a.username, b.username as other from relation r join users a on a.id = r.member_id
    join users b on b.id = r.other_id where state = 4`,
  categories: `select name, slug, slogan, followers,
    (select array_agg(name order by name) from category p where p.id = any(c.parents)) as parents from category c where not deleted`,
  contributions: `select u.username, c.kind, c.title, c.summary, c.added_at, c.last_activity_at, c.comment_count, c.thread_count,
      c.vote_count, c.reactions, cardinality(c.medias) as medias, row_number() over (order by c.id) as place,
      (select array_agg(name order by name) from category t where t.id = any(c.categories)) as categories
    from contribution c join users u on u.id = c.author_id where not c.deleted and c.published and c.addressing = '{}' and u.status = 'a'`,
  comments: `select u.username, c.summary, c.added_at, c.vote_count, p.summary as parent, r.summary as reply
    from comment c join users u on u.id = c.author_id join contribution x on x.id = c.contribution_id
    left join comment p on p.id = c.parent_id left join comment r on r.id = c.in_reply_to_id
    where not c.deleted and not x.deleted and u.status = 'a'`,
  votes: `select u.username, m.kind, m.voted_at, m.reaction from mark m join users u on u.id = m.member_id
    join contribution c on c.id = m.target_id and m.kind = c.kind and not c.deleted where m.reaction is not null`,
  polls: `select p.title, p.multiple_choices, p.closed, c.choice, c.vote_count from poll p join poll_choice c on c.poll_id = p.id
    where exists (select from contribution x where x.poll_id = p.id and not x.deleted)`,
}

async function lookAt(db: Database, what: keyof typeof looks) {
  const rows = await db.query<Record<string, unknown>>(looks[what])
  expect(rows.length, what).toBeGreaterThan(0)
  return rows.map((row) => JSON.stringify(row)).sort()
}

describe('a community that is moved in from another Kith', () => {
  test('has the same members, ties, texts, pictures and votes, in their order and of their time, and nobody is told', async () => {
    const { alice, bob, carla } = world
    for (const act of [doCategories, doContributions, doComments, doPolls]) await act(world)
    await ok(alice.post(`/user/${bob.id}/connection/request/`))
    await ok(bob.post(`/user/${alice.id}/connection/accept/`))
    const category = (await ok(world.admin.post('/category/', { name: 'Bees', slogan: 'All of them' }))).body
    await ok(world.admin.post('/category/', { name: 'Wild bees', parents: [category.id] }))
    await ok(carla.post(`/category/${category.id}/follow/`))
    const image = await ok(
      send(world, alice, 'POST', '/media/', {
        type: 'image',
        image: { data: await picture(), name: 'bee.png' },
      }),
    )
    const text = `<p>Look, <mention id="${bob.id}">@bob</mention></p>`
    const { body: post } = await ok(alice.post('/post/', { text, categories: [category.id], medias: [image.body.id] }))
    await ok(bob.post(`/post/${post.id}/vote/?reaction=2`))
    const { body: first } = await ok(
      carla.post('/comment/', { post: post.id, text: '<p>Lovely <script>alert(1)</script></p>' }),
    )
    const { body: reply } = await ok(alice.post('/comment/', { post: post.id, parent: first.id, text: 'Thank you' }))
    await ok(bob.post('/comment/', { post: post.id, parent: first.id, in_reply_to: reply.id, text: 'Yes!' }))
    await ok(alice.post(`/comment/${first.id}/vote/`))

    const there = await newKith()
    const move = ['import-community', world.url, '--token', world.admin.token]
    const dry = await there.kith(...move, '--dry-run')
    expect([dry.code, dry.out]).toEqual([
      0,
      expect.stringMatching(/^members +\d+\n.*posts +\d+\n.*Nothing was written here\.\n$/s),
    ])
    const events = await on(there, (db) => db.query('select count(*) as n from event'))
    const killed = await runCommand(move, { ...there.env, KITH_CRASH_AT: 'something is moved in:25' })
    expect(await killed.ended, killed.out).toBe('SIGKILL')
    const came = await there.kith(...move)
    expect([came.code, came.out]).toEqual([0, expect.stringContaining('members')])
    expect(came.out).not.toContain('Somebody of that name')
    expect(came.out).toContain('They are addressed by tags of members, which do not come.')

    await on(there, async (db) => {
      for (const what of Object.keys(looks) as (keyof typeof looks)[])
        expect(await lookAt(db, what), what).toEqual(await lookAt(world.db, what))
      expect(await db.query('select count(*) as n from event')).toEqual(events)
      expect(await db.query('select from notification')).toEqual([])
      const [moved] = await db.query<{ html: string; bob: number }>(
        `select html, (select id from users where username = 'bob') as bob from contribution where html like '%mention%' order by id desc`,
      )
      expect(moved?.html).toContain(`id="${moved?.bob}"`)
      for (const { name, drift } of slices) expect(await drift?.find(db), name).toEqual(drift && [])
    })

    await ok(bob.post('/comment/', { post: post.id, text: 'One more' }))
    await ok(carla.post('/post/', { text: 'New there' }))
    const again = JSON.parse((await there.kith(...move, '--json')).out)
    const made = Object.entries(again.counts as Record<string, { new: number }>).filter(([, count]) => count.new)
    expect(Object.fromEntries(made.map(([what, count]) => [what, count.new]))).toEqual({ comments: 1, posts: 1 })
  }, 180_000)

  test('is refused with a sentence where it cannot be', async () => {
    const there = await newKith()
    const fails = async (...args: string[]) => (await there.kith('import-community', ...args)).err
    expect(await fails(world.url)).toBe('Give a token of an administrator there, by --token or KITH_TOKEN.\n')
    expect(await fails(world.url, '--token', 'nobody')).toContain('does not take the token')
    expect(await fails('ftp://x', '--token', 'x')).toContain('is no address')
  })
})

describe('a source', () => {
  /** What is answered, by the address that is asked. */
  let answer: (path: string) => { status?: number; headers?: Record<string, string>; body?: unknown }
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const {
      status = 200,
      headers = {},
      body = { count: 0, next: null, previous: null, results: [] },
    } = answer(request.url ?? '')
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  let base = ''
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })
  const waits: number[] = []
  const open = () => openSource(base, 'token', { wait: async (ms) => void waits.push(ms) })

  test('that asks to wait is waited for, as long as it says', async () => {
    let n = 0
    answer = () => (n++ < 2 ? { status: 429, headers: { 'retry-after': '7' } } : { body: { id: 1 } })
    expect(await open().get('/user/me/')).toEqual({ id: 1 })
    expect(waits.splice(0).map((ms) => Math.round(ms / 1_000))).toEqual([7, 7])
    answer = () => ({ status: 503 })
    await expect(open().get('/user/me/')).rejects.toThrow(
      /could not be read \(it answers 503\), though it was tried 8 times/,
    )
    expect(waits.splice(0)).toHaveLength(8)
  })

  test('that sends elsewhere, answers rubbish or very much is not gone on with', async () => {
    answer = () => ({ status: 301, headers: { location: 'https://evil.example/' } })
    await expect(open().get('/user/')).rejects.toThrow(/sends on to https:\/\/evil.example\//)
    answer = () => ({ body: '<html>' })
    await expect(open().get('/user/')).rejects.toThrow(/answers no JSON to \/user\//)
    answer = () => ({ body: `"${'x'.repeat(33 * 1024 * 1024)}"` })
    await expect(open().get('/user/')).rejects.toThrow(/more than 32 MB/)
    // The same page for ever.
    answer = () => ({ body: { count: 3, next: `${base}/more`, results: [{ id: 1 }, null, 'x'] } })
    const seen = []
    for await (const each of open().list('/user/')) seen.push(each)
    expect(seen).toEqual([{ id: 1 }])
  })

  test('as the documentation has it is moved in, and what cannot come is named', async () => {
    const user = (id: number, username: string, more: object = {}) => ({
      ...{
        id,
        username,
        real_name: '',
        avatar: 'https://cdn.example/a.png',
        ext_id: 'string',
        date_joined: '2021-05-06T07:08:09.123456+02:00',
      },
      ...{ bio: '', location: null, date_of_birth: null, gender: 'Unspecified', website: '', tags: [], deleted: false },
      ...{ followings_counter: 1, followers_counter: 1, connection_status: null, ...more },
    })
    const post = (id: number, more: object = {}) => ({
      ...{
        id,
        type: 'post',
        author: user(5, 'olga'),
        added_at: '2022-01-02T03:04:05.000000+00:00',
        html: `<p>Post ${id}</p>`,
      },
      ...{
        summary: `Post ${id}`,
        deleted: false,
        comment_count: 0,
        vote_count: 0,
        categories: [],
        medias: [],
        poll: null,
      },
      ...{ location: null, addressing: [], group: null, event: null, ...more },
    })
    const page = (...results: unknown[]) => ({ body: { count: results.length, next: null, previous: null, results } })
    const lists: Record<string, ReturnType<typeof page> | { status: number }> = {
      '/user/me/': { body: user(5, 'olga') as never },
      '/user/': page(
        user(5, 'olga', { role: 'admin' }),
        user(6, 'pete', { gender: 'many', ext_id: null }),
        { id: 'x' },
        'rubbish',
        user(7, 'no name!', { ext_id: 'y' }),
      ),
      '/user/5/followings/': page(user(6, 'pete')),
      '/user/6/followings/': page(),
      '/connection/': { status: 404 },
      '/dynamic_preference/': page(
        { id: 1, section: 'configurations', name: 'follow_enabled', value: true },
        { id: 2, section: 'addons', name: 'unknown_thing', value: true },
        { id: 3, section: 'providers', name: 'facebook_app_secret', value: 'x' },
      ),
      '/category/': page({
        id: 3,
        name: 'Tea',
        slug: 'tea',
        parents: [],
        followers_counter: 1,
        active: true,
        order: 1e20,
      }),
      '/category/3/followers/': page(user(6, 'pete')),
      '/status/': { status: 404 },
      '/discussion/': page({ ...post(9), type: 'discussion', title: '', html: '' }),
      '/post/': page(
        post(20, { added_at: '2023-01-01T00:00:00Z', vote_count: 2, comment_count: 2 }),
        post(10, {
          categories: [{ id: 3 }],
          medias: [
            { id: 1, type: 'image', image: 'http://10.0.0.1/secret.png' },
            { id: 2, type: 'share' },
          ],
        }),
        post(11, { group: { id: 1 } }),
        post(12, { author: user(99, 'gone') }),
        post(15, { addressing: [{ id: 4, name: 'Regulars' }] }),
        post(13, { html: '   ' }),
        post(14, { added_at: 'soon', html: '<img src=x onerror=alert(1)><p>Late</p>' }),
      ),
      '/post/20/vote/': page({ user: user(6, 'pete'), reaction: { id: 8, label: 'Like' } }, { user: null }),
      '/comment/?post=20': page({
        id: 31,
        author: user(6, 'pete'),
        added_at: '2023-01-02T00:00:00Z',
        html: 'Hello',
        parent: null,
        comment_count: 1,
        vote_count: 0,
      }),
      '/comment/?post=20&parent=31': page(
        {
          id: 30,
          author: user(5, 'olga'),
          added_at: '2022-01-02T00:00:00Z',
          html: 'Reply',
          parent: 31,
          in_reply_to: 31,
          comment_count: 0,
        },
        { id: 32, author: user(5, 'olga'), added_at: '2023-01-02T00:00:00Z', html: 'Lost', parent: 77 },
      ),
    }
    answer = (path) => {
      const url = new URL(path, base)
      for (const name of ['limit', 'offset', 'ordering']) url.searchParams.delete(name)
      const known = lists[url.pathname.replace('/api/v2', '') + decodeURIComponent(url.search)]
      return known ?? { status: 404, body: {} }
    }
    const there = await newKith()
    const { code, out, err } = await there.kith('import-community', base, '--token', 'x', '--json')
    expect([code, err.replace(/^.*\d+%.*$/gm, '').trim()]).toEqual([0, ''])
    const { counts, reasons } = JSON.parse(out)
    expect(counts).toEqual({
      options: { new: 1, there: 0, failed: 0 },
      members: { new: 2, there: 0, failed: 1 },
      followings: { new: 1, there: 0, failed: 0 },
      categories: { new: 1, there: 0, failed: 0 },
      'followers of categories': { new: 1, there: 0, failed: 0 },
      discussions: { new: 1, there: 0, failed: 0 },
      posts: { new: 3, there: 0, failed: 4 },
      medias: { new: 0, there: 0, failed: 1 },
      votes: { new: 1, there: 0, failed: 0 },
      comments: { new: 2, there: 0, failed: 1 },
    })
    const why = (reasons as { what: string; why: string }[]).map(({ what, why }) => `${what}: ${why}`).join('\n')
    for (const part of [
      'options: Kith has no such option.',
      'members: They were admin there',
      'members: What they have as gender cannot be taken.',
      'members: No address is known',
      'posts: They are of a group, which Kith has not.',
      'posts: Their author is not here.',
      'posts: They are addressed by tags of members, which do not come.',
      'posts: Write something: the text is empty.',
      'medias: They could not be fetched from 10.0.0.1',
      'medias: Medias of the type share do not come.',
      'comments: What they reply to did not come.',
    ])
      expect(why).toContain(part)
    await on(there, async (db) => {
      expect(
        await db.query(
          `select summary, added_at = '2022-01-02 03:04:05+00' as at from contribution order by id limit 2`,
        ),
      ).toEqual([
        { summary: 'Post 10', at: true },
        { summary: '', at: true },
      ])
      expect(await db.query(`select html from contribution where html like '%Late%'`)).toEqual([
        { html: '<p>Late</p>' },
      ])
      expect(await db.query('select html from comment order by id')).toEqual([
        { html: '<p>Hello</p>' },
        { html: '<p>Reply</p>' },
      ])
      expect(await db.query(`select role, email from users where username = 'olga'`)).toEqual([
        { role: null, email: null },
      ])
      for (const { name, drift } of slices) expect(await drift?.find(db), name).toEqual(drift && [])
    })
    // The token goes to the source alone, and no address of its answers is followed.
    expect(asked.every((path) => path.startsWith('/api/v2/'))).toBe(true)
  }, 60_000)
})
