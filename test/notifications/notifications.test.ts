import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Moderation, tellModerated } from '../../src/moderation/notices.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
  await world.notified()
})

const connection = (who: Person, verb: string, whom: Person) => who.post(`/user/${whom.id}/connection/${verb}/`)
const list = async (who: Person, query = '') => (await who.get(`/notification/${query}`)).body
const unseen = async (who: Person) => (await who.get('/notification/unseen/count/')).body.count
/** Types of what somebody is told, group by group. */
const types = async (who: Person) =>
  (await list(who)).results.map(({ aggregated }: { aggregated: { type: string }[] }) =>
    aggregated.map(({ type }) => type).join(),
  )
/** Events of notifications, as "type to". */
const notified = async () =>
  (await world.notified()).map(
    ({ type, data }) =>
      `${type.replace('notification.', '')} ${(data as unknown as { recipients: number[] }).recipients}`,
  )
/** How many sessions wait for a lock. */
const waiting = async () => {
  const [row] = await world.db.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return row?.n
}

describe('a connection request', () => {
  test('is told to the one who is asked, new until it is listed', async () => {
    await connection(alice, 'request', bob)
    expect([await unseen(alice), await unseen(bob), await unseen(carla)]).toEqual([0, 1, 0])
    const { results, next, previous } = await list(bob)
    expect([next, previous]).toEqual([null, null])
    expect(results).toMatchObject([
      { is_new: true, aggregated: [{ type: 'connection_request', is_new: true, request_user: { id: alice.id } }] },
    ])
    expect(await unseen(bob)).toBe(0)
    expect((await list(bob)).results).toMatchObject([{ is_new: false, aggregated: [{ is_new: false }] }])
    expect(await notified()).toEqual([`connection_request ${bob.id}`])
  })

  test.each(['cancel_request', 'reject'])('that is answered by %s is no longer told', async (verb) => {
    await connection(alice, 'request', bob)
    await (verb === 'reject' ? connection(bob, verb, alice) : connection(alice, verb, bob))
    expect([await types(bob), await unseen(bob)]).toEqual([[], 0])
  })

  test('that is withdrawn while it is being read is not counted, whichever comes first', async () => {
    await connection(carla, 'request', bob)
    await connection(alice, 'request', bob)
    const [seen, see] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const reading = world.db.transaction(async (tx) => {
      await tx.query('select from notification_box where member_id = $1 for update', [bob.id])
      await tx.query('update notification_group set seen = last, unseen = 0 where member_id = $1', [bob.id])
      await tx.query('update notification_box set unseen = 0 where member_id = $1', [bob.id])
      see.resolve()
      await seen.promise
    })
    await see.promise
    const withdrawn = connection(alice, 'cancel_request', bob)
    await expect.poll(waiting).toBe(1)
    seen.resolve()
    await reading
    expect((await withdrawn).status).toBe(200)
    expect([await unseen(bob), await types(bob)]).toEqual([0, ['connection_request']])
  })

  test('that is accepted is told to the one who asked, and is no request any more', async () => {
    await connection(alice, 'request', bob)
    await connection(bob, 'accept', alice)
    expect([await types(bob), await unseen(bob), await unseen(alice)]).toEqual([[], 0, 1])
    expect((await list(alice)).results).toMatchObject([
      { aggregated: [{ type: 'connection_accept', accept_user: { id: bob.id } }] },
    ])
    expect(await notified()).toEqual([`connection_request ${bob.id}`, `connection_accept ${alice.id}`])
    await connection(alice, 'remove', bob)
    expect(await types(alice)).toEqual([])
  })

  test('is gone from what one is told who hides the other, and does not come back', async () => {
    await connection(alice, 'request', bob)
    await bob.post(`/user/${alice.id}/hide/`)
    expect([await types(bob), await unseen(bob)]).toEqual([[], 0])
    await bob.post(`/user/${alice.id}/hide/`)
    expect([await types(bob), await unseen(bob)]).toEqual([[], 0])
  })
})

const publish = async (who: Person, text = 'Tea?', kind = 'post') => {
  const {
    body,
    status,
    text: said,
  } = await who.post(`/${kind}/`, { text, ...(kind === 'discussion' && { title: 'Time' }) })
  expect(status, said).toBe(201)
  return body.id as number
}
const comment = async (who: Person, post: number, text = 'Yes', more: object = {}) => {
  const { body, status, text: said } = await who.post('/comment/', { post, text, ...more })
  expect(status, said).toBe(201)
  return body.id as number
}
const mention = ({ id, username }: Person) => `<p>Ask <mention id="${id}">@${username}</mention></p>`

describe('a comment', () => {
  test('is told to the author with what it is on, beside other things about that', async () => {
    const post = await publish(alice)
    const first = await comment(bob, post)
    expect((await carla.post(`/post/${post}/vote/`)).status).toBe(204)
    expect(await unseen(alice)).toBe(2)
    const { results } = await list(alice)
    expect(results).toMatchObject([
      {
        is_new: true,
        post: { id: post, type: 'post', suspended: false },
        aggregated: [
          { type: 'vote_up', is_new: true, user: { id: carla.id }, post: { id: post } },
          { type: 'comment', is_new: true, comment: { id: first, author: { id: bob.id }, post: { id: post } } },
        ],
      },
    ])
    expect([await types(bob), await types(carla), await unseen(alice)]).toEqual([[], [], 0])
    expect(await notified()).toEqual([`comment ${alice.id}`, `vote_up ${alice.id}`])
  })

  test('is told to those who follow, and a reply to whoever is replied to', async () => {
    const post = await publish(alice)
    await carla.post(`/post/${post}/follow/`)
    const first = await comment(bob, post)
    await comment(alice, post, 'No', { parent: first })
    expect([await types(alice), await types(bob), await types(carla)]).toEqual([
      ['comment,follow'],
      ['nested_comment'],
      ['nested_comment,comment'],
    ])
    expect(await notified()).toEqual([
      `follow ${alice.id}`,
      `comment ${[alice.id, carla.id]}`,
      `nested_comment ${[bob.id, carla.id]}`,
    ])
  })

  test('that is deleted takes what was told of it and of its replies away', async () => {
    const post = await publish(alice)
    const first = await comment(bob, post)
    await comment(carla, post, 'No', { parent: first })
    expect([await unseen(alice), await unseen(bob)]).toEqual([2, 1])
    await bob.delete(`/comment/${first}/`)
    expect([await unseen(alice), await unseen(bob), await types(alice), await types(bob)]).toEqual([0, 0, [], []])
  })

  test('is not told of what somebody has enough of, nor by whom they hide', async () => {
    const post = await publish(alice)
    await alice.post(`/post/${post}/suspend/`)
    await comment(bob, post)
    expect(await unseen(alice)).toBe(0)
    await alice.post(`/post/${post}/suspend/`)
    await comment(bob, post)
    await carla.post(`/post/${post}/follow/`)
    await comment(bob, post)
    expect([await unseen(alice), await unseen(carla)]).toEqual([3, 1])
    await carla.post(`/user/${bob.id}/hide/`)
    expect([await unseen(alice), await unseen(carla), await types(carla)]).toEqual([3, 0, []])
    await comment(bob, post)
    expect([await unseen(alice), await unseen(carla)]).toEqual([4, 0])
  })
})

test('a mention is told once, however often what it stands in is edited; one that is added is told then', async () => {
  const post = await publish(alice, mention(bob))
  expect((await list(bob)).results).toMatchObject([
    { post: { id: post }, aggregated: [{ type: 'mention', post: { id: post } }] },
  ])
  await alice.put(`/post/${post}/`, { text: mention(bob) + mention(carla) })
  expect([await unseen(bob), await unseen(carla)]).toEqual([0, 1])
  const said = await comment(bob, post, mention(alice))
  expect((await list(alice)).results).toMatchObject([{ aggregated: [{ type: 'mention', comment: { id: said } }] }])
  expect(await notified()).toEqual([`mention ${bob.id}`, `mention ${carla.id}`, `mention ${alice.id}`])
})

test('a vote that is taken back is told no longer, and one that changes not once more', async () => {
  const post = await publish(alice)
  await bob.post(`/post/${post}/vote/?reaction=1`)
  await bob.post(`/post/${post}/vote/?reaction=2`)
  expect(await unseen(alice)).toBe(1)
  await bob.post(`/post/${post}/vote/?reaction=2`)
  expect([await unseen(alice), await types(alice)]).toEqual([0, []])
  const said = await comment(bob, post)
  await carla.post(`/comment/${said}/vote/`)
  expect((await list(bob)).results).toMatchObject([
    { post: { id: post }, aggregated: [{ type: 'vote_up', comment: { id: said }, user: { id: carla.id } }] },
  ])
})

test.each(['status', 'post', 'discussion'])(
  'a vote for a %s is told with what the event of the vote shows',
  async (kind) => {
    const id = await publish(alice, `Tea? ${mention(carla)}`, kind)
    await world.notified()
    await bob.post(`/${kind}/${id}/vote/`)
    const [[voted], [told]] = [await world.told(), await world.notified()]
    const shown = (of: typeof voted) => JSON.stringify([of?.data[kind as never], of?.data.user])
    expect([voted?.type, told?.type]).toEqual(['vote.created', 'notification.vote_up'])
    expect(shown(told)).toBe(shown(voted))
  },
)

test('what is deleted is gone from what everybody is told', async () => {
  const post = await publish(alice, mention(carla))
  await comment(bob, post)
  await alice.delete(`/post/${post}/`)
  expect([await unseen(alice), await unseen(carla), await types(alice), await types(carla)]).toEqual([0, 0, [], []])
})

test('what is published is told to connections where the option says so', async () => {
  await connection(alice, 'request', bob)
  await connection(bob, 'accept', alice)
  await world.notified()
  await publish(alice)
  await world.set({ new_contribution_notification_enabled: true })
  const post = await publish(alice)
  expect(await notified()).toEqual([`contribution ${bob.id}`])
  expect((await list(bob)).results).toMatchObject([
    { post: { id: post }, aggregated: [{ type: 'contribution', post: { id: post } }] },
  ])
  await world.set({ new_contribution_notification_enabled: false })
})

describe('a private message', () => {
  beforeEach(() => world.set({ private_messages_enabled: true }))

  test('is told with what it says to the one it is to, with others of the same sender, until the thread is read', async () => {
    for (const message of ['Tea?', 'At five?'])
      expect((await world.admin.post('/pm/', { recipients: [bob.id], message })).status).toBe(201)
    expect(await unseen(bob)).toBe(2)
    const { results } = await list(bob, '?limit=1')
    expect(results).toMatchObject([
      {
        aggregated: [
          {
            type: 'private_message',
            message: { message: '<p>At five?</p>', sender: { id: world.admin.id }, group: null },
          },
          { type: 'private_message', message: { message: '<p>Tea?</p>' } },
        ],
      },
    ])
    await world.admin.post('/pm/', { recipients: [bob.id], message: 'Now?' })
    expect(await unseen(bob)).toBe(1)
    await bob.get(`/pm/?user=${world.admin.id}`)
    expect(await unseen(bob)).toBe(0)
    const told = await world.notified()
    expect(told.map(({ type }) => type)).toEqual(Array(3).fill('notification.private_message'))
    expect(JSON.stringify(told)).not.toMatch(/Tea|five|Now/)
    await bob.delete(`/pm/?user=${world.admin.id}`)
    expect(await types(bob)).toEqual([])
  })

  test('that is taken back is told no longer', async () => {
    const { body } = await world.admin.post('/pm/', { recipients: [bob.id], message: 'Tea?' })
    await world.admin.delete(`/pm/${body[0].id}/`)
    expect([await unseen(bob), await types(bob)]).toEqual([0, []])
  })
})

test('a vote for a comment whose contribution is deleted at the same moment leaves nothing that is counted and not shown', async () => {
  const post = await publish(bob)
  const said = await comment(alice, post)
  await bob.post(`/comment/${said}/vote/`)
  await list(alice)
  expect(await unseen(alice)).toBe(0)
  let letGo = () => {}
  const released = new Promise<void>((resolve) => {
    letGo = resolve
  })
  // Whoever tells alice waits here.
  const held = world.db.transaction(async (tx) => {
    await tx.query('select from notification_box where member_id = $1 for update', [alice.id])
    await released
  })
  const voted = carla.post(`/comment/${said}/vote/`)
  await expect.poll(waiting).toBe(1)
  let deleted = false
  const deleting = bob.delete(`/post/${post}/`).then(({ status }) => {
    deleted = true
    return status
  })
  await expect.poll(async () => deleted || (await waiting()) === 2).toBe(true)
  letGo()
  expect([(await voted).status, await deleting]).toEqual([204, 204])
  await held
  expect([await unseen(alice), await types(alice)]).toEqual([0, []])
})

describe('a custom notification', () => {
  const says = (user: number, more: object = {}) =>
    world.admin.post('/notification/notify/', { type: 'wish', title: 'A kettle', description: null, user, ...more })

  test('is told to those connected with the one who says it, or to themselves', async () => {
    await connection(alice, 'request', bob)
    await connection(bob, 'accept', alice)
    await list(bob)
    expect((await says(alice.id)).status).toBe(204)
    expect((await list(bob)).results).toMatchObject([
      {
        aggregated: [
          {
            type: 'custom_notification',
            user: { id: alice.id },
            custom_notification: {
              recipients_type: 'connections',
              type: 'wish',
              title: 'A kettle',
              description: null,
              embed: null,
            },
          },
        ],
      },
    ])
    expect((await says(carla.id, { recipients_type: 'user' })).status).toBe(204)
    expect(await types(carla)).toEqual(['custom_notification'])
  })

  test('shows an embed as it is now, to members and to receivers', async () => {
    const film = { embed_type: 'film', embed_id: `of ${carla.id}`, url: 'https://films.example/1' }
    expect(
      (await says(carla.id, { recipients_type: 'user', embed: { ...film, metadata: { year: 1953 } } })).status,
    ).toBe(204)
    const [{ data }] = (await world.notified()) as unknown as [
      { data: { custom_notification: { embed: { id: number } } } },
    ]
    expect(data.custom_notification.embed).toMatchObject({ ...film, metadata: { year: 1953 } })
    const { id } = data.custom_notification.embed
    await world.admin.patch(`/embed/${id}/`, { metadata: { year: 1954 } })
    expect((await list(carla)).results[0].aggregated[0].custom_notification.embed).toMatchObject({
      ...{ ...film, id, metadata: { year: 1954 } },
    })
  })

  test('is for administrators, of somebody who is there', async () => {
    expect(
      (await bob.post('/notification/notify/', { type: 'x', title: '', description: '', user: bob.id })).status,
    ).toBe(403)
    expect((await says(99_999_999)).body.errors).toMatchObject([{ field: 'user', messages: [{ code: 'unknown' }] }])
    expect((await says(bob.id, { embed: { embed_type: 'sc_link', embed_id: '1' } })).body.errors).toMatchObject([
      { field: 'embed_type', messages: [{ code: 'reserved' }] },
    ])
    expect((await says(bob.id, { embed: { id: 99_999_999 } })).body.errors).toMatchObject([{ field: 'embed' }])
    expect(await notified()).toEqual([])
  })
})

test('What administrators say is as they write it, in any script; what turns or hides it is refused by field', async () => {
  const words = 'چای‌سبز 緑茶 שלום ไทย 👩‍👩‍👧 e\u0301'
  const say = (more: object) =>
    world.admin.post('/notification/notify/', {
      ...{ type: 'wish', title: words, description: words, user: carla.id, recipients_type: 'user' },
      ...more,
    })
  const show = (more: object) => world.admin.post('/notification/banner/', { title: words, body_text: words, ...more })
  expect((await say({})).status).toBe(204)
  expect((await list(carla)).results[0].aggregated[0].custom_notification).toMatchObject({
    ...{ title: words, description: words },
  })
  expect((await show({ link_text: words })).body.banner).toMatchObject({
    ...{ title: words, body_text: words, link_text: words },
  })
  const faults = ['\u202eeeT', 'Tea\u2066', 'two\nlines', 'T\u{e0041}ea']
  for (const fault of faults) {
    const named = async (field: string, answer: ReturnType<typeof say>) => {
      const { status, body } = await answer
      expect(
        [status, body.errors?.map((each: { field: string }) => each.field)],
        JSON.stringify([field, fault]),
      ).toEqual([400, [field]])
    }
    await named('title', say({ title: fault }))
    await named('type', say({ type: fault }))
    await named('title', show({ title: fault }))
    await named('link_text', show({ link_text: fault }))
  }
  for (const blank of ['\u200b\u2800', ' \u3164'])
    expect((await show({ title: blank })).body.errors).toMatchObject([
      { field: 'title', messages: [{ code: 'blank' }] },
    ])
  for (const fault of ['\u0000', '\ud800']) {
    expect((await say({ description: fault })).status).toBe(400)
    expect((await show({ body_text: fault })).status).toBe(400)
  }
})

describe('a banner', () => {
  test('is for everybody who was there, until they dispose of it', async () => {
    const { body: banner, status } = await world.admin.post('/notification/banner/', {
      title: 'Tea',
      body_text: 'At five.',
      link: 'https://tea.example/',
      link_text: 'More',
    })
    expect([status, banner]).toMatchObject([
      201,
      { viewed_at: null, disposed_at: null, banner: { type_banner: 'notification_banner' } },
    ])
    const late = await world.join('late_comer')
    const me = async () => (await bob.get('/user/me/')).body.unseen_notification_banners_counter
    const count = async (which: string) => (await bob.get(`/notification/banner/${which}/count/`)).body.count
    expect([await me(), await count('unseen'), await count('undisposed')]).toEqual([1, 1, 1])
    expect((await late.get('/notification/banner/')).body.count).toBe(0)
    await bob.post('/notification/banner/read/', { banner_ids: [banner.id, 99_999] })
    expect([await me(), await count('unseen'), await count('undisposed')]).toEqual([0, 0, 1])
    await bob.post('/notification/banner/dispose/', { banner_ids: [banner.id] })
    expect([await count('undisposed'), (await bob.get('/notification/banner/?limit=3')).body]).toMatchObject([
      0,
      { count: 0, results: [] },
    ])
    expect((await carla.get('/notification/banner/')).body).toMatchObject({ count: 1, results: [{ id: banner.id }] })
    expect((await world.notified()).map(({ type, data }) => [type, data])).toMatchObject([
      ['notification.banner.sent', { recipients: [], banner: { title: 'Tea' } }],
    ])
    expect((await bob.delete(`/notification/banner/${banner.id}/`)).status).toBe(403)
    expect((await world.admin.delete(`/notification/banner/${banner.id}/`)).status).toBe(204)
    expect((await carla.get('/notification/banner/')).body.count).toBe(0)
  })
})

describe('what is read', () => {
  test('is read by its own sid, or by that of its group; what is not one’s own is nothing', async () => {
    const post = await publish(alice)
    for (const who of [bob, carla]) await who.post(`/post/${post}/vote/`)
    await comment(bob, post)
    const { rows } = {
      rows: await world.db.query<{ id: number; group_id: number }>(
        'select id, group_id from notification where member_id = $1 order by position',
        [alice.id],
      ),
    }
    const sid = String(rows[0]?.id)
    await bob.post('/notification/read/', { sids: [sid, `g${rows[0]?.group_id}`] })
    expect(await unseen(alice)).toBe(3)
    for (const sids of [[sid], [sid, sid, 'nonsense']]) await alice.post('/notification/read/', { sids })
    expect(await unseen(alice)).toBe(2)
    await alice.post('/notification/read/', { sids: [`g${rows[0]?.group_id}`, String(rows[1]?.id)] })
    expect(await unseen(alice)).toBe(0)
    expect((await alice.get('/user/me/')).body.unseen_interactions_counter).toBe(0)
  })

  test('pages end and go on, by links and by sids', async () => {
    const posts: number[] = []
    for (let n = 0; n < 5; n++) posts.unshift(await publish(alice))
    for (const post of posts.toReversed()) await bob.post(`/post/${post}/vote/`)
    const first = await list(alice, '?limit=2&offset=0')
    expect(await unseen(alice)).toBe(3)
    const ids = ({ results }: { results: { post: { id: number } }[] }) => results.map(({ post }) => post.id)
    expect(ids(first)).toEqual(posts.slice(0, 2))
    const second = (await alice.get(first.next)).body
    expect(ids(second)).toEqual(posts.slice(2, 4))
    expect(ids(await list(alice, `?limit=2&next_id=${first.results[1].sid}`))).toEqual(posts.slice(2, 4))
    expect(ids(await list(alice, `?limit=2&previous_id=${second.results[0].sid}`))).toEqual(posts.slice(0, 2))
    expect((await alice.get('/notification/?next_id=g1')).status).toBe(400)
  })
})

test('what moderators do is told to the one it concerns, with what it is about, though that is deleted or suspended', async () => {
  const post = await publish(alice)
  const said = await comment(bob, post)
  await alice.post(`/post/${post}/suspend/`)
  const contribution = { kind: 2, id: post, owner: alice.id }
  await alice.delete(`/post/${post}/`)
  const community = world.kith.community.current()
  const done = (to: number, what: Moderation) =>
    world.db.transaction((tx) => tellModerated(tx, { now: world.kith.clock.now(), community }, to, what))
  await done(alice.id, { what: 'deleted', reason: 'vulgar', contribution })
  await done(alice.id, { what: 'noticed', reason: 'poor', contribution })
  const settings = { days_blocked: 3, reputation_delta: 0, blocked_at: null, expire_at: null }
  await done(alice.id, { what: 'blocked', settings })
  await done(alice.id, { what: 'unblocked' })
  expect((await list(alice)).results).toMatchObject([
    { aggregated: [{ type: 'unblocked_user' }] },
    { aggregated: [{ type: 'blocked_user', block_settings: settings, blocked_settings: settings }] },
    { post: { id: post }, aggregated: [{ type: 'kindly_notice_poor', post: { id: post } }] },
    { post: { id: post, deleted: true }, aggregated: [{ type: 'deleted_for_vulgar', post: { id: post } }] },
  ])
  await alice.post(`/post/${post}/restore/`)
  await done(bob.id, { what: 'collapsed', reason: 'offtopic', contribution, comment: { id: said } })
  await done(bob.id, { what: 'flag_noticed', contribution, comment: { id: said } })
  expect((await list(bob)).results).toMatchObject([
    { post: { id: post }, aggregated: [{ type: 'kindly_notice_flag', comment: { id: said } }] },
    { post: { id: post }, aggregated: [{ type: 'collapsed_for_offtopic', comment: { id: said } }] },
  ])
})
