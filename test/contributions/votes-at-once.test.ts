import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findCommentDrift } from '../../src/comments/recount.ts'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { findReactionDrift } from '../../src/marks/recount.ts'
import { findNotificationDrift } from '../../src/notifications/recount.ts'
import { ok } from '../support/ok.ts'
import { countTransactions } from '../support/transactions.ts'
import { createWorld, type Person, type Told, type World } from '../support/world.ts'

let world: World
let authors: Person[]
let voters: Person[]

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  const salt = Math.random().toString(36).slice(2, 8)
  const join = (role: string) => Promise.all(Array.from({ length: 12 }, (_, i) => world.join(`${role}${i}_${salt}`)))
  authors = await join('author')
  voters = await join('voter')
  await world.notified()
})

const publish = async (who: Person) => (await ok(who.post('/post/', { text: '<p>Tea?</p>' }))).body.id as number
/** A post of each author. */
const publishAll = async () => {
  const posts = await Promise.all(authors.map(publish))
  // Everybody has a box, and nothing in it: who has none waits until it is made.
  for (let i = 0; i < 2; i++) await voteAll(posts)
  await world.notified()
  return posts
}
const vote = (who: Person, post: number, reaction = 1, kind = 'post') =>
  who.post(`/${kind}/${post}/vote/?reaction=${reaction}`)
const nth = <Each>(all: Each[], i: number) => all[i % all.length] as Each
/** Each voter votes for the post of their own number. */
const voteAll = (posts: number[], reaction = 1) =>
  Promise.all(posts.map((post, i) => vote(nth(voters, i), post, reaction)))
const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status)
const times = <Each>(n: number, each: Each) => Array.from({ length: n }, () => each)

const transactions = countTransactions(() => world.db)

type Shown = { user: { id: number }; post: { id: number; vote_count: number }; recipients: number[] }
const shown = ({ type, data }: Told) => {
  const { user, post, recipients } = data as unknown as Shown
  return `${type} of ${user.id} for ${post.id}${recipients ? ` to ${recipients}` : ''}`
}
const unseen = (of: Person[]) =>
  Promise.all(of.map(async (who) => (await who.get('/notification/unseen/count/')).body.count as number))
const counts = async (posts: number[]) =>
  (await Promise.all(posts.map((post) => world.admin.get(`/post/${post}/`)))).map(({ body }) => body.vote_count)

async function expectNoDrift(): Promise<void> {
  const looks = [findContributionDrift, findCommentDrift, findReactionDrift, findNotificationDrift]
  for (const look of looks) expect(await look(world.db)).toEqual([])
}

test('votes of many at the same moment are written together, each is told once, and to the right one', async () => {
  const posts = await publishAll()
  await transactions()
  expect(statuses(await voteAll(posts))).toEqual(times(12, 204))
  expect(await transactions()).toBeLessThan(12)
  const wanted = (type: string) => posts.map((post, i) => `${type} of ${voters[i]?.id} for ${post}`)
  const told = await world.told()
  expect(told.map(shown).sort()).toEqual(wanted('vote.created').sort())
  expect(told.map(({ data }) => (data as unknown as Shown).post.vote_count)).toEqual(times(12, 1))
  const notified = await world.notified()
  expect(notified.map(shown).sort()).toEqual(
    wanted('notification.vote_up')
      .map((each, i) => `${each} to ${authors[i]?.id}`)
      .sort(),
  )
  // The notice that an event names is that of the same vote.
  const named = await world.db.query<{ event: number; member: number; actor: number }>(
    `select e.event_id as event, n.member_id as member, n.actor_id as actor
     from notification_event e join notification n using (notice_id) where e.event_id = any($1)`,
    [notified.map(({ event_id }) => event_id)],
  )
  const seen = new Map(notified.map(({ event_id, data }) => [event_id, data as unknown as Shown]))
  expect(named).toHaveLength(12)
  for (const { event, member, actor } of named)
    expect([seen.get(event)?.recipients, seen.get(event)?.user.id]).toEqual([[member], actor])
  expect([await unseen(authors), await counts(posts)]).toEqual([times(12, 1), times(12, 1)])
  await expectNoDrift()

  // Half of them end theirs, the others choose another reaction: that is not told again.
  expect(statuses(await Promise.all(posts.map((post, i) => vote(nth(voters, i), post, 1 + (i % 2)))))).toEqual(
    times(12, 204),
  )
  expect((await world.told()).map(shown).sort()).toEqual(
    posts
      .flatMap((post, i) => {
        const ends = `vote.deleted of ${voters[i]?.id} for ${post}`
        return i % 2 ? [ends, `vote.created of ${voters[i]?.id} for ${post}`] : [ends]
      })
      .sort(),
  )
  expect(await world.notified()).toEqual([])
  const half = posts.map((_, i) => i % 2)
  expect([await unseen(authors), await counts(posts)]).toEqual([half, half])
  await expectNoDrift()
})

test('many votes for what one member wrote are all told, one after the other in their box', async () => {
  const [alice] = authors as [Person]
  const posts = await Promise.all(voters.map(() => publish(alice)))
  await world.notified()
  expect(statuses(await voteAll(posts))).toEqual(times(12, 204))
  expect((await world.notified()).map(shown).sort()).toEqual(
    posts.map((post, i) => `notification.vote_up of ${voters[i]?.id} for ${post} to ${alice.id}`).sort(),
  )
  expect(await unseen([alice])).toEqual([12])
  const positions = await world.db.query<{ position: number }>(
    'select position from notification where member_id = $1 order by position',
    [alice.id],
  )
  expect(positions.map(({ position }) => position)).toEqual(posts.map((_, i) => i + 1))
  await expectNoDrift()

  // Some begin to vote while others end theirs.
  const answers = await Promise.all(posts.map((post, i) => vote(nth(voters, i + (i % 2)), post)))
  expect(statuses(answers)).toEqual(times(12, 204))
  const told = (await world.told()).map(({ type }) => type)
  expect([told.filter((type) => type === 'vote.deleted').length, told.length]).toEqual([6, 12])
  expect([await unseen([alice]), await counts(posts)]).toEqual([[12], posts.map((_, i) => (i % 2 ? 2 : 0))])
  await expectNoDrift()
})

test('all vote for one post at once, and some twice: each vote counts, and whoever votes twice has taken it back', async () => {
  const [alice] = authors as [Person]
  const post = await publish(alice)
  await world.notified()
  const twice = voters.slice(0, 3)
  const answers = await Promise.all([...voters, ...twice].map((voter) => vote(voter, post)))
  expect(statuses(answers)).toEqual(times(15, 204))
  const told = await world.told()
  expect(told.map(({ data }) => (data as unknown as Shown).post.vote_count).sort()).toHaveLength(15)
  expect(told.at(-1)?.data).toMatchObject({ post: { vote_count: 9 } })
  expect([await counts([post]), await unseen([alice])]).toEqual([[9], [9]])
  await expectNoDrift()
})

test('whoever is refused is refused alone', async () => {
  const posts = await publishAll()
  const [, hider, gone] = authors as [unknown, Person, Person]
  await ok(hider.post(`/user/${voters[1]?.id}/hide/`))
  await ok(gone.delete(`/post/${posts[2]}/`))
  await world.notified()
  const answers = await Promise.all(
    posts.map((post, i) => vote(nth(voters, i), i === 3 ? 2 ** 31 : post, i === 4 ? 99 : 1)),
  )
  expect(statuses(answers)).toEqual([204, 403, 404, 404, 400, ...times(7, 204)])
  expect(await world.told()).toHaveLength(8)
  expect(await counts(posts.toSpliced(2, 1))).toEqual([1, 0, 0, 0, ...times(7, 1)])
  await expectNoDrift()
})

test.each([
  ['a post that somebody else is changing', 'select from contribution where author_id = $1 for no key update'],
  [
    'the box of an author whom somebody else tells something',
    'select from notification_box where member_id = $1 for no key update',
  ],
])('%s holds up only those who vote for it', async (_, lock) => {
  const posts = await publishAll()
  const [holds, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = world.db.transaction(async (tx) => {
    await tx.query(lock, [authors[0]?.id])
    holds.resolve()
    await free.promise
  })
  await holds.promise
  let waited = true
  const first = voteAll(posts.slice(0, 1)).finally(() => {
    waited = false
  })
  // Twice: those who come while others wait already are not held up either.
  for (let i = 0; i < 2; i++)
    expect(statuses(await Promise.all(posts.slice(1).map((post, j) => vote(nth(voters, i + j), post))))).toEqual(
      times(11, 204),
    )
  expect(waited).toBe(true)
  free.resolve()
  await holding
  expect(statuses(await first)).toEqual([204])
  expect(await counts(posts)).toEqual([1, ...times(11, 2)])
  expect(await world.told()).toHaveLength(23)
  await expectNoDrift()
})

test('one vote that fails takes no other with it', async () => {
  const posts = await publishAll()
  await voteAll(posts)
  await world.notified()
  await world.db.query('update contribution set vote_count = 0 where id = $1', [posts[1]])
  expect(statuses(await voteAll(posts))).toEqual(posts.map((_, i) => (i === 1 ? 500 : 204)))
  expect(await world.told()).toHaveLength(11)
  await world.db.query('update contribution set vote_count = 1 where id = $1', [posts[1]])
  expect(statuses(await vote(voters[1] as Person, posts[1] as number).then((one) => [one]))).toEqual([204])
  await expectNoDrift()
})

test('comments are voted for at the same moment, too, and their authors hear of it with what they are on', async () => {
  const [alice] = authors as [Person]
  const post = await publish(alice)
  const said = await Promise.all(
    authors.map(async (who) => (await ok(who.post('/comment/', { text: '<p>Yes</p>', post }))).body.id as number),
  )
  const all = () => Promise.all(said.map((id, i) => vote(nth(voters, i), id, 1, 'comment')))
  for (let i = 0; i < 2; i++) await all()
  await world.notified()
  await transactions()
  expect(statuses(await all())).toEqual(times(12, 204))
  expect(await transactions()).toBeLessThan(12)
  expect((await world.told()).map(({ type }) => type)).toEqual(times(12, 'vote.created'))
  const notified = await world.notified()
  expect(notified.map(({ data }) => (data as unknown as Shown).recipients[0]).sort()).toEqual(
    authors.map(({ id }) => id).sort(),
  )
  for (const { data } of notified)
    expect(data).toMatchObject({ comment: { vote_count: 1 }, post: { id: post }, user: { id: expect.any(Number) } })
  expect(statuses(await all())).toEqual(times(12, 204))
  expect((await world.told()).map(({ type }) => type)).toEqual(times(12, 'vote.deleted'))
  // What is left is that the others commented.
  expect(await unseen(authors.slice(1))).toEqual(times(11, 0))
  await expectNoDrift()
})
