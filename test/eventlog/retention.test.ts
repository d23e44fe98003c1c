import { afterAll, beforeAll, expect, test } from 'vitest'
import { countDays } from '../../src/eventlog/days.ts'
import { readRemoved, removeOldEvents } from '../../src/eventlog/remove.ts'
import { eventlog } from '../../src/eventlog/slice.ts'
import { settleRestoredEvents, tallyEvents } from '../../src/eventlog/tally.ts'
import { deliver } from '../support/delivery.ts'
import { openInbox } from '../support/inbox.ts'
import { createWorld, type Told, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

/** A year later, what is older than thirty days goes. */
const later = () => new Date(world.kith.clock.now().getTime() + 365 * 86_400_000)
const remove = async () => {
  // Another database's transactions hold back what may be counted, and what is not counted stays.
  await expect.poll(async () => countDays(world.db).then(() => counted()), { timeout: 20_000 }).toBe(true)
  return removeOldEvents(world.db, later(), 30)
}
const counted = async () => {
  const [row] = await world.db.query<{ all: boolean }>(
    'select not exists (select from event where txid >= (select upto from event_day_counted)) as all',
  )
  return row?.all
}
const ids = async () => (await world.db.query<{ id: number }>('select id from event order by id')).map(({ id }) => id)
const post = async () => {
  await world.alice.post('/status/', { text: '<p>good morning</p>' })
  const last = (await ids()).at(-1) as number
  // Walked to once nothing that began before is open, in any test's database.
  const walked = async () => (await world.admin.get('/events/?since_id=0&limit=500')).body.results.at(-1)?.event_id
  await expect.poll(walked, { timeout: 20_000 }).toBe(last)
  return last
}

test('events that nobody waits for go, the newest stays, and whoever asks for what is gone is told so', async () => {
  for (let i = 0; i < 5; i++) await post()
  const before = await ids()
  const days = (await world.admin.get('/events/daily/?days=2')).body
  const walk = (await world.admin.get('/events/?since_id=2&limit=2')).body as { next: string }
  const { count } = (await world.admin.get('/events/')).body
  expect(await removeOldEvents(world.db, world.kith.clock.now(), 30)).toBe(0)
  expect(await remove()).toBe(count - 1)
  expect(await ids()).toEqual(before.slice(-1))
  expect(await remove()).toBe(0)

  const { upto } = await readRemoved(world.db)
  expect(upto).toBe(before.at(-2))
  expect((await world.admin.get('/events/')).body.count).toBe(1)
  const gone = await world.admin.get('/events/?since_id=2')
  expect([gone.status, gone.body.errors[0].field]).toEqual([400, 'since_id'])
  expect(gone.body.errors[0].messages).toEqual([
    { code: 'gone', message: expect.stringContaining(`since_id=${upto} on`) },
  ])
  expect((await world.admin.get(walk.next)).status).toBe(400)
  for (const from of [0, upto]) {
    const { status, body } = await world.admin.get(`/events/?since_id=${from}`)
    expect([status, body.count, body.results.map(({ event_id }: Told) => event_id)]).toEqual([200, 1, before.slice(-1)])
  }
  expect((await world.admin.get('/events/daily/?days=2')).body).toEqual(days)

  // Ids go on, and links in what is kept lead on while more of it goes.
  const next = await post()
  expect(next).toBeGreaterThan(before.at(-1) as number)
  const page = (await world.admin.get('/events/?since_id=0&limit=1')).body as { next: string }
  expect((await world.admin.get(page.next)).body.results.length).toBe(1)
})

test('what is told by the tally and by days stays right, also where the log is restored elsewhere', async () => {
  for (let i = 0; i < 3; i++) await post()
  await countDays(world.db)
  const days = (await world.admin.get('/events/daily/?days=2')).body
  // As if these transactions were of a block that has ended.
  await world.db.query(
    `with t as (insert into event_tally select txid::text::bigint >> 14, type, count(*) from event group by 1, 2)
     update event_tallied set upto = (select max(txid::text::bigint >> 14) + 1 from event)`,
  )
  await remove()
  expect((await world.admin.get('/events/')).body.count).toBe(1)
  // The newest of another server's log.
  await world.db.query(`update event set txid = '9000000000'`)
  expect(await settleRestoredEvents(world.db)).toBe(true)
  await countDays(world.db)
  expect((await world.admin.get('/events/daily/?days=2')).body).toEqual(days)
  await tallyEvents(world.db)
  expect((await world.admin.get('/events/')).body.count).toBe(1)
})

test('nothing goes that an endpoint is to be sent, that a recovery has before it, or that an attempt is shown with', async () => {
  const inbox = await openInbox()
  const { body: hook } = await world.admin.post('/webhook/endpoint/', {
    target: inbox.url,
    events: [{ type: 'status.created' }],
  })
  const held = () => eventlog.examine?.(world.db, { eventDays: 30 } as never).then((all) => all[1]?.says)
  const first = (await ids()).at(-1) as number
  const owed = await post()
  await post()
  await remove()
  const status = async () => (await world.admin.get(`/events/?type=status.created&since_id=0`)).body.count
  expect(await status()).toBe(2)
  expect(await held()).toContain(`endpoint ${hook.id} is still to be sent it`)
  expect((await ids())[0]).toBeGreaterThan(first)

  const delivering = await deliver(world)
  await inbox.gets(2)
  await delivering.stop()
  await remove()
  expect([await status(), await held()]).toEqual([2, expect.stringContaining('was sent it not long ago')])

  // A month later the attempts are gone; but they are to be sent again.
  await world.db.query('delete from webhook_attempt')
  const again = `/webhook/endpoint/${hook.id}/event/resend/`
  const [of] = (await world.admin.get('/events/?type=status.created&since_id=0')).body.results as Told[]
  expect((await world.admin.post(again, { event: of?.event_id })).status).toBe(204)
  await remove()
  expect([await status(), await held()]).toEqual([2, expect.stringContaining('is to be sent it again')])
  await world.db.query('delete from webhook_delivery')
  const recover = (moment: unknown) => world.admin.post(`/webhook/endpoint/${hook.id}/recover/`, { since: moment })
  expect((await recover(of?.created)).status).toBe(200)
  await remove()
  expect([await status(), await held()]).toEqual([2, expect.stringContaining('has a recovery under way')])
  await world.db.query('delete from webhook_recovery')
  expect(await remove()).toBe(1)
  expect(await held()).toBe('events: kept for 30 days')

  const late = await recover(1)
  expect([late.status, late.body.errors[0].messages[0].code]).toEqual([400, 'gone'])
  expect((await world.admin.post(again, { event: owed })).status).toBe(404)
  expect((await recover(late.body.errors[0].messages[0].message.match(/from (\S+)/)[1])).status).toBe(200)
  await inbox.close()
})

test('who asks for an event again, and who removes it, do not miss each other', async () => {
  await world.db.query('delete from webhook_recovery')
  for (let i = 0; i < 4; i++) await post()
  const [oldest] = await ids()
  const asked = world.db.transaction(async (tx) => {
    await tx.query('select from event_removed for share')
    expect(await removeOldEvents(world.db, later(), 30)).toBe(0)
    await tx.query('insert into webhook_delivery select endpoint_id, $1, true, 1, 0, now() from webhook_lane', [oldest])
  })
  await asked
  await remove()
  expect((await ids())[0]).toBe(oldest)
})
