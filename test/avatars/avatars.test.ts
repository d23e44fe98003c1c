import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchAvatars } from '../../src/avatars/fetch.ts'
import { deleteGoneFiles, sweepUploads } from '../../src/files/clean.ts'
import { ok } from '../support/ok.ts'
import { download, picture, send } from '../support/upload.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const add = (who: Person, data: Buffer | string, name = 'me.png') =>
  send(world, who, 'POST', '/user/avatar/', { avatar: { data, name } })
const shown = async (who: Person): Promise<string> => (await ok(world.bob.get(`/user/${who.id}/`))).body.avatar

/** Files that lie in the storage. */
const stored = async () => {
  const all = await readdir(world.kith.files.storage.where, { recursive: true }).catch(() => [])
  return all.filter((name) => /\.\w+$/.test(name)).length
}

describe('a member', () => {
  test('uploads a picture, which is shown at once, made square, without what the camera wrote', async () => {
    const [alice] = await world.strangers()
    const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#06a' } })
      .jpeg()
      .withExif({ IFD0: { Copyright: 'xylophone' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '45/1 27/1 0/1' } })
      .toBuffer()
    expect(photo.includes('xylophone')).toBe(true)
    const { status, body } = await add(alice, photo)
    expect([status, body]).toEqual([
      201,
      {
        id: expect.any(Number),
        primary: true,
        avatar: expect.any(String),
        date_uploaded: expect.any(String),
        user: alice.id,
      },
    ])
    expect(await world.told()).toMatchObject([{ type: 'user.updated', data: { id: alice.id, avatar: body.avatar } }])
    expect(await shown(alice)).toBe(body.avatar)
    expect((await alice.get('/user/me/')).body.avatar).toBe(body.avatar)

    const file = await download(body.avatar)
    expect(file.status).toBe(200)
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': 'inline',
    })
    const { width, height, exif } = await sharp(file.data).metadata()
    expect([width, height, exif]).toEqual([512, 512, undefined])
    expect(file.data.includes('xylophone')).toBe(false)
  })

  test('has several, shows the one they choose, and the newest left of those they do not remove', async () => {
    const [alice, bob] = await world.strangers()
    const [first, second, third] = [
      await add(alice, await picture()),
      await add(alice, await picture(30, 30)),
      await add(alice, await picture(20, 20)),
    ]
    await world.told()
    expect((await alice.patch('/user/avatar/', { avatar_id: String(first.body.id) })).status).toBe(204)
    expect(await world.told()).toMatchObject([{ type: 'user.updated', data: { avatar: first.body.avatar } }])
    expect((await alice.patch('/user/avatar/', { avatar_id: first.body.id })).status).toBe(204)
    expect(await world.told()).toEqual([])
    const { body } = await alice.get('/user/avatar/')
    expect(body).toMatchObject({ count: 3, next: null })
    expect(body.results.map(({ id, primary }: { id: number; primary: boolean }) => [id, primary])).toEqual([
      [third.body.id, false],
      [second.body.id, false],
      [first.body.id, true],
    ])
    expect((await bob.get('/user/avatar/')).body).toMatchObject({ count: 0, results: [] })
    for (const act of ['patch', 'delete'] as const)
      expect((await bob[act]('/user/avatar/', { avatar_id: first.body.id })).body.errors[0]).toMatchObject({
        field: 'avatar_id',
      })

    expect((await alice.delete('/user/avatar/', { avatar_id: first.body.id })).status).toBe(204)
    expect(await world.told()).toMatchObject([{ type: 'user.updated', data: { avatar: third.body.avatar } }])
    expect((await download(first.body.avatar)).status).toBe(404)
    expect((await alice.delete('/user/avatar/', { avatar_id: second.body.id })).status).toBe(204)
    expect(await world.told()).toEqual([])
    await ok(alice.delete('/user/avatar/', { avatar_id: third.body.id }))
    expect(await shown(alice)).toBe(`${world.base}/avatar/${alice.id}`)
    const before = await stored()
    await deleteGoneFiles(world.kith)
    expect(await stored()).toBe(before - 3)
  })

  test('sends it as base64, or with the profile, and a cover too; of both nothing is left once they are taken away', async () => {
    const [alice] = await world.strangers()
    const base64 = `data:image/png;base64,${(await picture()).toString('base64')}`
    expect((await alice.post('/user/avatar/', { avatar_base64: base64 })).status).toBe(201)
    await world.told()
    const both = await send(world, alice, 'PATCH', '/user/me/', {
      bio: 'In colour',
      avatar: { data: await picture(80, 80) },
      cover: { data: await picture(2400, 300, 'jpeg') },
    })
    expect([both.status, both.text]).toEqual([200, expect.stringContaining('"bio":"In colour"')])
    const { avatar, cover } = both.body
    const told = await world.told()
    expect(told).toMatchObject([{ type: 'user.updated', data: { avatar, cover, bio: 'In colour' } }])
    expect(await sharp((await download(cover)).data).metadata()).toMatchObject({ width: 1920, height: 240 })
    // What a client has read it may send again.
    expect((await alice.patch('/user/me/', { avatar, cover })).status).toBe(200)
    expect(await world.told()).toEqual([])
    expect((await alice.patch('/user/me/', { cover: 'https://elsewhere.example/x.png' })).body.errors).toMatchObject([
      { field: 'cover', messages: [{ code: 'invalid' }] },
    ])
    expect((await send(world, alice, 'PATCH', '/user/me/', { cover: '' })).body.cover).toBeNull()
    expect(await world.told()).toMatchObject([{ data: { cover: null, avatar } }])
    expect((await download(cover)).status).toBe(404)
    expect((await alice.patch('/user/me/', { avatar: null })).body.avatar).toBe(`${world.base}/avatar/${alice.id}`)
    expect((await alice.get('/user/avatar/')).body.results.map(({ primary }: { primary: boolean }) => primary)).toEqual(
      [false, false],
    )
    const rows = await world.db.query('select id from users u where u.id = $1 and profile_json is not null', [alice.id])
    expect(rows.length).toBe(1)
    await world.told()
  })

  test('who is blocked uploads nothing, and one who is erased leaves no file', async () => {
    const [alice, bob] = await world.strangers()
    const { body } = await add(alice, await picture())
    const { cover } = (await send(world, alice, 'PATCH', '/user/me/', { cover: { data: await picture() } })).body
    await world.db.query(`update users set status = 'b' where id = $1`, [bob.id])
    world.kith.actors.forget(bob.id)
    expect((await add(bob, await picture())).status).toBe(403)
    expect((await add(world.visitor, await picture())).status).toBe(401)
    await deleteGoneFiles(world.kith)
    const before = await stored()
    await ok(world.admin.delete(`/user/${alice.id}/?hard=1`))
    for (const url of [body.avatar, cover]) expect((await download(url)).status).toBe(404)
    await deleteGoneFiles(world.kith)
    expect(await stored()).toBe(before - 2)
    expect(await world.db.query('select 1 from file where owner_id = $1', [alice.id])).toEqual([])
    expect(await world.db.query('select 1 from avatar where user_id = $1', [alice.id])).toEqual([])
    await world.told()
  })
})

describe('an account made for a member of another system', () => {
  test('comes with pictures as base64', async () => {
    const [avatar_base64, cover_base64] = [
      (await picture(9, 9)).toString('base64'),
      (await picture(90, 9)).toString('base64'),
    ]
    const { status, body } = await world.admin.post('/sso/signup/', { username: 'greta', avatar_base64, cover_base64 })
    expect(status).toBe(201)
    const profile = (await ok(world.bob.get(`/user/${body.id}/`))).body
    expect(profile).toMatchObject({ avatar: body.avatar, cover: expect.stringContaining('/files/') })
    expect((await download(profile.cover)).status).toBe(200)
    expect((await world.told()).find(({ type }) => type === 'user.created')).toMatchObject({
      data: { avatar: profile.avatar, cover: profile.cover },
    })
    const bad = await world.admin.post('/sso/signup/', { username: 'henry', avatar_base64: 'aGVsbG8=' })
    expect(bad.body.errors).toMatchObject([{ field: 'avatar_base64', messages: [{ code: 'invalid_image' }] }])
    expect((await world.admin.get('/account/search/?username=henry')).status).toBe(404)
  })

  test('shows the picture at an address, and soon one of its own: fetched once, and not from where nobody may look', async () => {
    const data = await picture(50, 50)
    const asked: string[] = []
    const elsewhere = createServer((request, response) => {
      asked.push(request.url ?? '')
      if (request.url === '/moved') return response.writeHead(302, { location: '/ida.png' }).end()
      if (request.url === '/inside') return response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
      return response.writeHead(200, { 'content-type': 'image/png' }).end(data)
    })
    await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening))
    const base = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
    const signUp = async (username: string, avatar: string) =>
      (await ok(world.admin.post('/sso/signup/', { username, avatar }))).body
    const ida = await signUp('ida', `${base}/moved`)
    const jan = await signUp('jan', `${base}/inside`)
    expect(ida.avatar).toBe(`${base}/moved`)
    await world.told()
    await fetchAvatars(world.kith)
    await fetchAvatars(world.kith)
    elsewhere.close()
    expect(asked).toEqual(['/moved', '/ida.png', '/inside'])
    const { avatar } = (await ok(world.bob.get(`/user/${ida.id}/`))).body
    expect(await sharp((await download(avatar)).data).metadata()).toMatchObject({ width: 50, height: 50 })
    expect(await world.told()).toMatchObject([{ type: 'user.updated', data: { id: ida.id, avatar } }])
    expect((await ok(world.bob.get(`/user/${jan.id}/`))).body.avatar).toBe(`${base}/inside`)
  })
})

describe('what is no picture, or a trap,', () => {
  const refusal = async (data: Buffer | string) => {
    const { status, body } = await add(world.alice, data)
    return [status, body.errors?.[0]?.messages?.[0]?.code, body.errors?.[0]?.messages?.[0]?.message]
  }

  /** Once what was sent has been deleted, which is after the answer. */
  const nothingLies = () => expect.poll(() => readdir(world.kith.files.folder), { timeout: 10_000 }).toEqual([])

  test('is refused with a sentence, and nothing of it is kept', async () => {
    const before = await stored()
    const good = await picture(64, 64)
    const hostile: Record<string, Buffer | string> = {
      'SVG with script': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
      HTML: '<!doctype html><script>alert(1)</script>',
      'a script that begins like a GIF': 'GIF89a=1;alert(1)//',
      TIFF: await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
        .tiff()
        .toBuffer(),
      'half a picture': (await picture(400, 400, 'jpeg')).subarray(0, 500),
      nothing: '',
    }
    for (const [what, data] of Object.entries(hostile))
      expect((await refusal(data)).slice(0, 2), what).toEqual([400, 'invalid_image'])
    expect(await stored()).toBe(before)
    // A polyglot is made anew: what was behind the picture is not in it.
    const { body } = await add(world.alice, Buffer.concat([good, Buffer.from('<script>xylophone</script>')]))
    expect((await download(body.avatar)).data.includes('xylophone')).toBe(false)
    expect(await sweepUploads(world.kith)).toBeUndefined()
    await nothingLies()
    await world.told()
  })

  test('is refused by its size before it is decoded', async () => {
    const wide = await sharp({ create: { width: 20_000, height: 10, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    expect(await refusal(wide)).toEqual([400, 'invalid_image', expect.stringContaining('16384 a side')])
    const header = Buffer.from(wide.subarray(0, 33))
    // It says that it has 15,000 by 15,000 pixels, in a few bytes.
    header.writeUInt32BE(15_000, 16)
    header.writeUInt32BE(15_000, 20)
    const crc = (await import('node:zlib')).crc32(header.subarray(12, 29))
    header.writeUInt32BE(crc, 29)
    const before = process.cpuUsage()
    expect((await refusal(Buffer.concat([header, wide.subarray(33)])))[0]).toBe(400)
    const { user, system } = process.cpuUsage(before)
    expect(user + system).toBeLessThan(2_000_000)
    expect((await refusal(Buffer.alloc(3 * 1024 * 1024 + 1, 1))).slice(0, 2)).toEqual([400, 'too_large'])
    expect((await world.alice.post('/user/avatar/', { avatar_base64: '####' })).status).toBe(400)
    expect((await world.alice.post('/user/avatar/', {})).body.errors).toMatchObject([{ field: 'avatar' }])
    expect((await world.alice.post('/user/avatar/', { avatar: 'http://127.0.0.1/x.png' })).status).toBe(400)
    await nothingLies()
    expect(await world.told()).toEqual([])
  })
})
