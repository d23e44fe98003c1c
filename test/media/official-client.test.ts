import { createHash, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { download, picture } from '../support/upload.ts'
import { createWorld, type World } from '../support/world.ts'

const { http, MediaService, UserService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

let world: World
/** What bodies are said to be, unless a test says otherwise. */
const before: Record<string, never> = {}

beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
  http.setAuthorizeToken(world.alice.token)
  for (const method of ['post', 'patch'] as const)
    before[method] = http.getClientInstance().defaults.headers[method]['Content-Type'] as never
  // Its uploads come from browsers, which say by themselves that a body is a form.
  for (const method of ['post', 'patch'] as const)
    http.getClientInstance().defaults.headers[method]['Content-Type'] = 'multipart/form-data'
})
afterAll(async () => {
  // Others use the same client.
  for (const method of ['post', 'patch'] as const)
    http.getClientInstance().defaults.headers[method]['Content-Type'] = before[method] as never
  await world.end()
})

/** The types of the client name less than it sends, and than it is answered. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const loose = (given: unknown): any => given

/** The bytes that the client sends at a time. */
const chunk = 204_800

/** The body of a request as a browser sends it; the types of the client name less than it sends. */
const form = (fields: Record<string, string | Buffer>): never => {
  const body = new FormData()
  for (const [name, field] of Object.entries(fields))
    body.append(name, typeof field === 'string' ? field : new Blob([new Uint8Array(field)]))
  return body as never
}

test('the official client uploads a picture in pieces, links to a page, and deletes what it has made', async () => {
  const noise = { raw: { width: 500, height: 300, channels: 3 as const } }
  const whole = await sharp(randomBytes(500 * 300 * 3), noise)
    .png()
    .toBuffer()
  let upload_id = ''
  for (let at = 0; at < whole.length; at += chunk) {
    const end = Math.min(at + chunk, whole.length) - 1
    const fields = { image: whole.subarray(at, end + 1), ...(upload_id && { upload_id }) }
    const answer = await MediaService.chunkUploadMedia(form(fields), at, end, whole.length)
    upload_id = String(answer.upload_id)
    expect(Number(answer.offset)).toBe(end + 1)
  }
  const md5 = createHash('md5').update(whole).digest('hex')
  const media = await MediaService.chunkUploadMediaComplete(form({ upload_id, type: 'image', md5 }))
  expect(media).toMatchObject({ type: 'image', image_width: 500, image_height: 300 })
  expect(await MediaService.getSpecificMedia(media.id)).toEqual(media)
  expect(await MediaService.clickMedia(media.id, '127.0.0.1')).toBe('')
  const link = await MediaService.createMedia({ type: 'url', url: 'http://10.0.0.1/' } as never)
  expect(link).toMatchObject({
    type: 'url',
    title: '10.0.0.1',
    embed: { embed_type: 'sc_link', metadata: { images: [] } },
  })
  const other = loose(await MediaService.createMedia(form({ type: 'image', image: await picture(40, 20) })))
  const changed = await MediaService.updateMedia(media.id, other.image)
  expect(changed).toMatchObject({ id: media.id, image_width: 40, image_height: 20 })
  for (const { id } of [media, link, other]) expect(await MediaService.deleteMedia(id)).toBe('')
})

test('it keeps the avatars of a member', async () => {
  const [one, two] = [
    await UserService.addUserAvatar(form({ avatar: await picture(9, 9) })),
    await UserService.addUserAvatar(form({ avatar: await picture(8, 8) })),
  ]
  expect(await UserService.setUserPrimaryAvatar(one.id)).toBe('')
  expect(await UserService.getCurrentUserAvatar()).toMatchObject({ avatar: one.avatar })
  const { results } = await UserService.getUserAvatars()
  expect(results.map(({ id, primary }) => [id, primary])).toEqual([
    [two.id, false],
    [one.id, true],
  ])
  for (const { id } of [one, two]) expect(await UserService.removeUserAvatar(id)).toBe('')
  const { cover } = await UserService.userPatch(world.alice.id, form({ cover: await picture(90, 30) }))
  expect((await download(cover as string)).status).toBe(200)
})
