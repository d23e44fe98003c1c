import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findReactionDrift, reactionRepairs } from '../../src/marks/recount.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person

beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  expect(await findReactionDrift(world.db)).toEqual([])
  await world.end()
})
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
})

type Counted = { count: number; reaction: { id: number } }
const countsOf = ({ reactions_count }: { reactions_count: Counted[] }) =>
  reactions_count.map(({ count, reaction }) => [reaction.id, count])

describe('reactions', () => {
  test('are listed with pictures, for everybody, on one page', async () => {
    const { body } = await world.visitor.get('/reaction/')
    expect(body).toMatchObject({ count: 6, next: null, previous: null })
    expect(body.results[0]).toEqual({
      ...{ id: 1, label: 'Like', sentiment: 1, active: true },
      image: `${world.url}/api/v2/picture/reaction/like.svg`,
    })
    for (const { image } of body.results) {
      const picture = await world.send(image)
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8'])
    }
    expect((await world.visitor.get('/reaction/1/')).body).toEqual(body.results[0])
    expect((await world.visitor.get('/reaction/99/')).status).toBe(404)
  })

  test('are found by their label, ordered, and those that are active', async () => {
    await world.db.query('update reaction set active = false where id = 6')
    const labels = async (query: string) =>
      (await ok(alice.get(`/reaction/${query}`))).body.results.map(({ label }: { label: string }) => label)
    expect(await labels('search/?search=LÓV')).toEqual(['Love'])
    expect(await labels('?active=false')).toEqual(['Anger'])
    expect(await labels('?active=true&ordering=-label')).toEqual(['Surprise', 'Sadness', 'Love', 'Like', 'Laugh'])
    expect((await alice.get('/reaction/?ordering=image')).status).toBe(400)
    await world.db.query('update reaction set active = true')
  })
})

describe.each(['status', 'post', 'discussion', 'comment'])('a vote for a %s', (kind) => {
  async function publish(): Promise<string> {
    if (kind !== 'comment')
      return `/${kind}/${(await ok(alice.post(`/${kind}/`, { text: 'Tea', title: 'Tea' }))).body.id}/`
    const { id: post } = (await ok(alice.post('/post/', { text: 'Tea' }))).body
    return `/comment/${(await ok(alice.post('/comment/', { post, text: 'Tea' }))).body.id}/`
  }

  test('has a reaction, which is counted, shown, changed and taken back', async () => {
    const path = await publish()
    expect((await alice.get(path)).body).toMatchObject({ reaction: null, reactions_count: [] })
    await world.told()
    const vote = (who: Person, reaction?: number) =>
      ok(who.post(`${path}vote/${reaction ? `?reaction=${reaction}` : ''}`))
    await vote(bob)
    expect(countsOf((await alice.get(path)).body)).toEqual([[1, 1]])
    await vote(carla, 3)
    await vote(alice, 3)
    const { body } = await carla.get(path)
    expect(body).toMatchObject({ voted: true, vote_count: 3, reaction: { id: 3, label: 'Laugh', active: true } })
    // The most frequent first.
    expect(countsOf(body)).toEqual([
      ...[
        [3, 2],
        [1, 1],
      ],
    ])
    expect(body.reactions_count[0].reaction).toEqual(body.reaction)
    expect((await bob.get(path)).body.reaction.id).toBe(1)
    expect((await world.visitor.get(path)).body.reaction).toBe(null)
    const votes = (await alice.get(`${path}vote/?reaction=3`)).body
    expect(votes).toMatchObject({ count: 2, results: [{ reaction: { id: 3 } }, { reaction: { id: 3 } }] })

    await vote(carla, 5)
    expect(countsOf((await carla.get(path)).body)).toEqual([
      [1, 1],
      [3, 1],
      [5, 1],
    ])
    await vote(alice, 1)
    await vote(carla, 5)
    await vote(bob, 1)
    // What nobody votes with any more is not there.
    expect(countsOf((await carla.get(path)).body)).toEqual([[1, 1]])
    expect((await carla.get(path)).body).toMatchObject({ voted: false, reaction: null, vote_count: 1 })
    const told = (await world.told()).map(({ type }) => type.replace('vote.', ''))
    expect(told).toEqual([
      ...['created', 'created', 'created', 'deleted', 'created', 'deleted', 'created', 'deleted', 'deleted'],
    ])
  })

  test('of one kind are listed and counted without those of members hidden from the viewer', async () => {
    const path = await publish()
    for (const [who, reaction] of [
      [alice, 1],
      [bob, 3],
      [carla, 3],
    ] as const)
      await ok(who.post(`${path}vote/?reaction=${reaction}`))
    const seen = async (who: Person, reaction: number) => {
      const { count, results } = (await who.get(`${path}vote/?reaction=${reaction}`)).body
      expect(results).toHaveLength(count)
      return results.map((vote: { user: { id: number } }) => vote.user.id)
    }
    expect(await seen(bob, 3)).toEqual([carla.id, bob.id])
    await ok(bob.post(`/user/${carla.id}/hide/`))
    expect([await seen(bob, 3), await seen(bob, 1), await seen(bob, 4)]).toEqual([[bob.id], [alice.id], []])
    expect([await seen(carla, 3), await seen(alice, 3)]).toEqual([[carla.id], [carla.id, bob.id]])
    await world.told()
  })

  test('with a reaction that is not there is refused', async () => {
    const path = await publish()
    await world.told()
    for (const reaction of [99, 2 ** 31]) {
      const { status, body } = await bob.post(`${path}vote/?reaction=${reaction}`)
      expect([status, body.errors[0].field, body.errors[0].messages[0].code]).toEqual([400, 'reaction', 'unknown'])
    }
    await ok(bob.post(`${path}vote/?reaction=2`))
    await world.db.query('update reaction set active = false where id = 2')
    expect((await carla.post(`${path}vote/?reaction=2`)).body.errors[0].messages[0].code).toBe('inactive')
    expect(countsOf((await carla.get(path)).body)).toEqual([[2, 1]])
    await ok(bob.post(`${path}vote/?reaction=2`))
    expect((await bob.get(path)).body).toMatchObject({ vote_count: 0, reactions_count: [] })
    await world.db.query('update reaction set active = true')
    expect((await world.told()).map(({ type }) => type)).toEqual(['vote.created', 'vote.deleted'])
  })

  test('is counted again where it has drifted', async () => {
    const path = await publish()
    await ok(bob.post(`${path}vote/?reaction=4`))
    const table = kind === 'comment' ? 'comment' : 'contribution'
    await world.db.query(`update ${table} set reactions = '{"2": 3}' where id = $1`, [Number(path.split('/')[2])])
    const drift = await findReactionDrift(world.db)
    expect(drift.map(({ kept, counted }) => [kept, counted])).toEqual([
      [3, 0],
      [0, 1],
    ])
    await world.db.transaction((tx) => reactionRepairs.reactions?.(tx, drift[0]?.of ?? []) as Promise<unknown>)
    expect(await findReactionDrift(world.db)).toEqual([])
    expect(countsOf((await bob.get(path)).body)).toEqual([[4, 1]])
  })
})
