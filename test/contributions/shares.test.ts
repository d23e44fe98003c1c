import { afterAll, beforeAll, expect, test } from 'vitest'
import { continueErasures } from '../../src/accounts/erase.ts'
import { contributions } from '../../src/contributions/slice.ts'
import { repairDrift } from '../../src/platform/db/repair.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({ share_post_enabled: true })
})
afterAll(() => world.end())

const drift = () => contributions.drift?.find(world.db, 100)
const publish = async (who: Person, kind = 'post', more = {}) =>
  (await ok(who.post(`/${kind}/`, { text: 'A poem', ...(kind === 'discussion' && { title: 'Poems' }), ...more }))).body
const media = async (who: Person, id: number) =>
  (await ok(who.post('/media/', { type: 'share', shared_object: id }))).body
const share = async (who: Person, id: number, kind = 'post') =>
  publish(who, kind, { text: '', medias: [(await media(who, id)).id] })
const ids = (results: { id: number }[]) => results.map(({ id }) => id)
/** What somebody is told of who shared something, and where. */
const shares = async (who: Person, kind: string, id: number) => {
  const { body: where } = await ok(who.get(`/${kind}/${id}/shares/`))
  const { body: by } = await ok(who.get(`/${kind}/${id}/shares_users/`))
  expect([where.count, by.count]).toEqual([where.results.length, by.results.length])
  return [ids(where.results), ids(by.results)]
}

test('is shared by a contribution that names it, is counted, and finds who shared it', async () => {
  const [alice, bob, carla] = await world.strangers()
  for (const kind of ['status', 'post', 'discussion']) {
    const { id } = await publish(alice, kind)
    const named = await media(bob, id)
    expect(named).toMatchObject({ type: 'share', image: '', url: '' })
    expect(named.embed).toEqual({
      ...{ id: null, embed_type: 'sc_shared_object', embed_id: String(id), url: null, metadata: { id, type: kind } },
    })
    await world.told()
    const one = await publish(bob, 'post', { text: '', medias: [named.id] })
    const { image_thumbnail: _, mimetype: __, size: ___, ...documented } = one.medias[0]
    // Of what is shared nothing is told: its author did nothing.
    expect(await world.told()).toMatchObject([{ type: 'post.created', data: { id: one.id, medias: [documented] } }])
    const two = await share(carla, id, 'discussion')
    const three = await share(bob, id)
    expect((await alice.get(`/${kind}/${id}/`)).body.share_count).toBe(3)
    expect(await shares(alice, kind, id)).toEqual([
      [three.id, two.id, one.id],
      [carla.id, bob.id],
    ])
    expect(await shares(world.visitor, kind, id)).toEqual(await shares(alice, kind, id))
    expect(await drift()).toEqual([])
  }
})

test('is not counted any more by what is edited, deleted, discarded or not out yet', async () => {
  const [alice, bob] = await world.strangers()
  const { id } = await publish(alice)
  const count = async () => (await alice.get(`/post/${id}/`)).body.share_count
  const { id: by, medias } = await share(bob, id)
  const draft = await publish(bob, 'post', { draft: true, text: '', medias: [(await media(bob, id)).id] })
  expect(await count()).toBe(1)
  await ok(bob.delete(`/post/${by}/`))
  expect([await count(), await shares(alice, 'post', id)]).toEqual([0, [[], []]])
  await ok(bob.post(`/post/${by}/restore/`))
  expect(await count()).toBe(1)
  await ok(bob.post(`/post/${draft.id}/publish/`))
  expect([await count(), await shares(alice, 'post', id)]).toEqual([2, [[draft.id, by], [bob.id]]])
  await ok(bob.put(`/post/${by}/`, { text: 'Alone', medias: [] }))
  await ok(bob.delete(`/media/${medias[0].id}/`))
  expect([await count(), await shares(alice, 'post', id)]).toEqual([1, [[draft.id], [bob.id]]])
  expect(await drift()).toEqual([])
})

test('twice in one contribution counts once; nothing shares itself', async () => {
  const [alice, bob] = await world.strangers()
  const { id } = await publish(alice)
  const twice = [(await media(bob, id)).id, (await media(bob, id)).id]
  const { id: by } = await publish(bob, 'post', { medias: twice })
  expect((await alice.get(`/post/${id}/`)).body.share_count).toBe(1)
  const itself = await media(bob, by)
  const { status, body } = await bob.put(`/post/${by}/`, { text: 'Me', medias: [itself.id] })
  expect([status, body.errors[0].field]).toEqual([400, 'medias'])
})

test('cannot be shared where nobody may see it, where one hides the other, or where sharing is off', async () => {
  const [alice, bob, carla] = await world.strangers()
  const { id } = await publish(alice)
  const draft = await publish(alice, 'post', { draft: true })
  const gone = await publish(alice)
  const status = await publish(alice, 'status')
  await ok(alice.delete(`/post/${gone.id}/`))
  await ok(carla.post(`/user/${alice.id}/hide/`))
  await world.told()
  const tried = async (who: Person, shared_object: unknown) => {
    const { status, body } = await who.post('/media/', { type: 'share', shared_object })
    const [error] = body.errors
    return [status, error.field ?? error.code, error.messages?.[0].code]
  }
  expect(await tried(bob, draft.id)).toEqual([400, 'shared_object', 'unknown'])
  expect(await tried(alice, draft.id)).toEqual([400, 'shared_object', 'unknown'])
  expect(await tried(bob, gone.id)).toEqual([400, 'shared_object', 'unknown'])
  expect(await tried(bob, 900_000_000)).toEqual([400, 'shared_object', 'unknown'])
  expect(await tried(bob, undefined)).toEqual([400, 'shared_object', 'required'])
  expect(await tried(carla, id)).toEqual([400, 'shared_object', 'unknown'])
  // Whoever is hidden shares nothing of the one who hides them, either.
  const { id: hers } = await publish(carla)
  expect(await tried(alice, hers)).toEqual([400, 'shared_object', 'unknown'])
  expect((await bob.post('/media/', { type: 'share', event_object: 1 })).body.errors[0].field).toBe('event_object')
  await world.set({ share_post_enabled: false })
  expect(await tried(bob, id)).toEqual([403, 'disabled', undefined])
  await world.set({ share_post_enabled: true, status_type_enabled: false })
  expect(await tried(bob, status.id)).toEqual([400, 'shared_object', 'unknown'])
  await world.set({ status_type_enabled: true })
  const told = await world.told()
  expect(told.filter(({ type }) => !/^(post|dynamic)/.test(type))).toEqual([])
})

test('who hides somebody does not see what they shared; whoever is gone is not listed', async () => {
  const [alice, bob, carla] = await world.strangers()
  const { id } = await publish(alice)
  const [bobs, carlas] = [await share(bob, id), await share(carla, id)]
  await ok(alice.post(`/user/${bob.id}/hide/`))
  expect(await shares(alice, 'post', id)).toEqual([[carlas.id], [carla.id]])
  await ok(alice.post(`/post/${carlas.id}/hide/`))
  expect((await shares(alice, 'post', id))[0]).toEqual([])
  expect((await shares(world.visitor, 'post', id))[0]).toEqual([carlas.id, bobs.id])
  // What is shared and deleted stays named; nobody else gets to see it by that.
  await ok(alice.delete(`/post/${id}/`))
  expect((await carla.get(`/post/${carlas.id}/`)).body.medias[0].embed.metadata).toEqual({ id, type: 'post' })
  expect((await carla.get(`/post/${id}/`)).status).toBe(404)
  expect((await carla.get(`/post/${id}/shares/`)).status).toBe(404)
  await ok(alice.post(`/post/${id}/restore/`))
  await ok(world.admin.delete(`/user/${bob.id}/?hard=1`))
  await continueErasures(world.kith)
  expect(await shares(world.visitor, 'post', id)).toEqual([[carlas.id], [carla.id]])
  await ok(world.admin.delete(`/user/${alice.id}/?hard=1`))
  await continueErasures(world.kith)
  expect((await carla.get(`/post/${carlas.id}/`)).body.medias[0].embed.metadata).toEqual({ id, type: 'post' })
  expect(await drift()).toEqual([])
})

test('many who share one thing at the same moment, and each other, are all counted', async () => {
  const people = await world.strangers()
  const things = await Promise.all(people.map((who) => publish(who)))
  const medias = await Promise.all(
    people.flatMap((who) => things.map(async ({ id }) => ({ who, id: (await media(who, id)).id }))),
  )
  const made = await Promise.all(medias.map(({ who, id }) => publish(who, 'post', { medias: [id] })))
  await Promise.all(made.map(({ id }, i) => medias[i]?.who.delete(`/post/${id}/`)))
  await Promise.all(made.map(({ id }, i) => medias[i]?.who.post(`/post/${id}/restore/`)))
  for (const { id } of things) expect((await world.visitor.get(`/post/${id}/`)).body.share_count).toBe(3)
  expect(await drift()).toEqual([])
  // And what has drifted is counted again.
  await world.db.query('update contribution set share_count = 9 where id = $1', [things[0]?.id])
  await world.db.query('delete from share where contribution_id = $1', [made[1]?.id])
  await world.db.query('update sharer set shares = 7 where contribution_id = $1', [things[2]?.id])
  expect(await drift()).not.toEqual([])
  await repairDrift(world.db, contributions.drift?.repairs ?? {}, (await drift()) ?? [])
  expect(await drift()).toEqual([])
})
