import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({ polls_enabled: true })
})
afterAll(() => world.end())

const connect = async (one: Person, other: Person) => {
  await ok(one.post(`/user/${other.id}/connection/request/`))
  await ok(other.post(`/user/${one.id}/connection/accept/`))
}
type Activity = { type: string; author: { id: number }; active_at: string; comment: { id: number } | null }
/** What is said of a post beside it, in a feed of everything. */
const activities = async (who: Person, id: number, feed = '/feed/explore/?limit=100'): Promise<Activity[]> => {
  const { body } = await ok(who.get(feed))
  return body.results.find((unit: { post?: { id: number } }) => unit.post?.id === id).activities
}
const brief = (all: Activity[]) => all.map(({ type, author }) => `${type} ${author.id}`)

test('are what those did with it whom one is connected with: the last three, the newest first', async () => {
  const [alice, bob, carla] = await world.strangers()
  const dan = await world.join(`dan_${alice.id}`)
  await connect(alice, bob)
  await connect(alice, dan)
  const poll = { title: 'Tea?', choices: [{ choice: 'Yes' }, { choice: 'No' }] }
  const { body: post } = await ok(carla.post('/post/', { text: 'Four o’clock', poll }))
  await ok(carla.post(`/post/${post.id}/vote/`))
  expect(await activities(alice, post.id)).toEqual([])
  await ok(bob.post(`/post/${post.id}/poll/vote/`, { choice: post.poll.choices[0].id }))
  await ok(dan.post(`/post/${post.id}/follow/`))
  await ok(alice.post(`/post/${post.id}/vote/`))
  const { body: comment } = await ok(bob.post('/comment/', { post: post.id, text: 'With milk' }))
  await ok(carla.post('/comment/', { post: post.id, text: 'A reply', parent: comment.id }))
  expect(brief(await activities(alice, post.id))).toEqual([
    `comment ${bob.id}`,
    `follow ${dan.id}`,
    `pollvote ${bob.id}`,
  ])
  await ok(dan.post(`/post/${post.id}/vote/?reaction=2`))
  const shown = await activities(alice, post.id)
  expect(brief(shown)).toEqual([`vote ${dan.id}`, `comment ${bob.id}`, `follow ${dan.id}`])
  const { latest_comments: _, ...said } = (await ok(alice.get(`/comment/?post=${post.id}`))).body.results[0]
  const { comment: of, ...rest } = shown[1] as Activity
  // As in lists of comments, with the id of what it is on, and without the replies.
  expect(of).toEqual({ ...said, post: post.id, latest_comments: [] })
  expect(rest).toMatchObject({ author: { username: bob.username }, active_at: said.added_at, seen_by_id: null })
  // Everybody is told of their own connections alone; visitors have none.
  expect(brief(await activities(bob, post.id))).toEqual([`vote ${alice.id}`])
  expect(await activities(world.visitor, post.id)).toEqual([])
  expect(await activities(carla, post.id)).toEqual([])
  expect(brief(await activities(alice, post.id, `/user/${carla.id}/feed/`))).toEqual(brief(shown))

  await ok(bob.delete(`/comment/${comment.id}/`))
  await ok(dan.post(`/post/${post.id}/vote/?reaction=2`))
  expect(brief(await activities(alice, post.id))).toEqual([`follow ${dan.id}`, `pollvote ${bob.id}`])
  await ok(alice.post(`/user/${bob.id}/hide/`))
  await ok(dan.post(`/post/${post.id}/follow/`))
  expect(await activities(alice, post.id)).toEqual([])
  await ok(alice.post(`/user/${bob.id}/hide/`))
  expect(brief(await activities(alice, post.id))).toEqual([`pollvote ${bob.id}`])
  await ok(bob.delete(`/user/${bob.id}/`))
  expect(await activities(alice, post.id)).toEqual([])
})

test('show no words of a comment that moderators have hidden', async () => {
  const [alice, bob, carla] = await world.strangers()
  await connect(alice, bob)
  const { body: post } = await ok(carla.post('/post/', { text: 'Four' }))
  const { body: comment } = await ok(bob.post('/comment/', { post: post.id, text: 'Buy this' }))
  const hide = { contribution_type: 'comment', moderation_type: 0, action: 'hide' }
  await ok(world.admin.patch(`/moderation/contribution/${comment.id}/`, hide))
  const [shown] = await activities(alice, post.id)
  expect(shown?.comment).toMatchObject({ id: comment.id, collapsed: true, html: '', summary: '' })
})

test('are in follow mode what those did whom one follows', async () => {
  const [alice, bob, carla] = await world.strangers()
  await world.set({ follow_enabled: true })
  try {
    await ok(alice.post(`/user/${bob.id}/follow/`))
    const { body: post } = await ok(carla.post('/post/', { text: 'Four' }))
    for (const who of [alice, bob]) await ok(who.post(`/post/${post.id}/vote/`))
    expect(brief(await activities(alice, post.id))).toEqual([`vote ${bob.id}`])
    expect(await activities(bob, post.id)).toEqual([])
  } finally {
    await world.set({ follow_enabled: false })
  }
})

test('cost the same of what many have voted for: only the ends of indexes are read', async () => {
  const [alice, bob] = await world.strangers()
  await connect(alice, bob)
  const { body: post } = await ok(bob.post('/post/', { text: 'Famous' }))
  await world.db.query(
    `with made as (insert into users (username, email, date_joined) select 'fan_' || n, 'fan_' || n || '@example.org', now()
       from generate_series(1, 20000) n returning id)
     insert into mark (target_id, member_id, kind, reaction, voted_at, vote_place)
     select $1, id, 2, 1, now(), nextval('contribution_place') from made`,
    [post.id],
  )
  await world.db.query('update contribution set vote_count = 20000 where id = $1', [post.id])
  await world.db.query('analyze')
  const read = async () => {
    const [row] = await world.db.query<{ n: number }>(
      `select sum(idx_tup_read + idx_tup_fetch)::int as n from pg_stat_user_indexes where relname = 'mark'`,
    )
    return row?.n ?? 0
  }
  await world.db.query('select pg_stat_force_next_flush()')
  const before = await read()
  expect(await activities(alice, post.id)).toEqual([])
  await expect.poll(async () => (await read()) > before, { timeout: 10_000 }).toBe(true)
  expect((await read()) - before).toBeLessThan(2_000)
})
