import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAddresses } from '../../src/delivery/http/addresses.ts'
import { createFetch } from '../../src/files/fetch.ts'
import { ok } from '../support/ok.ts'
import { download, picture } from '../support/upload.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let base: string
const asked: string[] = []
const pages: Record<string, RequestListener> = {}
const elsewhere = createServer((request, response) => {
  asked.push(request.url ?? '')
  const page = pages[request.url ?? '']
  if (page) page(request, response)
  else response.writeHead(404).end()
})

beforeAll(async () => {
  world = await createWorld()
  await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening))
  base = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
  const image = await picture(80, 40)
  const html =
    (text: string | Buffer, type = 'text/html; charset=utf-8'): RequestListener =>
    (_, response) =>
      response.writeHead(200, { 'content-type': type }).end(text)
  pages['/graph'] = html(`<!doctype html><html><head><title>Not this</title>
    <meta property="og:title" content="Tea &amp; cake \u202e<b>now</b>"><meta property="og:description" content="At  four">
    <meta property="og:image" content="/picture.png"><meta property="og:site_name" content="The Hatter"></head>
    <body><meta property="og:title" content="nor this"></body>`)
  pages['/picture.png'] = html(image, 'image/png')
  pages['/described'] = html(
    '<head><title>  A\n film </title><link rel="alternate" type="application/json+oembed" href="/oembed"></head>',
  )
  pages['/oembed'] = html(
    JSON.stringify({ title: 'Other', provider_name: 'Films', html: '<script>', thumbnail_url: `${base}/picture.png` }),
    'application/json',
  )
  pages['/latin'] = html(Buffer.from('<head><title>Caff\xe8</title></head>', 'latin1'), 'text/html; charset=iso-8859-1')
  pages['/inside'] = (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end()
  pages['/round'] = (_, response) => response.writeHead(302, { location: '/round' }).end()
  pages['/endless'] = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.write('<head><title>Endless</title>')
    const more = () => {
      if (response.destroyed) return
      response.write('x'.repeat(65_536))
      setImmediate(more)
    }
    more()
  }
  pages['/binary'] = html(Buffer.alloc(100), 'application/octet-stream')
})
afterAll(async () => {
  elsewhere.close()
  await world.end()
})

const link = async (path: string) =>
  (await ok(world.alice.post('/media/', { type: 'url', url: path.startsWith('http') ? path : `${base}${path}` }))).body

test('a link shows what its page says of itself, and its picture from here', async () => {
  const media = await link('/graph')
  const { title, description, url, type, site_name, images } = media.embed.metadata
  expect(media).toMatchObject({
    type: 'url',
    url: `${base}/graph`,
    title,
    description,
    image_width: 80,
    image_height: 40,
  })
  expect(media.embed).toMatchObject({ embed_type: 'sc_link', embed_id: `${base}/graph`, url: `${base}/graph` })
  expect([title, description, url, type, site_name]).toEqual([
    'Tea & cake <b>now</b>',
    'At four',
    `${base}/graph`,
    'website',
    'The Hatter',
  ])
  expect(images).toEqual([{ url: media.image, width: 80, height: 40 }])
  expect(media.image).toMatch(new RegExp(`^${world.url}/files/`))
  expect((await download(media.image)).status).toBe(200)
  const { body } = await world.alice.post('/post/', { text: 'See', medias: [media.id] })
  expect(body.medias[0]).toEqual(media)
  expect(await world.told()).toMatchObject([{ type: 'post.created', data: { medias: [{ embed: media.embed }] } }])
})

test('a page that has an oEmbed description is asked for it; other letters are read as they are meant', async () => {
  expect((await link('/described')).embed.metadata).toMatchObject({
    title: 'A film',
    site_name: 'Films',
    images: [{ width: 80 }],
  })
  expect((await link('/latin')).title).toBe('Caffè')
  expect((await link('/picture.png')).embed.metadata).toMatchObject({
    type: 'photo',
    title: '127.0.0.1',
    images: [{ width: 80 }],
  })
})

test('what cannot be had, or is where nobody may look, has no preview, and nothing tells the two apart', async () => {
  asked.length = 0
  for (const path of [
    '/inside',
    '/round',
    '/none',
    '/binary',
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://localhost.:1/',
    'http://0x7f.1:1/',
  ]) {
    const { title, image, embed } = await link(path)
    expect([title, image, embed.metadata.images], path).toEqual([expect.stringMatching(/^[\w.:[\]-]+$/), '', []])
  }
  expect(asked).toEqual(['/inside', '/round', '/round', '/round', '/round', '/none', '/binary'])
  const began = performance.now()
  expect((await link('/endless')).title).toBe('Endless')
  expect(performance.now() - began).toBeLessThan(3_000)
  const fetching = createFetch(createAddresses())
  for (const url of [`${base}/graph`, 'http://127.0.0.1.nip.invalid/', 'http://2130706433/'])
    await expect(fetching(url, { accept: '*/*', bytes: 10, signal: AbortSignal.timeout(3_000) }), url).rejects.toThrow()
  expect(await world.told()).toEqual([])
})

test('a picture at an address takes the place of another', async () => {
  const { id, image } = await link('/graph')
  const { status, body } = await world.alice.put(`/media/${id}/`, { image: `${base}/picture.png` })
  expect([status, body.title, body.url]).toEqual([200, 'Tea & cake <b>now</b>', `${base}/graph`])
  expect(body.image).not.toBe(image)
  expect(body.embed.metadata.images).toEqual([{ url: body.image, width: 80, height: 40 }])
  const unreachable = await world.alice.put(`/media/${id}/`, { image: 'http://10.0.0.1/x.png' })
  expect(unreachable.body.errors).toMatchObject([{ field: 'image', messages: [{ code: 'unreachable' }] }])
})
