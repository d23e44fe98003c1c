import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { findPollDrift } from '../../src/polls/recount.ts'
import { ok } from '../support/ok.ts'
import { type Answer, createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person

beforeAll(async () => {
  world = await createWorld()
  await world.set({ polls_enabled: true })
})
afterAll(async () => {
  expect(await findPollDrift(world.db)).toEqual([])
  expect(await findContributionDrift(world.db)).toEqual([])
  await world.end()
})
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
})

const later = () => new Date(world.kith.clock.now().getTime() + 3 * 86_400_000).toISOString()
/** As the composer sends it. */
const asked = (rest: object = {}) => ({
  ...{ title: 'Tea?', multiple_choices: false, expiration_at: later() },
  choices: ['Yes', 'No', 'Coffee'].map((choice) => ({ choice, chosen: false, selected: false })),
  ...rest,
})
type Poll = { id: number; title: string; choices: { id: number; choice: string; vote_count: number; voted: boolean }[] }
const publish = async (rest: object = {}, kind = 'post', title?: string): Promise<{ id: number; poll: Poll }> =>
  (await ok(alice.post(`/${kind}/`, { text: '<p></p>', title, poll: asked(rest) }))).body
const vote = (who: Person, id: number, choice: number | undefined, kind = 'post') =>
  who.post(`/${kind}/${id}/poll/vote/`, { choice })
const codeOf = ({ status, body }: Answer) => [status, body.errors[0].code ?? body.errors[0].messages[0].code]
const countsOf = async (who: Person, id: number) =>
  ((await who.get(`/post/${id}/`)).body.poll as Poll).choices.map((each) => [each.vote_count, each.voted])

describe('a poll', () => {
  test.each(['post', 'discussion'])(
    'is part of a %s, which needs no text then, and counted for its author',
    async (kind) => {
      const sent = asked()
      const { status, body } = await alice.post(`/${kind}/`, { text: '<p></p>', title: 'Tea', poll: sent })
      expect(status).toBe(201)
      expect(body.poll).toEqual({
        ...{ id: expect.any(Number), title: 'Tea?', multiple_choices: false, closed: false, hidden: false },
        ...{ added_at: expect.any(String), modified_at: expect.any(String) },
        expiration_at: sent.expiration_at.replace(/\.(\d{3})Z$/, '.$1000+00:00'),
        choices: ['Yes', 'No', 'Coffee'].map((choice, order) => ({
          ...{ id: expect.any(Number), choice, order, added_at: expect.any(String), deleted: false },
          ...{ vote_count: 0, voted: false },
        })),
      })
      const [told] = await world.told()
      const { choices, ...poll } = body.poll
      expect(told?.data).toMatchObject({
        poll: { ...poll, choices: choices.map(({ voted: _, ...choice }: { voted: boolean }) => choice) },
        author: { polls_counter: 1 },
      })
      expect((await bob.get(`/user/${alice.id}/`)).body.polls_counter).toBe(1)
      await ok(alice.delete(`/${kind}/${body.id}/`))
      expect((await bob.get(`/user/${alice.id}/`)).body.polls_counter).toBe(0)
      await ok(alice.post(`/${kind}/${body.id}/restore/`))
      expect((await bob.get(`/user/${alice.id}/`)).body.polls_counter).toBe(1)
      expect((await bob.get(`/${kind}/`)).body.results[0].poll.id).toBe(body.poll.id)
      await world.told()
    },
  )

  test('that makes no sense is refused, and nothing is left of it', async () => {
    for (const poll of [
      asked({ title: ' ' }),
      asked({ choices: [{ choice: 'Yes' }] }),
      asked({ choices: [{ choice: 'Yes' }, { choice: ' Yes ' }] }),
      asked({ choices: [{ choice: 'Yes' }, { choice: '\u200b' }] }),
      asked({ choices: Array.from({ length: 51 }, (_, n) => ({ choice: `${n}` })) }),
      asked({ expiration_at: 'soon' }),
      asked({ expiration_at: '2020-01-01T00:00:00Z' }),
      { title: 'Tea?' },
      'Tea?',
    ]) {
      const { status, body } = await alice.post('/post/', { text: 'Tea', poll })
      expect([status, body.errors[0].field], JSON.stringify(poll)).toEqual([400, 'poll'])
    }
    expect(await world.told()).toEqual([])
    expect(await world.db.query('select from poll where author_id = $1', [alice.id])).toEqual([])
    expect((await alice.post('/status/', { text: 'Tea', poll: asked() })).headers.get('x-kith-ignored')).toBe('poll')
    await world.told()
  })

  test('is for everybody where polls are on, else for the staff and publishers', async () => {
    await world.set({ polls_enabled: false })
    const permission = async (who: Person) => (await who.get('/user/me/permission/')).body.create_poll
    expect(codeOf(await alice.post('/post/', { text: 'Tea', poll: asked() }))).toEqual([400, 'disabled'])
    const publisher = await world.join('publisher', { role: 'publisher' })
    for (const who of [world.admin, publisher]) await ok(who.post('/post/', { text: 'Tea', poll: asked() }))
    expect([await permission(alice), await permission(publisher), await permission(world.admin)]).toEqual([
      false,
      true,
      true,
    ])
    await world.set({ polls_enabled: true })
    expect(await permission(alice)).toBe(true)
    await world.told()
  })

  test('is sent back whole with its post; what nobody has voted for may change', async () => {
    const { id, poll } = await publish()
    const [yes, no, coffee] = poll.choices
    await ok(vote(bob, id, yes?.id))
    await world.told()
    const put = (poll: object | null) => alice.put(`/post/${id}/`, { text: 'Tea', poll })
    await ok(put(poll))
    await ok(put(poll))
    expect((await world.told()).map(({ type }) => type)).toEqual(['post.updated'])
    const changed = {
      ...poll,
      title: 'More tea?',
      choices: [{ choice: 'Cake' }, { ...no, choice: 'Never' }, { choice: 'Yes' }],
    }
    const { body } = await ok(put(changed))
    expect(body.poll).toMatchObject({
      ...{ id: poll.id, title: 'More tea?' },
      choices: [
        { choice: 'Cake', order: 0, vote_count: 0 },
        { id: no?.id, choice: 'Never', order: 1 },
        { id: yes?.id, choice: 'Yes', order: 2, vote_count: 1 },
      ],
    })
    expect((await world.told())[0]?.data).toMatchObject({ poll: { title: 'More tea?' } })
    expect(codeOf(await put({ ...changed, choices: [no, { choice: 'Other' }] }))).toEqual([400, 'voted'])
    expect(codeOf(await put({ ...changed, multiple_choices: true }))).toEqual([400, 'voted'])
    expect(codeOf(await put(null))).toEqual([400, 'voted'])
    expect(codeOf(await put({ ...changed, choices: [yes, coffee] }))).toEqual([400, 'unknown'])
    expect(await world.told()).toEqual([])
    await ok(vote(bob, id, yes?.id))
    expect((await ok(put(null))).body.poll).toBe(null)
    expect((await bob.get(`/user/${alice.id}/`)).body.polls_counter).toBe(0)
    expect((await bob.get(`/post/${id}/poll/vote/`)).status).toBe(404)
    expect((await ok(put(asked()))).body.poll.id).toBeGreaterThan(poll.id)
    expect((await world.told()).map(({ type }) => type)).toEqual(['poll_vote.deleted', 'post.updated', 'post.updated'])
  })
})

describe('a vote in a poll', () => {
  test('is counted, shown to whoever votes, listed and told; a vote for another choice replaces it', async () => {
    const { id, poll } = await publish()
    const [yes, no] = poll.choices.map((choice) => choice.id)
    await world.told()
    const voted = await vote(bob, id, yes)
    expect([voted.status, voted.text]).toEqual([204, ''])
    await ok(vote(carla, id, yes))
    expect(await countsOf(bob, id)).toEqual([
      [2, true],
      [0, false],
      [0, false],
    ])
    await ok(vote(bob, id, no))
    expect((await countsOf(alice, id)).map(([n]) => n)).toEqual([1, 1, 0])
    const { results, count } = await walk(alice, `/post/${id}/poll/vote/?limit=1`)
    expect([count, results]).toMatchObject([
      2,
      [
        { choice: no, user: { id: bob.id } },
        { choice: yes, user: { id: carla.id } },
      ],
    ])
    expect((await walk(world.visitor, `/post/${id}/poll/vote/?choice=${yes}`)).count).toBe(1)
    await ok(vote(bob, id, no))
    expect((await countsOf(bob, id)).map(([n]) => n)).toEqual([1, 0, 0])
    const told = await world.told()
    expect(told.map(({ type }) => type.split('.')[1])).toEqual(['created', 'created', 'deleted', 'created', 'deleted'])
    expect(Object.keys(told[0]?.data ?? {})).toEqual(['id', 'choice', 'user'])
    expect(told[3]?.data).toMatchObject({
      user: { id: bob.id, username: bob.username },
      choice: {
        ...{ id: no, choice: 'No', order: 1, deleted: false, vote_count: 1 },
        poll: { id: poll.id, title: 'Tea?', choices: [{ vote_count: 1 }, { vote_count: 1 }, { vote_count: 0 }] },
      },
    })
    expect(JSON.stringify(told)).not.toContain('voted')
  })

  test('is one of several where that is so', async () => {
    const { id, poll } = await publish({ multiple_choices: true })
    const [yes, no] = poll.choices.map((choice) => choice.id)
    for (const choice of [yes, no]) await ok(vote(bob, id, choice))
    expect(await countsOf(bob, id)).toEqual([
      [1, true],
      [1, true],
      [0, false],
    ])
    await ok(vote(bob, id, yes))
    expect((await countsOf(bob, id)).map(([n]) => n)).toEqual([0, 1, 0])
    await world.told()
  })

  test('is refused where nobody can vote', async () => {
    const { id, poll } = await publish()
    const [yes] = poll.choices.map((choice) => choice.id)
    const other = (await publish()).poll.choices[0]?.id
    const plain = (await ok(alice.post('/post/', { text: 'No poll' }))).body.id
    await world.told()
    expect(codeOf(await vote(bob, id, other))).toEqual([400, 'unknown'])
    expect((await vote(bob, id, undefined)).status).toBe(400)
    expect((await vote(bob, plain, yes)).status).toBe(404)
    expect((await vote(bob, id, yes, 'discussion')).status).toBe(404)
    expect((await vote(world.visitor, id, yes)).status).toBe(401)
    await ok(bob.post(`/user/${alice.id}/hide/`))
    expect((await vote(bob, id, yes)).status).toBe(403)
    world.pass(4 * 86_400_000)
    expect(codeOf(await vote(carla, id, yes))).toEqual([400, 'closed'])
    await ok(alice.put(`/post/${id}/`, { text: 'Tea', poll: { ...poll, expiration_at: null } }))
    await ok(vote(carla, id, yes))
    await ok(alice.put(`/post/${id}/`, { text: 'Tea', poll: { ...poll, expiration_at: null, closed: true } }))
    expect(codeOf(await vote(carla, id, yes))).toEqual([400, 'closed'])
    await ok(alice.delete(`/post/${id}/`))
    expect(codeOf(await vote(alice, id, yes))).toEqual([400, 'deleted'])
    expect((await vote(carla, id, yes)).status).toBe(404)
    expect((await world.told()).map(({ type }) => type)).toEqual([
      ...['post.updated', 'poll_vote.created', 'post.updated', 'post.deleted'],
    ])
  })

  test('of many at the same moment is counted once each', async () => {
    const { id, poll } = await publish()
    const people = [alice, bob, carla, world.alice, world.bob, world.carla]
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => ok(vote(people[n % 6] as Person, id, poll.choices[(n * 7) % 3]?.id))),
    )
    expect(await findPollDrift(world.db)).toEqual([])
    const { count, results } = await walk(alice, `/post/${id}/poll/vote/`)
    const counts = await countsOf(alice, id)
    expect(counts.reduce((sum, [n]) => sum + (n as number), 0)).toBe(count)
    expect(new Set((results as unknown as { user: { id: number } }[]).map(({ user }) => user.id)).size).toBe(count)
    const told = await world.told()
    const of = (type: string) => told.filter((event) => event.type === `poll_vote.${type}`).length
    expect(of('created') - of('deleted')).toBe(count)
  })
})
