import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findCommentDrift } from '../../src/comments/recount.ts'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person
/** Alice's, made anew for each test. */
let post: number

beforeAll(async () => {
  world = await createWorld()
})
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
  post = (await ok(alice.post('/post/', { text: 'Tea at five?' }))).body.id
  await world.told()
})
afterAll(async () => {
  expect(await findCommentDrift(world.db)).toEqual([])
  expect(await findContributionDrift(world.db)).toEqual([])
  await world.end()
})

const say = async (who: Person, text: string, rest: object = {}): Promise<number> => {
  world.pass(1_000)
  return (await ok(who.post('/comment/', { post, text, ...rest }))).body.id
}
/** How many comments have been fetched so far. Each connection tells what it has read once it is asked to. */
const fetched = async (): Promise<number> => {
  await Promise.all(Array.from({ length: 20 }, () => world.db.query('select pg_stat_force_next_flush()')))
  const [row] = await world.db.query<{ n: number }>(
    `select (idx_tup_fetch + seq_tup_read)::int as n from pg_stat_user_tables where relname = 'comment'`,
  )
  return row?.n as number
}
type Listed = { id: number; html: string; latest_comments: { id: number }[] }
/** What somebody reads in a thread, all pages of it, and that it is as long as it says. */
async function read(who: Person, query = `post=${post}`): Promise<number[]> {
  const { count, results } = await walk(who, `/comment/?${query}&limit=2`)
  expect(count, query).toBe(results.length)
  return results.map(({ id }) => id)
}
const codeOf = ({ status, body }: { status: number; body: { errors: { code?: string; field?: string }[] } }) => [
  status,
  body.errors[0]?.code ?? body.errors[0]?.field,
]
const countOf = async (who: Person = alice) => (await who.get(`/post/${post}/`)).body.comment_count

describe('a comment', () => {
  test('is written on a post, counted there, and told with its author', async () => {
    const before = (await alice.get(`/post/${post}/`)).body.last_activity_at
    world.pass(60_000)
    const text = `<p>Gladly, <mention id="${alice.id}">@alice</mention><script>x</script></p>`
    const { status, body } = await bob.post('/comment/', { post, text })
    expect(status).toBe(201)
    const { slug, comment_count, last_activity_at } = (await alice.get(`/post/${post}/`)).body
    expect(body).toMatchObject({
      ...{ type: 'comment', post: { id: post, slug }, discussion: null, status: null, parent: null, in_reply_to: null },
      ...{ summary: `Gladly, @${alice.username}`, deleted: false, collapsed: false, comment_count: 0, vote_count: 0 },
      ...{ flag_count: 0, voted: false, latest_comments: [], last_edited_at: null, summary_truncated: false },
      author: {
        id: bob.id,
        username: bob.username,
        avatar: expect.any(String),
        deleted: false,
        community_badge: false,
      },
    })
    expect(body.html).toContain(`<mention id="${alice.id}"`)
    expect(body.html).not.toContain('script')
    expect(comment_count).toBe(1)
    expect(last_activity_at > before).toBe(true)
    const [told, ...rest] = await world.told()
    expect(rest).toEqual([])
    expect(told).toMatchObject({
      type: 'comment.created',
      data: { id: body.id, post, html: body.html, author: { id: bob.id }, parent: null, comment_count: 0 },
    })
    // Exactly the documented fields.
    expect(Object.keys(told?.data ?? {})).toEqual([
      ...['id', 'post', 'author', 'added_at', 'html', 'summary', 'deleted', 'collapsed', 'parent', 'in_reply_to'],
      ...['comment_count', 'vote_count', 'flag_count'],
    ])
    expect(Object.keys(told?.data.author ?? {})).not.toContain('email')
    for (const who of [carla, world.visitor])
      expect((await who.get(`/comment/${body.id}/`)).body).toMatchObject({ id: body.id, html: body.html })
  })

  test('is on one thing that is there, and says something', async () => {
    expect(codeOf(await bob.post('/comment/', { text: 'On what?' }))).toEqual([400, 'post'])
    expect(codeOf(await bob.post('/comment/', { post, status: post, text: 'On both' }))).toEqual([400, 'status'])
    expect(codeOf(await bob.post('/comment/', { post, discussion: null, text: '<p> </p>' }))).toEqual([400, 'text'])
    expect((await bob.post('/comment/', { post: 999_999, text: 'Nobody is there' })).status).toBe(404)
    expect((await bob.post('/comment/', { discussion: post, text: 'Of another kind' })).status).toBe(404)
    expect((await world.visitor.post('/comment/', { post, text: 'Hello' })).status).toBe(401)
    const all = await bob.post('/comment/', { post: 'one', text: '' })
    expect(all.body.errors.map(({ field }: { field: string }) => field)).toEqual(['post', 'text'])
    await ok(alice.delete(`/post/${post}/`))
    await world.told()
    expect(codeOf(await alice.post('/comment/', { post, text: 'To myself' }))).toEqual([400, 'deleted'])
    expect((await bob.post('/comment/', { post, text: 'To nobody' })).status).toBe(404)
    expect(await world.told()).toEqual([])
  })

  test('is not written where comments are off, nor by a blocked member', async () => {
    const id = await say(bob, 'Yes')
    await world.set({ comments_enabled: false })
    expect(codeOf(await bob.post('/comment/', { post, text: 'No' }))).toEqual([403, 'comments_disabled'])
    expect(codeOf(await bob.put(`/comment/${id}/`, { text: 'No' }))).toEqual([403, 'comments_disabled'])
    expect(await read(carla)).toEqual([id])
    await world.set({ comments_enabled: true })
    await world.db.query(`update users set status = 'b' where id = $1`, [bob.id])
    world.kith.actors.forget(bob.id)
    expect((await bob.post('/comment/', { post, text: 'No' })).status).toBe(403)
    expect(await world.told()).toEqual([])
  })

  test('is written anew by its author, and by nobody else; what changes nothing tells nothing', async () => {
    const id = await say(bob, '<p>Yes</p>')
    await world.told()
    expect((await carla.put(`/comment/${id}/`, { text: 'No' })).status).toBe(403)
    const { body } = await ok(bob.put(`/comment/${id}/`, { text: '<p><p>No</p></p>' }))
    expect(body).toMatchObject({ html: '<p>No</p>', summary: 'No', last_edited_at: expect.any(String) })
    await ok(bob.put(`/comment/${id}/`, { text: '<p>No</p>' }))
    expect(await world.told()).toMatchObject([{ type: 'comment.updated', data: { id, html: '<p>No</p>' } }])
  })

  test('is deleted and restored by its author, who sees it meanwhile, and so does the staff', async () => {
    const id = await say(bob, 'Yes')
    const answer = await say(carla, 'Why?', { parent: id })
    await world.told()
    expect((await alice.delete(`/comment/${id}/`)).status).toBe(403)
    const gone = await bob.delete(`/comment/${id}/`)
    expect([gone.status, gone.text]).toEqual([204, ''])
    expect(codeOf(await bob.delete(`/comment/${id}/`))).toEqual([400, 'already_deleted'])
    // With what was replied to it.
    expect(await countOf()).toBe(0)
    for (const who of [alice, carla, world.visitor]) {
      expect((await who.get(`/comment/${id}/`)).status).toBe(404)
      expect((await who.get(`/comment/${answer}/`)).status).toBe(404)
      expect(await read(who)).toEqual([])
      expect((await who.get(`/comment/?post=${post}&parent=${id}`)).status).toBe(404)
    }
    for (const who of [bob, world.admin]) {
      expect((await who.get(`/comment/${id}/`)).body.deleted).toBe(true)
      expect(await read(who)).toEqual([id])
      expect(await read(who, `post=${post}&parent=${id}`)).toEqual([answer])
    }
    expect((await alice.post(`/comment/${id}/vote/`)).status).toBe(404)
    expect(codeOf(await bob.put(`/comment/${id}/`, { text: 'No' }))).toEqual([400, 'deleted'])
    expect(codeOf(await bob.post('/comment/', { post, parent: id, text: 'No' }))).toEqual([400, 'parent'])
    expect((await alice.get('/post/uncommented/?limit=100')).body.results.map(({ id }: Listed) => id)).toContain(post)
    await ok(bob.post(`/comment/${id}/restore/`))
    expect(codeOf(await bob.post(`/comment/${id}/restore/`))).toEqual([400, 'not_deleted'])
    expect(await countOf()).toBe(2)
    expect(await read(carla)).toEqual([id])
    expect((await alice.get('/post/uncommented/?limit=100')).body.results.map(({ id }: Listed) => id)).not.toContain(
      post,
    )
    expect(await world.told()).toMatchObject([
      { type: 'comment.deleted', data: { id, deleted: true, comment_count: 1 } },
      { type: 'comment.restored', data: { id, deleted: false, comment_count: 1 } },
    ])
  })

  test('is voted for and flagged, which is told and listed', async () => {
    const id = await say(bob, 'Yes')
    await world.told()
    await ok(alice.post(`/comment/${id}/vote/`))
    expect((await alice.get(`/comment/${id}/`)).body).toMatchObject({ voted: true, vote_count: 1 })
    expect((await walk(carla, `/comment/${id}/vote/`)).results).toMatchObject([{ user: { id: alice.id } }])
    expect(await world.told()).toMatchObject([
      {
        type: 'vote.created',
        data: {
          user: { id: alice.id },
          object_type: 'comment',
          comment: { id, post, vote_count: 1, author: { id: bob.id } },
        },
      },
    ])
    expect(codeOf(await bob.post(`/comment/${id}/flag/`, { flag_type: 1 }))).toEqual([400, 'own'])
    expect((await alice.get(`/comment/${id}/flag/status/`)).body).toEqual({})
    await ok(alice.post(`/comment/${id}/flag/`, 3))
    expect((await alice.get(`/comment/${id}/flag/status/`)).body).toMatchObject({ flag_type: 3 })
    expect((await world.admin.get(`/comment/${id}/flag/`)).body).toMatchObject({
      count: 1,
      results: [{ flag_type: 3 }],
    })
    expect((await alice.get(`/comment/${id}/flag/`)).status).toBe(403)
    await ok(alice.post(`/comment/${id}/vote/`))
    expect(await world.told()).toMatchObject([
      { type: 'vote.deleted', data: { comment: { id, vote_count: 0, flag_count: 1 } } },
    ])
    // A post of the same id is something else.
    expect((await alice.get(`/comment/${id}/`)).body).toMatchObject({ voted: false, flag_count: 1 })
  })
})

describe('a reply', () => {
  test('lies below its comment, which counts it and shows the last two', async () => {
    const id = await say(bob, 'Yes')
    const replies: number[] = []
    for (const who of [carla, alice, bob]) replies.push(await say(who, 'I see', { parent: id }))
    const answer = await say(carla, 'Do you?', { parent: id, in_reply_to: replies[2] })
    expect((await carla.get(`/comment/${answer}/`)).body).toMatchObject({ parent: id, in_reply_to: replies[2] })
    const { body } = await carla.get(`/comment/?post=${post}&limit=10&ordering=added_at`)
    expect(body).toMatchObject({ count: 1, next: null })
    expect(body.results[0]).toMatchObject({ id, comment_count: 4 })
    expect(body.results[0].latest_comments.map((each: Listed) => each.id)).toEqual([replies[2], answer])
    expect(body.results[0].latest_comments[1]).toMatchObject({
      ...{
        id: answer,
        post,
        discussion: null,
        parent: id,
        in_reply_to: replies[2],
        type: 'comment',
        html: '<p>Do you?</p>',
      },
      ...{ author: { id: carla.id, deleted: false }, comment_count: 0, voted: false, latest_comments: [] },
    })
    expect(await read(carla, `post=${post}&parent=${id}`)).toEqual([...replies, answer])
    expect(await read(carla, `post=${post}&parent=${id}&ordering=-added_at`)).toEqual([answer, ...replies.toReversed()])
    expect(await countOf()).toBe(5)
    expect((await world.told()).at(-1)).toMatchObject({
      type: 'comment.created',
      data: { id: answer, parent: id, in_reply_to: replies[2] },
    })
    await ok(carla.delete(`/comment/${answer}/`))
    expect((await bob.get(`/comment/${id}/`)).body).toMatchObject({ comment_count: 3 })
    expect(await countOf()).toBe(4)
  })

  test('is on two levels, and within one thread', async () => {
    const other = (await ok(alice.post('/status/', { text: 'Elsewhere' }))).body.id
    const [id, second] = [await say(bob, 'Yes'), await say(bob, 'No')]
    const reply = await say(carla, 'Why?', { parent: id })
    const refusals: [object, string][] = [
      [{ post, parent: reply }, 'parent'],
      [{ post, in_reply_to: reply }, 'parent'],
      [{ post, parent: second, in_reply_to: reply }, 'in_reply_to'],
      [{ status: other, parent: id }, 'parent'],
      [{ post, parent: 999_999 }, 'parent'],
      [{ post, parent: id, in_reply_to: 999_999 }, 'in_reply_to'],
    ]
    await world.told()
    for (const [sent, field] of refusals)
      expect(codeOf(await alice.post('/comment/', { ...sent, text: 'x' })), field).toEqual([400, field])
    expect((await alice.get(`/comment/?status=${other}&parent=${id}`)).status).toBe(404)
    expect(await world.told()).toEqual([])
  })
})

describe('a list of comments', () => {
  test('is of one contribution or of one member, in the order that is asked for', async () => {
    const ids = [await say(bob, 'One'), await say(carla, 'Two'), await say(bob, 'Three')]
    const reply = await say(bob, 'Four', { parent: ids[1] })
    expect(await read(carla)).toEqual(ids)
    expect(await read(carla, `post=${post}&ordering=-added_at`)).toEqual(ids.toReversed())
    expect(await read(carla, `user=${bob.id}`)).toEqual([ids[0], ids[2], reply])
    expect(await read(world.visitor, `user=${bob.id}&ordering=-added_at`)).toEqual([reply, ids[2], ids[0]])
    expect(codeOf(await carla.get('/comment/'))).toEqual([400, 'post'])
    expect(codeOf(await carla.get(`/comment/?post=${post}&user=${bob.id}`))).toEqual([400, 'user'])
    expect(codeOf(await carla.get(`/comment/?user=${bob.id}&parent=${ids[0]}`))).toEqual([400, 'parent'])
    expect(codeOf(await carla.get(`/comment/?post=${post}&ordering=votes`))).toEqual([400, 'ordering'])
    expect((await carla.get('/comment/?post=999999')).status).toBe(404)
    await ok(alice.delete(`/post/${post}/`))
    expect(await read(carla, `user=${bob.id}`)).toEqual([])
    expect((await carla.get(`/comment/?post=${post}`)).status).toBe(404)
    expect((await carla.get(`/comment/${ids[0]}/`)).status).toBe(404)
    expect(await read(world.admin)).toEqual(ids)
  })

  test.each([
    { mode: 'friendship', options: { follow_enabled: false } },
    { mode: 'follow', options: { follow_enabled: true } },
  ])(
    'has those of connections first, in $mode mode, and keeps to that while it is walked',
    async ({ mode, options }) => {
      await world.set(options)
      try {
        const dan = await world.join(`dan_${mode}`)
        if (mode === 'follow') await ok(alice.post(`/user/${carla.id}/follow/`))
        else {
          await ok(alice.post(`/user/${carla.id}/connection/request/`))
          await ok(carla.post(`/user/${alice.id}/connection/accept/`))
        }
        const say4 = async (who: Person) => say(who, 'Hm')
        const [b1, c1, b2, c2, d1, b3] = [
          ...[await say4(bob), await say4(carla), await say4(bob), await say4(carla), await say4(dan), await say4(bob)],
        ] as [number, number, number, number, number, number]
        const of = `post=${post}&ordering=`
        expect(await read(alice, `${of}-connection,-added_at`)).toEqual([c2, c1, b3, d1, b2, b1])
        expect(await read(alice, `${of}connection`)).toEqual([c1, c2, b1, b2, d1, b3])
        expect(await read(alice, `${of}added_at,-connection`)).toEqual([c1, c2, b1, b2, d1, b3])
        expect(await read(bob, `${of}-connection,-added_at`)).toEqual([b3, d1, c2, b2, c1, b1])
        expect(await read(world.visitor, `${of}connection`)).toEqual([b1, c1, b2, c2, d1, b3])
        // Back again, page by page.
        const first = (await alice.get(`/comment/?${of}-connection&limit=3`)).body
        const second = (await alice.get(first.next)).body
        expect(second.results.map((each: Listed) => each.id)).toEqual([b2, d1, b3])
        expect((await alice.get(second.previous)).body.results).toEqual(first.results)
        // Dan becomes a connection in the middle of the walk, and is seen all the same.
        if (mode === 'follow') await ok(alice.post(`/user/${dan.id}/follow/`))
        else {
          await ok(alice.post(`/user/${dan.id}/connection/request/`))
          await ok(dan.post(`/user/${alice.id}/connection/accept/`))
        }
        expect((await alice.get(first.next)).body.results.map((each: Listed) => each.id)).toEqual([b2, d1, b3])
        expect(await read(alice, `${of}-connection`)).toEqual([c1, c2, d1, b1, b2, b3])
      } finally {
        await world.set({ follow_enabled: false })
      }
    },
  )

  test('has nothing of members one hides or is hidden by, and counts nothing of them; nor do the two act on each other', async () => {
    const [b1, c1] = [await say(bob, 'One'), await say(carla, 'Two')]
    const [r1, r2] = [await say(bob, 'Three', { parent: c1 }), await say(alice, 'Four', { parent: c1 })]
    await ok(carla.post(`/user/${bob.id}/hide/`))
    await world.told()
    expect(await read(carla)).toEqual([c1])
    expect(await read(carla, `post=${post}&parent=${c1}`)).toEqual([r2])
    expect((await carla.get(`/comment/${c1}/`)).body.latest_comments.map((each: Listed) => each.id)).toEqual([r2])
    expect(await read(carla, `user=${bob.id}`)).toEqual([])
    expect((await carla.get(`/comment/${b1}/`)).status).toBe(404)
    expect((await carla.get(`/post/${post}/contributors/`)).body.results.map((each: Listed) => each.id)).toEqual([
      ...[alice.id, carla.id],
    ])
    expect(await read(bob)).toEqual([b1])
    for (const [who, id] of [
      [carla, b1],
      [bob, c1],
    ] as const) {
      expect((await who.post(`/comment/${id}/vote/`)).status).toBe(403)
      expect((await who.post(`/comment/${id}/flag/`, 1)).status).toBe(403)
      expect((await who.post('/comment/', { post, parent: id, text: 'x' })).status).toBe(403)
    }
    expect((await carla.get(`/comment/${r1}/`)).status).toBe(404)
    // On what is of somebody one hides there is nothing to read at all.
    await ok(carla.post(`/user/${alice.id}/hide/`))
    expect((await carla.get(`/comment/?post=${post}`)).status).toBe(404)
    expect((await carla.get(`/comment/${c1}/`)).status).toBe(404)
    expect(await read(carla, `user=${carla.id}`)).toEqual([])
    expect((await carla.post(`/comment/${c1}/vote/`)).status).toBe(403)
    expect((await carla.post('/comment/', { post, text: 'x' })).status).toBe(403)
    expect(await world.told()).toEqual([])
  })

  test('of a kind the community does not have is refused, and so is what is in it', async () => {
    const id = await say(bob, 'One')
    await world.set({ post_type_enabled: false })
    for (const answer of [
      await carla.get(`/comment/?post=${post}`),
      await carla.get(`/comment/${id}/`),
      await carla.post(`/comment/${id}/vote/`),
      await bob.put(`/comment/${id}/`, { text: 'x' }),
      await bob.post('/comment/', { post, text: 'x' }),
      await carla.get(`/post/${post}/contributors/`),
    ])
      expect(codeOf(answer)).toEqual([403, 'type_disabled'])
    expect(await read(carla, `user=${bob.id}`)).toEqual([])
    await world.set({ post_type_enabled: true })
  })

  test('pages a thread of ten thousand as quickly at its end as at its beginning, from an index', async () => {
    await world.db.query(
      `insert into comment (contribution_id, kind, author_id, html, summary, added_at)
       select $1, 2, $2, 'x', 'x', now() + n * interval '1 second' from generate_series(1, 10000) n`,
      [post, bob.id],
    )
    await world.db.query(`update contribution set comment_count = 10000, thread_count = 10000 where id = $1`, [post])
    await world.db.query(`insert into contributor values ($1, $2, 10000)`, [post, bob.id])
    await world.db.query(`update contribution_total set uncommented = uncommented - 1 where kind = 2 and part = $1`, [
      alice.id % 16,
    ])
    await world.db.query('analyze comment')
    const { body } = await carla.get(`/comment/?post=${post}&limit=5&offset=9990&ordering=-added_at`)
    expect(body).toMatchObject({ count: 10_000 })
    const cost = async (query: string) => {
      const before = await fetched()
      await ok(carla.get(query))
      return (await fetched()) - before
    }
    // Deep in the thread no more rows are fetched than on the first page.
    const first = await cost(`/comment/?post=${post}&limit=5`)
    expect(await cost(body.next)).toBeLessThan(first + 200)
  })

  test('finds what the few said whom one is connected with, however far down a long thread, on both levels', async () => {
    await ok(alice.post(`/user/${carla.id}/connection/request/`))
    await ok(carla.post(`/user/${alice.id}/connection/accept/`))
    const parent = await say(bob, 'First')
    // Of two thousand, what carla said is the oldest, or stands far apart.
    const add = (under: number | null) =>
      world.db.query(
        `insert into comment (contribution_id, kind, parent_id, author_id, html, summary, added_at)
         select $1, 2, $2::bigint, case when n > 1990 or n % 500 = 1 then $4::bigint else $3 end, 'x', 'x', now() - n * interval '1 minute'
         from generate_series(1, 2000) n`,
        [post, under, bob.id, carla.id],
      )
    await add(null)
    await add(parent)
    await world.db.query(`insert into contributor values ($1, $2, 28)`, [post, carla.id])
    await world.db.query('update contributor set comments = comments + 3972 where author_id = $1', [bob.id])
    await world.db.query(
      'update contribution set comment_count = comment_count + 4000, thread_count = thread_count + 2000 where id = $1',
      [post],
    )
    await world.db.query('update comment set comment_count = 2000 where id = $1', [parent])
    for (const [list, condition] of [
      [`/comment/?post=${post}`, `contribution_id = ${post} and parent_id is null`],
      [`/comment/?post=${post}&parent=${parent}`, `parent_id = ${parent}`],
    ] as const)
      for (const [ordering, direction] of [
        ['connection', ''],
        ['connection,-added_at', 'desc'],
      ] as const) {
        const ids = (
          await world.db.query<{ id: number }>(
            `select id from comment where ${condition}
             order by author_id = ${carla.id} desc, added_at ${direction}, id ${direction}`,
          )
        ).map(({ id }) => id)
        const first = (await alice.get(`${list}&ordering=${ordering}&limit=10`)).body
        const second = (await alice.get(first.next)).body
        const idsOf = ({ results }: { results: Listed[] }) => results.map(({ id }) => id)
        expect([...idsOf(first), ...idsOf(second)], ordering).toEqual(ids.slice(0, 20))
        expect((await alice.get(second.previous)).body.results, ordering).toEqual(first.results)
        expect(idsOf((await alice.get(`${list}&ordering=${ordering}&limit=10&offset=5`)).body)).toEqual(
          ids.slice(5, 15),
        )
      }
  })

  test('costs no more of two thousand replies than of one', async () => {
    const add = (n: number, under: (n: string) => string) =>
      world.db.query<{ id: number }>(
        `insert into comment (contribution_id, kind, parent_id, author_id, html, summary, added_at)
         select $1, 2, ${under('n')}, $2, 'x', 'x', now() + n * interval '1 second' from generate_series(1, $3::int) n returning id`,
        [post, bob.id, n],
      )
    // Most comments have few replies, as the planner knows.
    const [{ id: one }, ...others] = (await add(4_000, () => 'null')) as [{ id: number }, { id: number }]
    await add(others.length, (n) => `${one} + ${n}`)
    await add(2_000, () => String(one))
    await world.db.query(`insert into contributor values ($1, $2, $3)`, [post, bob.id, 6_000 + others.length])
    await world.db.query('update comment set comment_count = 1 where parent_id is null and contribution_id = $1', [
      post,
    ])
    await world.db.query('update comment set comment_count = 2000 where id = $1', [one])
    await world.db.query(`update contribution set comment_count = $2, thread_count = 4000 where id = $1`, [
      post,
      6_000 + others.length,
    ])
    await world.db.query(`update contribution_total set uncommented = uncommented - 1 where kind = 2 and part = $1`, [
      alice.id % 16,
    ])
    await world.db.query('vacuum analyze comment')
    const cost = async (parent: number, ordering: string) => {
      const before = await fetched()
      const { body } = await ok(carla.get(`/comment/?post=${post}&parent=${parent}&ordering=${ordering}&limit=5`))
      return [body.count, (await fetched()) - before] as [number, number]
    }
    for (const ordering of ['added_at', '-added_at', 'connection']) {
      const [few, least] = await cost(one + 1, ordering)
      const [many, most] = await cost(one, ordering)
      expect([few, many]).toEqual([1, 2_000])
      expect(most, ordering).toBeLessThan(least + 500)
    }
  })

  test('is counted and paged by going through the thread once, for whom very many authors hide', async () => {
    // As bob, whom nobody hides, and carla, whom 150 hide; each of these and bob say ten things, at both levels.
    const parent = await say(bob, 'First')
    const authors = (
      await world.db.query<{ id: number }>(
        `insert into users (username, email, date_joined) select 'hider' || n, 'hider' || n || '@example.org', now()
         from generate_series(1, 150) n returning id`,
      )
    ).map(({ id }) => id)
    const add = (under: number | null) =>
      world.db.query(
        `insert into comment (contribution_id, kind, parent_id, author_id, html, summary, added_at)
         select $1, 2, $2::bigint, author, 'x', 'x', now() - n * interval '1 minute'
         from unnest($3::bigint[]) author, generate_series(1, 10) n`,
        [post, under, [...authors, bob.id]],
      )
    await add(null)
    await add(parent)
    await world.db.query(
      `insert into contributor (contribution_id, author_id, comments)
       select $1::bigint, author, 20 from unnest($2::bigint[]) author
       on conflict (contribution_id, author_id) do update set comments = contributor.comments + 20`,
      [post, [...authors, bob.id]],
    )
    await world.db.query(
      'update contribution set comment_count = comment_count + 3020, thread_count = thread_count + 1510 where id = $1',
      [post],
    )
    await world.db.query('update comment set comment_count = 1510 where id = $1', [parent])
    const lists = [`/comment/?post=${post}`, `/comment/?post=${post}&parent=${parent}`]
    const all = await Promise.all(lists.map(async (list) => (await bob.get(`${list}&limit=5`)).body.count as number))
    await world.db.query(
      `insert into relation (member_id, other_id, version, state, place, asked, hidden_by, hidden_place)
       select $1::bigint, id, 1, 0, 0, false, true, null from unnest($2::bigint[]) id
       union all select id, $1::bigint, 1, 0, 0, false, false, nextval('relation_place') from unnest($2::bigint[]) id`,
      [carla.id, authors],
    )
    await world.db.query('update users set hidden = 1 where id = any($1)', [authors])
    for (const [i, list] of lists.entries())
      for (const ordering of ['added_at', '-added_at', 'connection']) {
        const { count, results } = await walk(carla, `${list}&limit=100&ordering=${ordering}`)
        expect([count, results.length], `${list} ${ordering}`).toEqual([
          (all[i] as number) - 1500,
          (all[i] as number) - 1500,
        ])
      }
  })
})

test('contributors of a contribution are those who commented on it, each once, the last to come first', async () => {
  const id = await say(bob, 'One')
  await say(carla, 'Two', { parent: id })
  await say(bob, 'Three')
  const { body } = await world.visitor.get(`/post/${post}/contributors/?limit=10`)
  expect(body).toMatchObject({ count: 2, next: null, results: [{ id: carla.id }, { id: bob.id }] })
  await ok(bob.delete(`/comment/${id}/`))
  expect((await walk(alice, `/post/${post}/contributors/`)).count).toBe(2)
  expect((await alice.get('/post/999999/contributors/')).status).toBe(404)
})
