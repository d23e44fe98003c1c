import { afterAll, beforeAll, expect, test } from 'vitest'
import { contributions } from '../../src/contributions/slice.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const film = async (embed_id: string, more = {}) =>
  (await ok(world.admin.post('/embed/', { embed_type: 'film', embed_id, ...more }))).body
const embed = async (who: Person, named: object) =>
  (await ok(who.post('/media/', { type: 'embed', embed: named }))).body
const about = async (who: Person, ...named: object[]) => {
  const medias: number[] = []
  for (const each of named) medias.push((await embed(who, each)).id)
  return (await ok(who.post('/post/', { text: 'See', medias }))).body
}
const ids = (results: { post: { id: number } }[]) => results.map(({ post }) => post.id)
const feed = async (who: Person, path: string) => ids((await ok(who.get(path))).body.results)

test('is made and changed by administrators, and read by everybody', async () => {
  const sent = {
    embed_type: 'film',
    embed_id: 'm',
    url: 'https://films.example/m',
    metadata: { title: 'M', year: 1931 },
  }
  const { status, body } = await world.admin.post('/embed/', sent)
  expect([status, body]).toEqual([201, { id: body.id, ...sent }])
  expect((await world.visitor.get(`/embed/${body.id}/`)).body).toEqual(body)
  const again = await world.admin.post('/embed/', sent)
  expect([again.status, again.body.errors[0].messages[0].code]).toEqual([400, 'unique'])
  const patched = await world.admin.patch(`/embed/${body.id}/`, { metadata: { title: 'M' } })
  expect(patched.body).toEqual({ ...body, metadata: { title: 'M' } })
  const put = await world.admin.put(`/embed/${body.id}/`, { metadata: { year: 1931 } })
  expect(put.body).toEqual({ ...body, url: null, metadata: { year: 1931 } })
  expect((await world.admin.patch('/embed/900000/', {})).status).toBe(404)
  expect((await world.visitor.get('/embed/900000/feed/')).status).toBe(404)
  for (const [wrong, field] of [
    [{ ...sent, embed_id: '' }, 'embed_id'],
    [{ ...sent, embed_type: 'sc_link' }, 'embed_type'],
    [{ ...sent, embed_id: 'n', url: 'javascript:1' }, 'url'],
    [{ ...sent, embed_id: 'n', metadata: { x: 'x'.repeat(20_000) } }, 'metadata'],
    [{ ...sent, embed_id: 'n', metadata: 'x' }, 'metadata'],
  ] as const)
    expect((await world.admin.post('/embed/', wrong)).body.errors[0].field, field).toBe(field)
  for (const who of [world.alice, world.visitor])
    expect([401, 403]).toContain((await who.put(`/embed/${body.id}/`, {})).status)
  expect(await world.told()).toEqual([])
})

test('is carried by contributions, which are its feed, as it is now', async () => {
  const [alice, bob] = await world.strangers()
  const { id } = await film('metropolis', { metadata: { title: 'Metropolis' } })
  const media = await embed(bob, { embed_type: 'film', embed_id: 'metropolis', metadata: { title: 'Mine' } })
  expect(media).toMatchObject({
    type: 'embed',
    embed: { id, embed_type: 'film', embed_id: 'metropolis', url: null, metadata: { title: 'Metropolis' } },
  })
  const unknown = await bob.post('/media/', { type: 'embed', embed: { embed_type: 'film', embed_id: 'none' } })
  expect(unknown.body.errors[0]).toMatchObject({ field: 'embed', messages: [{ code: 'unknown' }] })
  expect((await embed(world.admin, { embed_type: 'film', embed_id: 'none' })).embed.embed_id).toBe('none')
  await world.told()
  const { body: post } = await ok(bob.post('/post/', { text: 'See', medias: [media.id] }))
  expect(await world.told()).toMatchObject([{ type: 'post.created', data: { medias: [{ embed: media.embed }] } }])
  await ok(world.admin.patch(`/embed/${id}/`, { metadata: { title: 'New' } }))
  expect((await alice.get(`/post/${post.id}/`)).body.medias[0].embed.metadata).toEqual({ title: 'New' })
  const next = await about(alice, { id })
  expect(await feed(world.visitor, `/embed/${id}/feed/`)).toEqual([next.id, post.id])
  await ok(alice.post('/comment/', { post: post.id, text: 'Seen' }))
  expect(await feed(alice, `/embed/${id}/feed/?ordering=last_activity`)).toEqual([post.id, next.id])
  await ok(alice.post(`/post/${next.id}/hide/`))
  expect(await feed(alice, `/embed/${id}/feed/`)).toEqual([post.id])
  await ok(bob.post(`/user/${alice.id}/hide/`))
  expect(await feed(bob, `/embed/${id}/feed/`)).toEqual([post.id])
  expect(await feed(alice, `/embed/${id}/feed/`)).toEqual([])
  await ok(bob.delete(`/post/${post.id}/`))
  expect(await feed(world.visitor, `/embed/${id}/feed/`)).toEqual([next.id])
  await ok(bob.post(`/post/${post.id}/restore/`))
  await ok(alice.put(`/post/${next.id}/`, { text: 'No more' }))
  expect(await feed(world.visitor, `/embed/${id}/feed/`)).toEqual([post.id])
  expect(await contributions.drift?.find(world.db, 100)).toEqual([])
})

test('is found by type, id and metadata, and so is what embeds it, each once, page by page', async () => {
  const [alice] = await world.strangers()
  const made = []
  for (const n of [1, 2, 3]) made.push((await film(`part ${n}`, { metadata: { of: 'The "Ring"', part: n } })).id)
  const posts = []
  for (const n of [0, 1, 2]) posts.push((await about(alice, { id: made[n] }, { id: made[0] })).id)
  const { body } = await world.visitor.get('/embed/search/?embed_type=film&embed_id=part 2')
  expect(body.results).toMatchObject([{ id: made[1] }])
  expect((await world.visitor.get('/embed/?limit=2')).body.results.map(({ id }: { id: number }) => id)).toEqual(
    made.slice(1).reverse(),
  )
  const by = (metadata: unknown) => `/embed/feed/?metadata=${encodeURIComponent(JSON.stringify(metadata))}`
  expect(await feed(alice, by({ of: 'The "Ring"' }))).toEqual(posts.toReversed())
  expect(await feed(alice, by({ part: 2 }))).toEqual([posts[1]])
  expect(await feed(alice, '/embed/feed/?embed_type=film&embed_id=part 1')).toEqual(posts.toReversed())
  expect(await feed(alice, '/embed/feed/?embed_type=none')).toEqual([])
  const walked = await walk(world.visitor, `${by({ of: 'The "Ring"' })}&limit=1`)
  expect(ids(walked.results as never)).toEqual(posts.toReversed())
  for (const metadata of ['x', '[]', '{"a":"\\u0000"}', '{"a":"\\ud800"}'])
    expect((await alice.get(`/embed/feed/?metadata=${encodeURIComponent(metadata)}`)).status, metadata).toBe(400)
})
