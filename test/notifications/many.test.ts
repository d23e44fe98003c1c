import { afterAll, beforeAll, expect, test } from 'vitest'
import { findNotificationDrift } from '../../src/notifications/recount.ts'
import { doTasks } from '../../src/notifications/tasks.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
const many = 1_234

beforeAll(async () => {
  world = await createWorld()
  ;[alice, bob] = await world.strangers()
  await world.db.query(
    `with made as (
      insert into users (username, date_joined) select 'many' || n, now() from generate_series(1, $2::int) n returning id
    )
    insert into relation (member_id, other_id, version, state, place, asked, changed)
    select a, b, 1, 4, nextval('relation_place'), a = $1, now() from made, lateral (values (made.id, $1::bigint), ($1, made.id)) p(a, b)`,
    [alice.id, many],
  )
  await world.set({ new_contribution_notification_enabled: true })
  await world.notified()
}, 60_000)
afterAll(() => world.end())

const recipients = async () =>
  (await world.notified()).map(({ data }) => (data as unknown as { recipients: number[] }).recipients)
const waiting = async () => (await world.db.query('select task, after from notification_task')).length
const told = async () => (await world.db.query<{ n: number }>('select count(*)::int as n from notification'))[0]?.n ?? 0

test('very many are told some at a time, each once, by whoever goes on; and it is taken away likewise', async () => {
  const { body } = await alice.post('/post/', { text: 'Tea?' })
  expect([await told(), await waiting()]).toEqual([500, 1])
  // One that is ended in the middle has told whoever it has told; two at once do not do it twice.
  let steps = 0
  await doTasks(world.kith, () => steps++ > 0)
  expect([await told(), await waiting()]).toEqual([1_000, 1])
  await Promise.all([doTasks(world.kith), doTasks(world.kith)])
  expect([await told(), await waiting()]).toEqual([many, 0])
  const events = await recipients()
  expect(events.map(({ length }) => length)).toEqual([500, 500, 234])
  expect(new Set(events.flat()).size).toBe(many)
  expect(await findNotificationDrift(world.db)).toEqual([])

  await alice.delete(`/post/${body.id}/`)
  expect([await told(), await waiting()]).toEqual([many - 500, 1])
  await doTasks(world.kith)
  expect([await told(), await waiting()]).toEqual([0, 0])
  for (const table of ['notification_group', 'notification_notice', 'notification_event'])
    expect(await world.db.query(`select 1 from ${table}`), table).toEqual([])
  expect(await findNotificationDrift(world.db)).toEqual([])
  expect(await recipients()).toEqual([])
}, 60_000)

test('what is deleted while it is still being told is told to nobody any more', async () => {
  const { body } = await alice.post('/post/', { text: 'Tea?' })
  await alice.delete(`/post/${body.id}/`)
  await doTasks(world.kith)
  await doTasks(world.kith)
  expect([await told(), await waiting()]).toEqual([0, 0])
}, 60_000)

test('a page and a count cost the same however many there are, and are read from indexes', async () => {
  // Planned when there were five of them, the check of each reference would go through all there are by then.
  await world.db.query('analyze users, notification_notice, notification_group, notification_box')
  await world.db.query(
    `with box as (
      insert into notification_box (member_id, last, unseen) values ($1, 20000, 20000)
      on conflict (member_id) do update set last = 20000, unseen = 20000
    ), notice as (
      insert into notification_notice (type, actor_id, once, at)
      select 55, $2, false, now() from generate_series(1, 20000) returning id
    ), one as (
      insert into notification_group (member_id, kind, subject_id, alone, last, n, unseen)
      select $1, 0, 0, id, row_number() over (order by id), 1, 1 from notice returning *
    )
    insert into notification (member_id, group_id, notice_id, position, actor_id)
    select $1, id, alone, last, $2 from one`,
    [bob.id, alice.id],
  )
  await world.db.query('analyze notification_group, notification')
  const plan = await world.db.query<{ 'QUERY PLAN': string }>(
    `explain select id from notification_group where member_id = ${bob.id} order by last desc limit 11`,
  )
  expect(JSON.stringify(plan)).toMatch(/Index Scan using notification_group_last/)
  const page = await bob.get('/notification/?limit=20')
  expect(page.body.results).toHaveLength(20)
  expect((await bob.get('/notification/unseen/count/')).body.count).toBe(19_980)
  expect(await findNotificationDrift(world.db)).toEqual([])
}, 60_000)
