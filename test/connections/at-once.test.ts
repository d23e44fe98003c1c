import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findDrift } from '../../src/connections/recount.ts'
import { countTransactions } from '../support/transactions.ts'
import { createWorld, type Person, type Told, type World } from '../support/world.ts'

let world: World
/** Members, two by two. */
let pairs: [Person, Person][]

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  const salt = Math.random().toString(36).slice(2, 8)
  const people = await Promise.all(Array.from({ length: 24 }, (_, i) => world.join(`member${i}_${salt}`)))
  pairs = Array.from({ length: 12 }, (_, i) => [people[2 * i], people[2 * i + 1]] as [Person, Person])
  // Half of all pairs have their members in the other order: who asks has the smaller id, or the larger.
  for (const [i, pair] of pairs.entries()) if (i % 2) pair.reverse()
  await world.notified()
})

type Verb = 'request' | 'accept' | 'reject' | 'cancel_request' | 'remove'
const act = (who: Person, verb: Verb, whom: Person) => who.post(`/user/${whom.id}/connection/${verb}/`)
const all = (verb: Verb, of = pairs) => Promise.all(of.map(([one, other]) => act(one, verb, other)))
const reversed = () => pairs.map(([one, other]) => [other, one] as [Person, Person])
const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status)
const inOrder = (told: string[]) => told.toSorted()

const transactions = countTransactions(() => world.db)

const recipientsOf = ({ data }: Told) => (data as unknown as { recipients: number[] }).recipients

test('acts of many members at the same moment are written together, each is told once, and to the right one', async () => {
  await transactions()
  expect(statuses(await all('request'))).toEqual(Array(12).fill(200))
  expect(await transactions()).toBeLessThan(12)
  expect(inOrder(await world.toldShort())).toEqual(
    inOrder(pairs.map(([one, other]) => `connection_request.created ${one.username}>${other.username}`)),
  )
  const notified = await world.notified()
  expect(notified.flatMap(recipientsOf).sort()).toEqual(pairs.map(([, other]) => other.id).sort())
  for (const each of notified) {
    const [one] = pairs.find(([, other]) => recipientsOf(each)[0] === other.id) as [Person, Person]
    expect(each.data).toMatchObject({ request_user: { id: one.id } })
  }
  // The notice that an event names is that of the same member.
  const named = await world.db.query<{ event: number; member: number }>(
    `select e.event_id as event, n.member_id as member from notification_event e join notification n using (notice_id)
     where e.event_id = any($1)`,
    [notified.map(({ event_id }) => event_id)],
  )
  expect(new Map(named.map(({ event, member }) => [event, [member]]))).toEqual(
    new Map(notified.map((each) => [each.event_id, recipientsOf(each)])),
  )
  const places = await world.db.query<{ place: number }>(
    'select place from relation where member_id = any($1) and place = request_id',
    [pairs.map(([one]) => one.id)],
  )
  expect(new Set(places.map(({ place }) => place)).size).toBe(12)
  expect(await findDrift(world.db)).toEqual([])
})

test('different acts at the same moment each do their own', async () => {
  await all('request')
  await world.notified()
  const verbs = ['accept', 'reject', 'cancel_request'] as const
  const answers = await Promise.all(
    pairs.map(([one, other], i) =>
      i % 3 === 2 ? act(one, 'cancel_request', other) : act(other, verbs[i % 3] as Verb, one),
    ),
  )
  expect(statuses(answers)).toEqual(Array(12).fill(200))
  const types = ['connection.created', 'connection_request.rejected', 'connection_request.cancelled']
  expect(inOrder(await world.toldShort())).toEqual(
    inOrder(pairs.map(([one, other], i) => `${types[i % 3]} ${one.username}>${other.username}`)),
  )
  const accepted = pairs.filter((_, i) => i % 3 === 0)
  expect((await world.notified()).flatMap(recipientsOf).sort()).toEqual(accepted.map(([one]) => one.id).sort())
  // What told of the requests is gone, and acceptances are told.
  const unseen = await Promise.all(
    pairs.flat().map(async (who) => (await who.get('/notification/unseen/count/')).body.count),
  )
  expect(unseen).toEqual(pairs.flatMap((_, i) => [i % 3 === 0 ? 1 : 0, 0]))
  await Promise.all(accepted.map(([one, other]) => act(other, 'remove', one)))
  expect(inOrder(await world.toldShort())).toEqual(
    inOrder(accepted.map(([one, other]) => `connection.deleted ${one.username}>${other.username}`)),
  )
  const [left] = await world.db.query<{ n: number }>(
    'select count(*)::int as n from notification where member_id = any($1)',
    [pairs.flat().map(({ id }) => id)],
  )
  expect(left?.n).toBe(0)
  expect(await findDrift(world.db)).toEqual([])
})

test('whoever asks twice at the same moment has asked once, and others beside them too', async () => {
  const answers = await Promise.all([
    all('request'),
    all('request', pairs.slice(0, 4)),
    all('request', reversed().slice(8)),
  ])
  expect(answers.flatMap(statuses)).toEqual(Array(20).fill(200))
  const told = await world.toldShort()
  expect(told.filter((each) => each.startsWith('connection_request.created'))).toHaveLength(12)
  expect(told.filter((each) => each.startsWith('connection.created'))).toHaveLength(4)
  expect(told).toHaveLength(16)
  expect(await findDrift(world.db)).toEqual([])
})

test('a member whom somebody else is changing holds up only those who act with them', async () => {
  const [[held]] = pairs as [[Person, Person]]
  const [holds, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = world.db.transaction(async (tx) => {
    await tx.query('select from users where id = $1 for no key update', [held.id])
    holds.resolve()
    await free.promise
  })
  await holds.promise
  let waited = true
  const first = all('request', pairs.slice(0, 1)).finally(() => {
    waited = false
  })
  // Twice: those who come while others wait already are not held up either.
  for (const some of [pairs.slice(1, 7), pairs.slice(7)])
    expect(statuses(await all('request', some))).toEqual(Array(some.length).fill(200))
  expect(waited).toBe(true)
  free.resolve()
  await holding
  expect(statuses(await first)).toEqual([200])
  expect(await world.told()).toHaveLength(12)
  expect(await findDrift(world.db)).toEqual([])
})

test('one act that fails takes no other with it', async () => {
  await all('request')
  await world.told()
  const [, [wrong]] = pairs as [unknown, [Person, Person]]
  await world.db.query('update users set requests_sent = 0 where id = $1', [wrong.id])
  const answers = await all('cancel_request')
  expect(statuses(answers)).toEqual(pairs.map((_, i) => (i === 1 ? 500 : 200)))
  expect(await world.told()).toHaveLength(11)
  await world.db.query('update users set requests_sent = 1 where id = $1', [wrong.id])
  expect(statuses(await all('cancel_request', pairs.slice(1, 2)))).toEqual([200])
  expect(await findDrift(world.db)).toEqual([])
})
