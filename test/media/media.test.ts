import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteGoneFiles } from '../../src/files/clean.ts'
import { deleteLooseMedias } from '../../src/media/delete.ts'
import { endUploads } from '../../src/media/upload.ts'
import { ok } from '../support/ok.ts'
import { download, picture, send } from '../support/upload.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const md5 = (data: Buffer) => createHash('md5').update(data).digest('hex')
const day = 86_400_000

/** Files that lie in the storage. */
const stored = async () => {
  const all = await readdir(world.kith.files.storage.where, { recursive: true }).catch(() => [])
  return all.filter((name) => /\.\w+$|^pieces\/.*\/\d+$/.test(name))
}

const piece = (who: Person, whole: Buffer, first: number, last: number, fields = {}, name = 'image') =>
  send(
    world,
    who,
    'POST',
    '/media/upload/chunk/',
    { ...fields, [name]: { data: whole.subarray(first, last + 1), name: name === 'image' ? 'blob' : 'a report.pdf' } },
    { 'content-range': `bytes ${first}-${last}/${whole.length}` },
  )

const complete = (who: Person, fields: Record<string, string>) =>
  send(world, who, 'POST', '/media/upload/complete/', fields)

const upload = async (who: Person, data?: Buffer, type = 'image') =>
  (await ok(send(world, who, 'POST', '/media/', { type, image: { data: data ?? (await noise()), name: 'cat.png' } })))
    .body

/** A picture that is like no other. */
const noise = () =>
  sharp(randomBytes(30 * 20 * 3), { raw: { width: 30, height: 20, channels: 3 } })
    .png()
    .toBuffer()

describe('a picture in pieces', () => {
  test('is uploaded as the official client does it, gone on with after a lost answer, and completed once', async () => {
    const { alice, bob } = world
    const whole = await sharp(randomBytes(400 * 300 * 3), { raw: { width: 400, height: 300, channels: 3 } })
      .png()
      .toBuffer()
    expect(whole.length).toBeGreaterThan(204_800)
    const first = await piece(alice, whole, 0, 204_799)
    expect([first.status, first.body]).toEqual([
      201,
      { upload_id: expect.any(String), offset: '204800', expires: expect.any(String) },
    ])
    const { upload_id } = first.body
    // Sent again, as whoever did not hear the answer does, it is where it was; missing bytes are named, and so is another's upload.
    expect((await piece(alice, whole, 0, 204_799, { upload_id })).body.offset).toBe('204800')
    const ahead = await piece(alice, whole, 300_000, whole.length - 1, { upload_id })
    expect([ahead.status, ahead.body.errors[0].message]).toEqual([400, 'Bytes are missing: send those from 204800 on.'])
    expect((await piece(bob, whole, 204_800, whole.length - 1, { upload_id })).body.errors[0].field).toBe('upload_id')
    const early = await complete(alice, { upload_id, type: 'image', md5: md5(whole) })
    expect(early.body.errors[0].code).toBe('incomplete')

    expect((await piece(alice, whole, 204_800, whole.length - 1, { upload_id })).body.offset).toBe(String(whole.length))
    const wrong = await complete(alice, { upload_id, type: 'image', md5: md5(Buffer.from('x')) })
    expect(wrong.body.errors[0].field).toBe('md5')
    const { status, body } = await complete(alice, { upload_id, type: 'image', md5: md5(whole) })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      type: 'image',
      // Nobody has given it a name.
      title: '',
      image_width: 400,
      image_height: 300,
      order: 0,
      embed: null,
    })
    expect(body.image_thumbnail).toMatchObject({ width: 400, height: 300 })
    expect((await download(body.image)).status).toBe(200)
    expect((await complete(alice, { upload_id, type: 'image', md5: md5(whole) })).body.id).toBe(body.id)
    expect((await stored()).filter((name) => name.startsWith('pieces'))).toEqual([])
    expect(await world.told()).toEqual([])
  })

  test('that nobody goes on with is deleted a day later', async () => {
    await piece(world.alice, randomBytes(3_000), 0, 999)
    expect((await stored()).filter((name) => name.startsWith('pieces')).length).toBe(1)
    await endUploads(world.kith)
    expect((await stored()).filter((name) => name.startsWith('pieces')).length).toBe(1)
    world.pass(day + 1_000)
    await endUploads(world.kith)
    expect((await stored()).filter((name) => name.startsWith('pieces'))).toEqual([])
  })

  test('whose range does not fit, or which is too large, is refused', async () => {
    const { alice } = world
    const data = randomBytes(100)
    const wrong = ['bytes 0-9/100', 'bytes 0-99/50', 'bytes x', 'bytes 5-104/200']
    for (const range of wrong) {
      const answer = await send(
        world,
        alice,
        'POST',
        '/media/upload/chunk/',
        { image: { data } },
        { 'content-range': range },
      )
      expect(answer.status, range).toBe(400)
    }
    const huge = await send(
      world,
      alice,
      'POST',
      '/media/upload/chunk/',
      { image: { data } },
      { 'content-range': 'bytes 0-99/99999999' },
    )
    expect(huge.body.errors[0]).toMatchObject({ field: 'image', messages: [{ code: 'too_large' }] })
    expect((await send(world, alice, 'POST', '/media/upload/chunk/', { image: '' })).body.errors[0].field).toBe('image')
    expect((await complete(alice, { upload_id: 'nothing', md5: md5(data) })).body.errors[0].field).toBe('upload_id')
    expect(await world.told()).toEqual([])
  })
})

describe('a contribution', () => {
  test('shows what its author uploaded, in their order, to whom it is shown, and says so in its events', async () => {
    const [alice, bob] = await world.strangers()
    const [one, two] = [await upload(alice), await upload(alice)]
    expect((await bob.get(`/media/${one.id}/`)).status).toBe(404)
    expect((await bob.post('/post/', { text: 'Mine', medias: [one.id] })).body.errors[0].field).toBe('medias')
    for (const kind of ['status', 'post', 'discussion']) {
      const pictures = kind === 'post' ? [one, two] : [await upload(alice), await upload(alice)]
      const ids = pictures.map(({ id }) => id)
      const { status, body } = await alice.post(`/${kind}/`, {
        text: '<p></p>',
        title: 'Cats',
        medias: ids.toReversed(),
      })
      expect([status, body.medias.map(({ id, order }: { id: number; order: number }) => [id, order])]).toEqual([
        201,
        [
          [ids[1], 0],
          [ids[0], 1],
        ],
      ])
      const [event] = await world.told()
      const { image_thumbnail: _, mimetype: __, size: ___, ...documented } = body.medias[0]
      expect(event).toMatchObject({ type: `${kind}.created`, data: { medias: [documented, { id: ids[0] }] } })
      expect((await bob.get(`/${kind}/${body.id}/`)).body.medias).toEqual(body.medias)
      expect((await bob.get(`/media/${ids[0]}/`)).body.image).toBe(body.medias[1].image)
      // Shown once, it is shown nowhere else, and nobody deletes it from under it.
      expect((await alice.post(`/${kind}/`, { text: 'Again', title: 'Cats', medias: ids })).status).toBe(400)
      expect((await alice.delete(`/media/${ids[0]}/`)).body.errors[0].code).toBe('in_use')
      expect((await bob.delete(`/media/${ids[0]}/`)).status).toBe(403)

      const edited = await alice.put(`/${kind}/${body.id}/`, { text: 'Only one', title: 'Cats', medias: [ids[0]] })
      expect(edited.body.medias.map(({ id }: { id: number }) => id)).toEqual([ids[0]])
      expect(await world.told()).toMatchObject([{ type: `${kind}.updated`, data: { medias: [{ id: ids[0] }] } }])
      expect((await bob.get(`/media/${ids[1]}/`)).status).toBe(404)
      expect((await alice.delete(`/media/${ids[1]}/`)).status).toBe(204)

      await ok(alice.delete(`/${kind}/${body.id}/`))
      expect((await bob.get(`/media/${ids[0]}/`)).status).toBe(404)
      expect((await download(pictures[0].image)).status).toBe(404)
      await ok(alice.post(`/${kind}/${body.id}/restore/`))
      expect((await download(pictures[0].image)).status).toBe(200)
      await world.told()
    }
  })

  test('is not shown to whom its author hides, nor its pictures by their id, nor counted by them', async () => {
    const [alice, bob] = await world.strangers()
    const one = await upload(alice)
    await ok(alice.post('/post/', { text: 'Cat', medias: [one.id] }))
    expect((await bob.post(`/media/${one.id}/click/`)).status).toBe(204)
    expect((await world.visitor.post(`/media/${one.id}/click/`)).status).toBe(204)
    await ok(bob.post(`/user/${alice.id}/hide/`))
    expect((await bob.get(`/media/${one.id}/`)).status).toBe(404)
    expect((await bob.post(`/media/${one.id}/click/`)).status).toBe(404)
    expect(await world.db.query('select clicks from media where id = $1', [one.id])).toEqual([{ clicks: 2 }])
    await world.told()
  })

  test('two at the same moment do not both show one media', async () => {
    const [alice] = await world.strangers()
    const { id } = await upload(alice)
    const answers = await Promise.all([1, 2, 3].map((n) => alice.post('/post/', { text: `Cat ${n}`, medias: [id] })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400])
    expect((await world.told()).length).toBe(1)
  })

  test('keeps the pictures within its text', async () => {
    const [alice] = await world.strangers()
    const { id, image } = await upload(alice, undefined, 'eimage')
    await ok(alice.post('/discussion/', { title: 'Cats', text: `<p>See: <img src="${image}" alt="cat"></p>` }))
    expect(await world.db.query('select contribution_id is not null as kept from media where id = $1', [id])).toEqual([
      { kept: true },
    ])
    await world.told()
  })
})

describe('what is uploaded', () => {
  test('twice by one member is kept once, until nothing shows it', async () => {
    const [alice, bob] = await world.strangers()
    const data = await noise()
    await deleteGoneFiles(world.kith)
    const before = (await stored()).length
    const [one, two, other] = [await upload(alice, data), await upload(alice, data), await upload(bob, data)]
    expect([two.image === one.image, other.image === one.image]).toEqual([true, false])
    expect((await stored()).length).toBe(before + 4)
    await ok(alice.delete(`/media/${one.id}/`))
    expect((await download(two.image)).status).toBe(200)
    await ok(alice.delete(`/media/${two.id}/`))
    expect((await download(two.image)).status).toBe(404)
    await deleteGoneFiles(world.kith)
    expect((await stored()).length).toBe(before + 2)
    // And is put anew by whoever comes back to it.
    expect((await download((await upload(alice, data)).image)).status).toBe(200)
  })

  test('and never published is deleted a day later; what is shown stays', async () => {
    const [alice] = await world.strangers()
    const [shown, loose] = [await upload(alice), await upload(alice)]
    await ok(alice.post('/post/', { text: 'Cat', medias: [shown.id] }))
    world.pass(day + 1_000)
    await deleteLooseMedias(world.kith)
    expect([(await alice.get(`/media/${shown.id}/`)).status, (await alice.get(`/media/${loose.id}/`)).status]).toEqual([
      200, 404,
    ])
    await world.told()
  })

  test('moves if it moved, as a picture; and is given another picture by its owner alone', async () => {
    const [alice, bob] = await world.strangers()
    const frames = await Promise.all(['#f00', '#0f0'].map((background) => picture(20, 20, 'png', background)))
    const moving = await sharp(frames, { join: { animated: true } })
      .gif({ delay: [100, 100] })
      .toBuffer()
    const media = await upload(alice, moving)
    expect(media).toMatchObject({ mimetype: 'image/webp', image_width: 20, image_height: 20 })
    expect(await sharp((await download(media.image)).data, { pages: -1 }).metadata()).toMatchObject({ pages: 2 })
    expect(
      (await send(world, bob, 'PUT', `/media/${media.id}/`, { image: { data: frames[0] as Buffer } })).status,
    ).toBe(404)
    const changed = await send(world, alice, 'PUT', `/media/${media.id}/`, { image: { data: await picture(44, 22) } })
    expect(changed.body).toMatchObject({ id: media.id, image_width: 44, image_height: 22 })
    expect((await download(media.image)).status).toBe(404)
    expect((await alice.put(`/media/${media.id}/`, {})).body.errors[0].field).toBe('image')
  })

  test('as a document is saved under its name, in part if asked, and run by no browser', async () => {
    const [alice] = await world.strangers()
    const data = Buffer.from(`%PDF-1.4\n${'x'.repeat(1_000)}\n%%EOF`)
    const sent = await piece(alice, data, 0, data.length - 1, {}, 'document')
    const { body } = await complete(alice, { upload_id: sent.body.upload_id, type: 'document', md5: md5(data) })
    expect(body).toMatchObject({
      type: 'doc',
      title: 'a report.pdf',
      mimetype: 'application/pdf',
      size: data.length,
      image: '',
    })
    const whole = await download(body.url)
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': "attachment; filename*=UTF-8''a%20report.pdf",
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=86400',
    })
    expect(whole.data.equals(data)).toBe(true)
    const part = await download(body.url, { range: 'bytes=1-3' })
    expect([part.status, part.data.toString(), part.headers.get('content-range')]).toEqual([
      206,
      'PDF',
      `bytes 1-3/${data.length}`,
    ])
    expect((await download(body.url, { range: 'bytes=-5' })).data.toString()).toBe('%%EOF')
    expect((await download(body.url, { range: 'bytes=5000-' })).status).toBe(416)
    expect((await download(body.url, { 'if-none-match': whole.headers.get('etag') ?? '' })).status).toBe(304)
    for (const wrong of [
      `${body.url}x`,
      body.url.replace(/[\w-]{5}\/document/, 'aaaaa/document'),
      `${world.url}/files/..%2f..%2fetc/passwd`,
    ])
      expect((await download(wrong)).status, wrong).toBe(404)

    const refusals: Record<string, Buffer | string> = {
      'page.html': '<!doctype html><script>alert(1)</script>',
      'picture.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'program.exe': Buffer.from('MZ\0\0'.padEnd(100, '\0')),
      'photo.pdf': await picture(),
    }
    for (const [name, data] of Object.entries(refusals)) {
      const answer = await send(world, alice, 'POST', '/media/', { type: 'doc', document: { data, name } })
      expect([answer.status, answer.body.errors?.[0]?.field], name).toEqual([400, 'document'])
    }
    const text = await send(world, alice, 'POST', '/media/', {
      type: 'doc',
      document: { data: 'a;b\n1;2\n', name: '../../x\u202e.csv' },
    })
    expect(text.body).toMatchObject({ mimetype: 'text/csv', title: 'x.csv' })
  })

  test('is refused to one who is blocked, and what is not there yet by name', async () => {
    const [alice, bob] = await world.strangers()
    await world.db.query(`update users set status = 'b' where id = $1`, [bob.id])
    world.kith.actors.forget(bob.id)
    expect(
      (await send(world, bob, 'POST', '/media/', { type: 'image', image: { data: await picture() } })).status,
    ).toBe(403)
    for (const [sent, field] of [
      [{ type: 'share' }, 'shared_object'],
      [{ type: 'share', event_object: 1 }, 'event_object'],
      [{ type: 'embed' }, 'embed'],
      [{ type: 'embed', embed: { embed_type: 'x', embed_id: '1' } }, 'embed'],
      [{ type: 'image' }, 'image'],
      [{ type: 'url' }, 'url'],
      [{ type: 'url', url: 'javascript:alert(1)' }, 'url'],
      [{ type: 'url', url: 'http://user:secret@host.example/' }, 'url'],
    ] as const)
      expect((await alice.post('/media/', sent)).body.errors[0].field, JSON.stringify(sent)).toBe(field)
    expect(await world.told()).toEqual([])
  })
})
