import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
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
