import { createRequire } from 'node:module'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { repairDrift } from '../../src/platform/db/repair.ts'
import { findScoreDrift, scoreRepairs } from '../../src/scores/recount.ts'
import { giveQuietly, settleScores } from '../../src/scores/settle.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

const { http, ScoreService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterEach(async () => {
  expect(await findScoreDrift(world.db)).toEqual([])
  expect(await world.told()).toEqual([])
})
afterAll(() => world.end())

/** What acts have been worth by now, in the events of it. */
async function settled() {
  await world.told()
  await settleScores(world.kith)
  return (await world.told()).map(({ type, data }) => {
    const { user, score, reputation_type_description: what } = data as unknown as Record<string, unknown>
    expect(type).toBe('user.score_updated')
    return `${(user as { username: string }).username.replace(/_.*/, '')} ${score} ${what}`
  })
}

const reputation = async (who: Person) => (await ok(world.admin.get(`/user/${who.id}/`))).body.reputation

test('contributions, comments and replies are worth points until they are deleted', async () => {
  const [alice, bob] = await world.strangers()
  const { body: post } = await ok(alice.post('/post/', { text: 'Tea?' }))
  const { body: comment } = await ok(bob.post('/comment/', { post: post.id, text: 'Yes' }))
  const { body: reply } = await ok(bob.post('/comment/', { post: post.id, parent: comment.id, text: 'Please' }))
  expect(await settled()).toEqual([
    'alice 5 gain_by_make_post',
    'bob 3 gain_by_make_first_level_comment',
    'bob 2 gain_by_make_second_level_comment',
  ])
  expect([await reputation(alice), await reputation(bob)]).toEqual([5, 5])
  await ok(bob.delete(`/comment/${reply.id}/`))
  await ok(bob.delete(`/comment/${comment.id}/`))
  await ok(alice.delete(`/post/${post.id}/`))
  expect(await settled()).toEqual([
    'alice -5 lose_by_delete_post',
    'bob -2 lose_by_delete_second_level_comment',
    'bob -3 lose_by_delete_first_level_comment',
  ])
  await ok(alice.post(`/post/${post.id}/restore/`))
  expect(await settled()).toEqual(['alice 5 gain_by_make_post'])
  expect(await reputation(alice)).toBe(5)
})

test('what is not out yet is worth nothing', async () => {
  const [alice] = await world.strangers()
  await ok(alice.post('/post/', { text: 'Later', draft: true }))
  expect(await settled()).toEqual([])
})

test('votes of others are worth points, and are not when they are taken back; one’s own never are', async () => {
  const [alice, bob, carla] = await world.strangers()
  const { body: post } = await ok(alice.post('/post/', { text: 'Tea?' }))
  const { body: comment } = await ok(bob.post('/comment/', { post: post.id, text: 'Yes' }))
  await settled()
  for (const who of [alice, bob, carla]) await ok(who.post(`/post/${post.id}/vote/`))
  await ok(carla.post(`/comment/${comment.id}/vote/`))
  // What comes together is one entry.
  expect(await settled()).toEqual(['alice 2 gain_by_upvoted', 'bob 1 gain_by_upvoted'])
  await ok(bob.post(`/post/${post.id}/vote/?reaction=2`))
  expect(await settled()).toEqual([])
  await ok(bob.post(`/post/${post.id}/vote/?reaction=2`))
  expect(await settled()).toEqual(['alice -1 lose_by_upvote_canceled'])
})

test('connections and followers are worth points, in their mode, as long as they last', async () => {
  const [alice, bob] = await world.strangers()
  await ok(alice.post(`/user/${bob.id}/connection/request/`))
  await ok(bob.post(`/user/${alice.id}/connection/accept/`))
  expect(await settled()).toEqual(['alice 5 gain_by_connection', 'bob 5 gain_by_connection'])
  await ok(alice.post(`/user/${bob.id}/connection/remove/`))
  expect(await settled()).toEqual(['alice -5 lose_by_connection', 'bob -5 lose_by_connection'])
  await world.set({ follow_enabled: true })
  for (const points of ['2 gain_by_follower', '-2 lose_by_follower']) {
    await ok(alice.post(`/user/${bob.id}/follow/`))
    expect(await settled()).toEqual([`bob ${points}`])
  }
  await world.set({ follow_enabled: false })
})

test('two nodes that give what is due give it once', async () => {
  const [alice] = await world.strangers()
  for (let i = 0; i < 5; i++) await ok(alice.post('/post/', { text: `Tea ${i}` }))
  await world.told()
  await Promise.all([settleScores(world.kith), settleScores(world.kith)])
  await settleScores(world.kith)
  expect((await world.told()).length).toBeGreaterThan(0)
  expect(await reputation(alice)).toBe(25)
})

test('what an import is worth is given member by member and told to nobody; whoever acts meanwhile does not wait for it', async () => {
  const [alice, bob] = await world.strangers()
  await world.db.transaction(async (tx) => {
    await giveQuietly(tx)
    await tx.query(
      `insert into score_due (member_id, type, n) select case when n % 2 = 0 then $1::bigint else $2 end, 12, 1
        from generate_series(1, 8000) n`,
      [alice.id, bob.id],
    )
  })
  await ok(alice.post('/post/', { text: 'Tea?' }))
  await world.told()
  let looks = 0
  await settleScores(world.kith, () => ++looks > 2)
  expect((await world.told()).map(({ data }) => data)).toMatchObject([{ score: 5, user: { id: alice.id } }])
  const first = Math.min(alice.id, bob.id)
  const left = await world.db.query<{ id: number; n: number }>(
    'select member_id as id, count(*)::int as n from score_due group by 1',
  )
  expect(left).toEqual([{ id: alice.id + bob.id - first, n: 3_000 }])
  expect(await settled()).toEqual([])
  expect(await reputation(alice)).toBe(4_000 * 5 + 5)
  expect(await reputation(bob)).toBe(4_000 * 5)
})

test('moderators give points to anybody and take them; it is kept who did, and in the audit trail', async () => {
  const [alice] = await world.strangers()
  const mona = await world.join(`mona_${alice.id}`, { role: 'moderator' })
  await world.told()
  const { status, body } = await mona.post('/score/', {
    user_id: alice.id,
    score: 10,
    comment: 'A fine cake',
    reputation_context: 'contest|first_place',
  })
  expect(status).toBe(201)
  expect(body).toEqual({
    id: expect.any(Number),
    user: {
      ...{ id: alice.id, username: alice.username, real_name: '', avatar: expect.stringContaining('http') },
      reputation: 10,
    },
    score: 10,
    reputation_type: 10,
    reputation_type_description: 'manual',
    comment: 'A fine cake',
    reputation_context: 'contest|first_place',
    created_by: { id: mona.id, username: mona.username, avatar: expect.stringContaining('http') },
    reputed_at: expect.any(String),
  })
  expect(await world.told()).toMatchObject([
    {
      type: 'user.score_updated',
      data: {
        id: body.id,
        score: 10,
        reputation_type: 10,
        comment: 'A fine cake',
        user: { id: alice.id, reputation: 10 },
      },
    },
  ])
  await ok(mona.post('/score/', { username: alice.username.toUpperCase(), score: -3, comment: 'Too sweet' }))
  expect(await world.told()).toMatchObject([{ data: { score: -3, user: { reputation: 7 } } }])
  const { body: trail } = await ok(world.admin.get(`/audit/?actor=${mona.id}`))
  expect(trail.results).toMatchObject([{ act: 'POST /api/v2/score/' }, { act: 'POST /api/v2/score/', target: body.id }])
  // What others gave by hand may carry words that are not for the member.
  expect((await ok(alice.get('/score/'))).body).toMatchObject({ count: 0, results: [] })
  expect((await ok(mona.get(`/score/?user_id=${alice.id}`))).body).toMatchObject({
    count: 2,
    results: [{ score: -3 }, { score: 10 }],
  })
})

test('others change their own score, and nobody else’s', async () => {
  const [alice, bob] = await world.strangers()
  const said = { score: 3, comment: 'I feel good' }
  await ok(alice.post('/score/', said))
  await ok(alice.post('/score/', { ...said, user_id: alice.id }))
  await ok(alice.post('/score/', { ...said, username: alice.username }))
  await world.told()
  for (const whose of [{ user_id: bob.id }, { username: bob.username }, { user_id: 999_999 }, { username: 'nobody' }]) {
    const answer = await alice.post('/score/', { ...said, ...whose })
    expect([answer.status, answer.body.errors[0].messages[0].code]).toEqual([400, 'not_yours'])
  }
  expect((await ok(alice.get(`/score/?user_id=${bob.id}`))).body.count).toBe(3)
  expect(await reputation(alice)).toBe(9)
})

test('what makes no sense is refused in a sentence, and changes nothing', async () => {
  const [alice] = await world.strangers()
  const { admin } = world
  const codes = async (sent: unknown) => {
    const answer = await admin.post('/score/', sent)
    const [error] = answer.body.errors
    return [answer.status, error.field ?? null, error.messages?.[0].code ?? error.code]
  }
  const one = { user_id: alice.id, score: 1, comment: 'x' }
  expect(await codes({ ...one, user_id: undefined })).toEqual([400, 'user_id', 'required'])
  expect(await codes({ ...one, username: alice.username })).toEqual([400, 'username', 'ambiguous'])
  expect(await codes({ ...one, user_id: 999_999 })).toEqual([400, 'user_id', 'unknown'])
  expect(await codes({ ...one, comment: '  ' })).toEqual([400, 'comment', 'required'])
  for (const score of [0, 1.5, 'many', 10_000_000, null])
    expect((await codes({ ...one, score })).slice(0, 2)).toEqual([400, 'score'])
  await world.db.query('update users set reputation = 1000000000 where id = $1', [alice.id])
  expect(await codes(one)).toEqual([400, null, 'too_many'])
  expect(await findScoreDrift(world.db)).toMatchObject([{ what: 'reputation', member: alice.id, counted: 0 }])
  await repairDrift(world.db, scoreRepairs, await findScoreDrift(world.db))
  for (const query of ['reputed_at_from=never', 'reputation_type=99', 'ordering=points'])
    expect((await admin.get(`/score/?${query}`)).status).toBe(400)
})

test('the history is filtered, and read from either end page by page', async () => {
  const [alice] = await world.strangers()
  const { admin } = world
  for (let i = 1; i <= 5; i++)
    await ok(
      admin.post('/score/', {
        user_id: alice.id,
        score: i,
        comment: `Round ${i}`,
        reputation_context: `100%_${i}|cup`,
      }),
    )
  await ok(alice.post('/post/', { text: 'Tea' }))
  await settled()
  const of = async (query: string) =>
    (await walk(admin, `/score/?user_id=${alice.id}&limit=2&${query}`)).results.map(
      (each) => (each as never as { score: number }).score,
    )
  expect(await of('')).toEqual([5, 5, 4, 3, 2, 1])
  expect(await of('ordering=reputed_at')).toEqual([1, 2, 3, 4, 5, 5])
  expect(await of('exclude_manual=true')).toEqual([5])
  expect(await of('reputation_type=12')).toEqual([5])
  expect(await of('search=ROUND 3')).toEqual([3])
  expect(await of('search=100%25_4')).toEqual([4])
  expect(await of('search=100_4')).toEqual([])
  expect(await of(`search=${alice.username.toUpperCase()}`)).toEqual([5, 5, 4, 3, 2, 1])
  expect(await of('reputed_at_from=2999-01-01')).toEqual([])
  expect(await of('reputed_at_to=2999-01-01&exclude_reset=true')).toHaveLength(6)
  expect((await ok(alice.get('/score/'))).body).toMatchObject({ count: 1, results: [{ reputation_type: 12 }] })
})

test('the leaderboard has those with most points first, ties on one place, and the place of the one who asks', async () => {
  await world.db.query('truncate score, score_total, score_due')
  await world.db.query('update score_count set members = 0, entries = 0')
  await world.db.query('update users set reputation = 0')
  const { admin, visitor } = world
  const people: Person[] = []
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) people.push(await world.join(`leader_${name}`))
  const [a, b, c, d, e, f] = people as [Person, Person, Person, Person, Person, Person]
  for (const [who, score] of [
    [a, 5],
    [b, 9],
    [c, 5],
    [d, 5],
    [e, -1],
  ] as const)
    await ok(admin.post('/score/', { user_id: who.id, score, comment: 'x' }))
  await world.told()
  const board = async (who: Person, query = '') =>
    (await walk(who, `/score/leaderboard/?limit=2${query}`)).results.map((each) => {
      const { position, total_score, user } = each as never as {
        position: number
        total_score: number
        user: { username: string }
      }
      return `${position} ${user.username.at(-1)} ${total_score}`
    })
  const all = ['1 b 9', '2 a 5', '2 c 5', '2 d 5', '5 e -1']
  expect(await board(a)).toEqual(all)
  expect(await board(a, '&ordering=total_score')).toEqual(['5 e -1', '2 d 5', '2 c 5', '2 a 5', '1 b 9'])
  const { body } = await ok(d.get('/score/leaderboard/?limit=1'))
  expect(body).toEqual({
    my_position: { position: 2, total_score: 5, user: expect.objectContaining({ id: d.id }) },
    count: 5,
    next: expect.stringContaining('limit=1&offset=1'),
    previous: null,
    results: [
      {
        position: 1,
        total_score: 9,
        user: {
          id: b.id,
          username: b.username,
          real_name: '',
          avatar: expect.any(String),
          ext_id: null,
          deleted: false,
        },
      },
    ],
  })
  // Walked back as well, the places are the same.
  const second = (await ok(d.get(body.next))).body
  expect(second.results).toMatchObject([{ position: 2, user: { id: a.id } }])
  expect((await ok(d.get(second.previous))).body.results).toEqual(body.results)
  for (const who of [f, visitor])
    expect((await ok(who.get('/score/leaderboard/'))).body).toMatchObject({ my_position: null, count: 5 })

  // Some of the points: the sum is made of those.
  await ok(b.post('/post/', { text: 'Tea' }))
  await ok(f.post('/post/', { text: 'Tea' }))
  await settled()
  expect(await board(f, '&reputation_type=12')).toEqual(['1 b 5', '1 f 5'])
  expect(await board(f, '&exclude_manual=1')).toEqual(['1 b 5', '1 f 5'])
  expect(await board(f, `&user_id=${a.id}`)).toEqual(['1 a 5'])
  expect(await board(f, '&search=leader_e')).toEqual(['1 e -1'])

  // Who hides a member does not meet them; who has left is gone, and the others move up.
  await ok(f.post(`/user/${a.id}/hide/`))
  expect(await board(f)).toEqual(['1 b 14', '2 c 5', '2 d 5', '2 f 5', '6 e -1'])
  expect((await ok(f.get('/score/leaderboard/'))).body.count).toBe(5)
  await ok(admin.delete(`/user/${b.id}/`))
  await world.told()
  expect(await board(a)).toEqual(['1 a 5', '1 c 5', '1 d 5', '5 e -1'])
})

test('an erased member leaves no points behind, and what they gave stays with the others', async () => {
  const mona = await world.join('mona_erased', { role: 'moderator' })
  const [alice] = await world.strangers()
  await ok(mona.post('/post/', { text: 'Tea' }))
  await ok(mona.post('/score/', { user_id: alice.id, score: 4, comment: 'x' }))
  await settled()
  await ok(mona.post('/post/', { text: 'More tea' }))
  await ok(world.admin.delete(`/user/${mona.id}/?hard=1`))
  expect(await settled()).toEqual([])
  for (const table of ['score', 'score_total', 'score_due'])
    expect(await world.db.query(`select * from ${table} where member_id = $1`, [mona.id])).toEqual([])
  expect((await ok(world.admin.get(`/score/?user_id=${alice.id}`))).body.results).toMatchObject([
    { score: 4, created_by: null },
  ])
})

test('the types have the names of the API', async () => {
  const { body } = await ok(world.visitor.get('/score/reputation_types/'))
  expect(body).toHaveLength(19)
  expect(body).toContainEqual({ id: 10, name: 'manual' })
  expect(body).toContainEqual({ id: -20, name: 'lose_by_block_account' })
})

test('the official client gives points and finds them', async () => {
  const [alice] = await world.strangers()
  http.setBasePortal(world.url)
  http.setAuthorizeToken(world.admin.token)
  const made = await ScoreService.addScore({ user: alice.id, score: 7, comment: 'Tea' })
  expect(made.score).toBe(7)
  const found = await ScoreService.searchScore({ user_id: alice.id })
  expect(found.results[0]?.user.username).toBe(alice.username)
  expect((await ScoreService.getAllScores({ search: alice.username })).count).toBe(1)
  await world.told()
})
