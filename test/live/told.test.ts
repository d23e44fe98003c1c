import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { createActors } from '../../src/auth/actor.ts'
import { openDatabase } from '../../src/platform/db/database.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { openPage, type Page } from './page.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.set({ 'addons.private_messages_enabled': true })
})
afterAll(() => world.end())

/** Three who have not met, each with a page open. */
async function withPages() {
  const people = await world.strangers()
  const pages = await Promise.all(people.map((each) => openPage(world, each)))
  return { people, pages } as { people: [Person, Person, Person]; pages: [Page, Page, Page] }
}

/**
 * What each page was told by now, by the activity. A request of a newcomer that is withdrawn is behind all that happened
 * before: when that is told, everything else was.
 */
async function toldTo({ people, pages }: Awaited<ReturnType<typeof withPages>>) {
  const ends = await Promise.all(people.map(() => world.join(`end_${Math.random().toString(36).slice(2, 8)}`)))
  const told: number[][] = []
  for (const [i, end] of ends.entries()) {
    await end.post(`/user/${people[i]?.id}/connection/request/`)
    await end.post(`/user/${people[i]?.id}/connection/cancel_request/`)
    const heard: number[] = []
    for (;;) {
      const one = await (pages[i] as Page).told()
      if (one.cancel_request_user?.id === end.id) break
      heard.push(one.activity_type as number)
    }
    told.push(heard)
  }
  return told
}

const silents = [57, 58, 59, 60, 98, 105, 37]
const silentOf = (told: number[][]) => told.map((each) => each.filter((one) => silents.includes(one)))

test('A request that is withdrawn is told to both, so that their buttons change', async () => {
  const site = await withPages()
  const [alice, bob] = site.people
  await alice.post(`/user/${bob.id}/connection/request/`)
  await alice.post(`/user/${bob.id}/connection/cancel_request/`)
  for (const [page, other] of [
    [site.pages[0], bob],
    [site.pages[1], alice],
  ] as const) {
    let told = await page.told()
    while (told.activity_type !== 60) told = await page.told()
    expect(told).toEqual({
      activity_type: 60,
      feed_serialization_id: expect.stringMatching(/^connection_cancel_request-\d+$/),
      count_interactions: expect.any(Number),
      count_notification_banners: 0,
      notification_obj: {
        sid: told.feed_serialization_id,
        type: 'connection_cancel_request',
        is_new: false,
        active_at: expect.stringMatching(/^2\d{3}-/),
        cancel_request_user: told.cancel_request_user,
      },
      cancel_request_user: expect.objectContaining({ id: other.id, connection_status: null }),
      connection: expect.any(Number),
    })
  }
  expect(silentOf(await toldTo(site))).toEqual([[], [], []])
})

test('The end of a connection is told to both, and to nobody else', async () => {
  const site = await withPages()
  const [alice, bob] = site.people
  await alice.post(`/user/${bob.id}/connection/request/`)
  await bob.post(`/user/${alice.id}/connection/accept/`)
  await alice.post(`/user/${bob.id}/connection/remove/`)
  expect(silentOf(await toldTo(site))).toEqual([[59], [59], []])
})

test('A rejection is told to the pages of who rejected, and never to who asked', async () => {
  const site = await withPages()
  const [alice, bob] = site.people
  await alice.post(`/user/${bob.id}/connection/request/`)
  await bob.post(`/user/${alice.id}/connection/reject/`)
  await bob.post(`/user/${alice.id}/connection/cancel_reject/`)
  await bob.post(`/user/${alice.id}/connection/reject/`)
  // What was rejected is withdrawn: that is news to the pages of who asked alone.
  await alice.post(`/user/${bob.id}/connection/cancel_request/`)
  expect(silentOf(await toldTo(site))).toEqual([[60], [57, 58, 57], []])
})

test('Nothing is told of one who hides, or is hidden', async () => {
  const site = await withPages()
  const [alice, bob] = site.people
  await alice.post(`/user/${bob.id}/connection/request/`)
  await bob.post(`/user/${alice.id}/hide/`)
  await alice.post(`/user/${bob.id}/connection/cancel_request/`)
  expect(silentOf(await toldTo(site))).toEqual([[], [], []])
})

test('A message is told to the pages of who it is for, as they see it, and one that is taken back to both', async () => {
  const site = await withPages()
  const [alice, bob] = site.people
  await alice.post(`/user/${bob.id}/connection/request/`)
  await bob.post(`/user/${alice.id}/connection/accept/`)
  const second = await openPage(world, bob)
  const sent = await alice.post('/pm/', { recipients: [bob.id], message: '<p>مرحبا <b>🐝</b></p>' })
  expect(sent.status, sent.text).toBe(201)
  const [message] = sent.body
  let told = await second.told()
  while (told.activity_type !== 37) told = await second.told()
  expect(told).toMatchObject({
    activity_type: 37,
    thread_id: message.thread_id,
    notification_obj: {
      type: 'private_message',
      is_new: true,
      message: {
        id: message.id,
        thread_id: message.thread_id,
        sender: { id: alice.id },
        message: message.message,
        created_at: message.created_at,
        status: 'new',
        group: null,
        file: null,
      },
      snippet: { id: message.thread_id, headline: 'مرحبا 🐝', receiver: { id: bob.id }, thread_status: 'new' },
    },
  })
  expect((await alice.delete(`/pm/${message.id}/`)).status).toBe(204)
  expect(await second.told()).toMatchObject({
    activity_type: 105,
    thread_id: message.thread_id,
    notification_obj: { type: 'delete_private_message', message: { id: message.id } },
  })
  expect(silentOf(await toldTo(site))).toEqual([[105], [37, 105], []])
  await second.close()
})

test('What is committed later than what came after it is told all the same, once', async () => {
  const site = await withPages()
  const [alice, bob] = site.people
  const sent = await world.admin.post('/pm/', { recipients: [alice.id, bob.id], message: 'first' })
  expect(sent.status, sent.text).toBe(201)
  const late = await world.db.connect()
  const insert = `insert into signal (id, kind, member_id, about_id, within_id, created_at)
    values (nextval('signal_id'), 'message_taken_back', $1, $2, 7, now())`
  await late.query('begin')
  await late.query(insert, [alice.id, 1])
  await world.db.query(insert, [alice.id, 2])
  const ids: number[] = []
  const hear = async (): Promise<unknown> => {
    const told = await site.pages[0].told()
    if (told.activity_type === 105) ids.push(told.notification_obj.message.id)
    return told.activity_type === 105 || hear()
  }
  await hear()
  await late.query('commit')
  await hear()
  await late.end()
  expect(ids).toEqual([2, 1])
})

test('In follow mode, one who is no longer followed is told', async () => {
  const other = await createWorld()
  await other.set({ 'configurations.follow_enabled': true })
  const { alice, bob } = other
  const page = await openPage(other, alice)
  await bob.post(`/user/${alice.id}/follow/`)
  await bob.post(`/user/${alice.id}/follow/`)
  let told = await page.told()
  while (told.activity_type !== 98) told = await page.told()
  expect(told).toMatchObject({ unfollower: { id: bob.id }, notification_obj: { type: 'user_unfollow' } })
  await other.end()
})

test('On every node pages are told in the same order, wherever it happened', async () => {
  const { alice, bob } = world
  const db = openDatabase(world.database.connection, () => {})
  const kith = { ...world.kith, db, actors: createActors(db, world.kith.clock) }
  const app = await createApp(kith, { ...nodeOptions(), listen: false })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const there = world.person(bob.id, bob.username, bob.token)
  const pages = [await openPage(world, alice), await openPage({ url }, alice)]
  for (let i = 0; i < 10; i++) {
    const ask = (path: string) => (i % 2 ? bob.post(path) : there.post(`${url}/api/v2${path}`))
    await ask(`/user/${alice.id}/connection/request/`)
    await ask(`/user/${alice.id}/connection/cancel_request/`)
  }
  const heard = await Promise.all(
    pages.map(async (page) => {
      const keys: string[] = []
      while (keys.length < 10) {
        const told = await page.told()
        if (told.activity_type === 60) keys.push(told.feed_serialization_id)
      }
      return keys
    }),
  )
  expect(heard[0]).toEqual(heard[1])
  expect(new Set(heard[0]).size).toBe(10)
  for (const page of pages) await page.close()
  await app.close()
  await db.close()
})

const nodeOptions = () => ({
  log: { info() {}, warn() {}, error() {} } as never,
  bodyLimit: 1_000_000,
  bodyBudget: 1_000_000,
  rateLimit: 0,
  rateLocal: false,
  heavyAtOnce: 5,
  origins: 'loopback' as const,
  trustedProxies: [],
})

test('A notification is told as the list shows it, with what is not seen; and an end of what it was of, after it', async () => {
  const site = await withPages()
  const [alice, bob] = site.people
  await alice.post(`/user/${bob.id}/connection/request/`)
  const asked = await site.pages[1].told()
  expect(asked).toMatchObject({
    activity_type: 55,
    count_interactions: 1,
    notification_obj: { type: 'connection_request', is_new: true, request_user: { id: alice.id } },
    request_user: { id: alice.id, connection_status: 'received_connection_request' },
    connection: expect.any(Number),
  })
  expect(asked.feed_serialization_id).toBe(asked.notification_obj.sid)
  await bob.post(`/user/${alice.id}/connection/accept/`)
  expect(await site.pages[0].told()).toMatchObject({
    activity_type: 56,
    accept_user: { id: bob.id, connection_status: 'connected' },
    notification_obj: { type: 'connection_accept', accept_user: { id: bob.id } },
  })
  const listed = (await alice.get('/notification/')).body.results[0].aggregated[0]
  expect(listed.type).toBe('connection_accept')
  await bob.post(`/user/${alice.id}/connection/remove/`)
  for (const page of site.pages.slice(0, 2)) expect((await page.told()).activity_type).toBe(59)
})

test('A banner is told to every page, as the list shows it, and counts for itself', async () => {
  const site = await withPages()
  const sent = { title: 'Tea', body_text: 'At five', link: 'https://tea.example/' }
  const { status, body: banner } = await world.admin.post('/notification/banner/', sent)
  expect(status).toBe(201)
  for (const page of site.pages)
    expect(await page.told()).toEqual({
      activity_type: 'notification_banner',
      feed_serialization_id: `banner-${banner.id}`,
      count_interactions: 1,
      count_notification_banners: 1,
      notification_obj: banner,
      id: banner.id,
    })
})
