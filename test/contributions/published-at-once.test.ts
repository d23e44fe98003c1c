import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { findNotificationDrift } from '../../src/notifications/recount.ts'
import { ok } from '../support/ok.ts'
import { countTransactions } from '../support/transactions.ts'
import { createWorld, type Person, type Told, type World } from '../support/world.ts'
import { kinds } from './model.ts'

let world: World
let authors: Person[]
let mentioned: Person[]
let categories: number[]

beforeAll(async () => {
  world = await createWorld()
  categories = await Promise.all(
    ['Tea', 'Coffee', 'Water'].map(
      async (name) => (await ok(world.admin.post('/category/', { name, active: true }))).body.id,
    ),
  )
})
afterAll(() => world.end())
beforeEach(async () => {
  const salt = Math.random().toString(36).slice(2, 8)
  const join = (role: string) => Promise.all(Array.from({ length: 12 }, (_, i) => world.join(`${role}${i}_${salt}`)))
  authors = await join('author')
  mentioned = await join('mentioned')
  await world.notified()
})

const mention = ({ id, username }: Person) => `<mention id="${id}" ext-id="null">@${username}</mention>`
const textOf = (...whom: Person[]) => `<p>Tea & "scones", ${whom.map(mention)}? 🫖</p>`
/** Texts are of their author: those that begin alike, and so have the same slug, do not go together. */
const publish = (
  who: Person,
  kind = 'post',
  { text = 'Yes', ...more }: { text?: string; [name: string]: unknown } = {},
) =>
  who.post(`/${kind}/`, {
    ...{ text: text && `<p>${who.username} says:</p>${text}` },
    ...(kind === 'discussion' && { title: `${who.username} on tea` }),
    ...more,
  })
const nth = <Each>(all: Each[], i: number) => all[i % all.length] as Each
const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status)
const times = <Each>(n: number, each: Each) => Array.from({ length: n }, () => each)

const transactions = countTransactions(() => world.db)

const dataOf = ({ data }: Told) =>
  data as unknown as Record<string, { id: number; author: { id: number } }> & {
    id: number
    author: { id: number }
    recipients: number[]
  }
async function expectNoDrift(): Promise<void> {
  for (const look of [findContributionDrift, findNotificationDrift]) expect(await look(world.db)).toEqual([])
}

test.each(kinds)(
  'what many publish at the same moment, each a %s, is written together, and each is told, counted and found as its own',
  async (kind) => {
    await transactions()
    const answers = await Promise.all(
      authors.map((who, i) =>
        publish(who, kind, { text: textOf(nth(mentioned, i)), categories: categories.slice(i % 3) }),
      ),
    )
    expect(statuses(answers)).toEqual(times(12, 201))
    expect(await transactions()).toBeLessThan(12)
    const bodies = answers.map(({ body }) => body)
    expect(new Set(bodies.map(({ slug }) => slug)).size).toBe(12)
    for (const [i, body] of bodies.entries()) {
      expect(body).toMatchObject({
        author: { id: authors[i]?.id, [`${kind === 'status' ? 'statuse' : kind}s_counter`]: 1 },
      })
      expect(body.categories.map(({ id }: { id: number }) => id)).toEqual(categories.slice(i % 3))
      expect(body.html).toContain(mentioned[i]?.username)
    }
    const told = await world.told()
    expect(told.map(({ type }) => type)).toEqual(times(12, `${kind}.created`))
    const byId = new Map(told.map((each) => [dataOf(each).id, each]))
    for (const { id, author } of bodies) expect(dataOf(byId.get(id) as Told).author.id).toBe(author.id)
    const notified = await world.notified()
    expect(notified.map(({ type }) => type)).toEqual(times(12, 'notification.mention'))
    for (const each of notified) {
      const { recipients, [kind]: shown } = dataOf(each)
      const i = bodies.findIndex(({ id }) => id === shown?.id)
      expect(recipients).toEqual([mentioned[i]?.id])
      // The notice shows what the event of the act shows, byte by byte where both are alike.
      if (kind !== 'status') expect(JSON.stringify(shown)).toBe(JSON.stringify(byId.get(shown?.id as number)?.data))
    }
    const unseen = await Promise.all(
      mentioned.map(async (who) => (await who.get('/notification/unseen/count/')).body.count),
    )
    expect(unseen).toEqual(times(12, 1))
    const found = await world.admin.get(`/${kind}/?limit=12`)
    expect(found.body.results.map(({ id }: { id: number }) => id).sort()).toEqual(bodies.map(({ id }) => id).sort())
    await expectNoDrift()
  },
)

test('one author publishes the same several times at once, beside drafts, polls, pictures and several mentions', async () => {
  await world.set({ polls_enabled: true })
  const [alice, bob, carla, dan, erin] = authors as [Person, Person, Person, Person, Person]
  const poll = { title: 'Which?', choices: [{ choice: 'Tea' }, { choice: 'Coffee' }] }
  const answers = await Promise.all([
    ...['Tea', 'Coffee', 'Tea'].map((title) => publish(alice, 'discussion', { title, text: textOf() })),
    publish(bob, 'discussion', { text: textOf(), draft: true }),
    publish(carla, 'discussion', { text: textOf(), poll }),
    publish(dan, 'discussion', { text: textOf(...mentioned.slice(0, 3)) }),
    publish(erin, 'discussion', { text: textOf(mentioned[0] as Person) }),
  ])
  expect(statuses(answers)).toEqual(times(7, 201))
  const bodies = answers.map(({ body }) => body)
  expect(new Set(bodies.map(({ slug }) => slug)).size).toBe(7)
  expect((await alice.get('/user/me/')).body.discussions_counter).toBe(3)
  expect((await bob.get('/user/me/')).body.discussions_counter).toBe(0)
  expect(bodies.map(({ draft, poll }) => [draft, poll?.title ?? null])).toEqual([
    ...times(3, [false, null]),
    [true, null],
    [false, 'Which?'],
    ...times(2, [false, null]),
  ])
  expect((await world.told()).map(({ type }) => type)).toEqual(times(6, 'discussion.created'))
  expect((await world.notified()).map((each) => dataOf(each).recipients.length).sort()).toEqual([1, 3])
  await expectNoDrift()
})

test('those of the same title do not get into each other’s way', async () => {
  const { failed } = world.db.ran
  const answers = await Promise.all(authors.map((who, i) => publish(who, 'discussion', { title: `No. ${i % 4}` })))
  expect(statuses(answers)).toEqual(times(12, 201))
  expect(new Set(answers.map(({ body }) => body.slug)).size).toBe(12)
  expect(world.db.ran.failed).toBe(failed)
  await world.told()
})

test('whoever is refused is refused alone', async () => {
  await world.db.query('update category set content_only_staff = true where id = $1', [categories[2]])
  const answers = await Promise.all(
    authors.map((who, i) =>
      publish(who, 'post', {
        text: i === 1 ? '' : textOf(nth(mentioned, i)),
        categories: i === 2 ? [99_999] : i === 3 ? categories.slice(2) : categories.slice(0, 1),
      }),
    ),
  )
  await world.db.query('update category set content_only_staff = false where id = $1', [categories[2]])
  expect(statuses(answers)).toEqual([201, 400, 400, 400, ...times(8, 201)])
  expect(await world.told()).toHaveLength(9)
  await expectNoDrift()
})

test('an author whom somebody else is changing holds up nobody else, and whoever leaves meanwhile publishes nothing', async () => {
  const held = authors[6] as Person
  const [holds, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = world.db.transaction(async (tx) => {
    await tx.query(`update users set status = 'b' where id = $1`, [held.id])
    holds.resolve()
    await free.promise
  })
  await holds.promise
  let waited = true
  // All at the same moment: they are ready together.
  const all = authors.map((who) => publish(who, 'post', { text: textOf() }))
  const first = (all[6] as (typeof all)[number]).finally(() => {
    waited = false
  })
  expect(statuses(await Promise.all(all.toSpliced(6, 1)))).toEqual(times(11, 201))
  // Nor does anybody wait who comes while they do.
  const answers = await Promise.all(authors.toSpliced(6, 1).map((who) => publish(who, 'post', { text: textOf() })))
  expect(statuses(answers)).toEqual(times(11, 201))
  expect(waited).toBe(true)
  free.resolve()
  await holding
  expect((await first).status).toBe(403)
  expect(await world.told()).toHaveLength(22)
  await expectNoDrift()
})

test('nobody is told by whom they hide, though others beside them are', async () => {
  const [alice] = authors as [Person]
  const [hider] = mentioned as [Person]
  await ok(hider.post(`/user/${alice.id}/hide/`))
  await world.notified()
  const answers = await Promise.all(authors.map((who) => publish(who, 'post', { text: textOf(hider) })))
  expect(statuses(answers)).toEqual(times(12, 201))
  const notified = await world.notified()
  expect(notified.map((each) => dataOf(each).post?.author.id).sort()).toEqual(
    authors
      .slice(1)
      .map(({ id }) => id)
      .sort(),
  )
  expect((await hider.get('/notification/unseen/count/')).body.count).toBe(11)
  // Nothing is kept of what nobody was told.
  const left = await world.db.query('select id from notification_notice where actor_id = $1', [alice.id])
  expect(left).toEqual([])
  await expectNoDrift()
})
