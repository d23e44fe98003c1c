import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteGoneFiles } from '../../src/files/clean.ts'
import { ok } from '../support/ok.ts'
import { download, picture, send } from '../support/upload.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

test('a category has a picture in five sizes, and a wide one, which can be changed and taken away', async () => {
  const { admin, alice } = world
  const { status, body } = await send(world, admin, 'POST', '/category/', {
    name: 'Pictures',
    image_original: { data: await picture(1000, 500, 'jpeg') },
    emotional_image_original: { data: await picture(300, 60) },
  })
  expect(status).toBe(201)
  const sizes = { original: [1000, 500], bigger: [800, 500], big: [400, 400], medium: [200, 200], small: [100, 100] }
  for (const [name, [width, height]] of Object.entries(sizes)) {
    const file = await download(body[`image_${name}`])
    expect(await sharp(file.data).metadata(), name).toMatchObject({ width, height })
  }
  expect((await download(body.emotional_image_original)).status).toBe(200)
  const shown = { image_original: body.image_original, image_small: body.image_small }
  expect(await world.told()).toMatchObject([{ type: 'category.created', data: { category: shown } }])
  expect((await alice.get(`/category/${body.id}/`)).body).toMatchObject(shown)

  // Sent as it was read, nothing changes; the address of another picture is refused.
  const again = {
    name: 'Pictures',
    image_original: body.image_original,
    emotional_image_original: body.emotional_image_original,
  }
  expect((await admin.put(`/category/${body.id}/`, again)).status).toBe(200)
  expect(await world.told()).toEqual([])
  const other = await admin.patch(`/category/${body.id}/`, { image_original: body.emotional_image_original })
  expect(other.body.errors).toMatchObject([{ field: 'image_original', messages: [{ code: 'invalid' }] }])

  const changed = await send(world, admin, 'PATCH', `/category/${body.id}/`, {
    image_original: { data: await picture(20, 20) },
  })
  expect(changed.body.image_original).not.toBe(body.image_original)
  expect((await download(body.image_original)).status).toBe(404)
  expect(await world.told()).toMatchObject([{ data: { category: { image_original: changed.body.image_original } } }])
  const none = await ok(admin.patch(`/category/${body.id}/`, { image_original: null, emotional_image_original: '' }))
  expect(none.body).toMatchObject({
    image_original: null,
    image_bigger: `${world.url}/api/v2/picture/category/${body.id}.svg`,
    image_small: `${world.url}/api/v2/picture/category/${body.id}.svg`,
    emotional_image_original: '',
  })
  await deleteGoneFiles(world.kith)
  expect(await world.db.query('select 1 from file')).toEqual([])
  expect((await send(world, alice, 'PATCH', `/category/${body.id}/`, { image_original: { data: 'x' } })).status).toBe(
    403,
  )
})
