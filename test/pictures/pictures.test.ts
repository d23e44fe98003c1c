import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setPublicAddress } from '../../src/community/public-address.ts'
import { colours } from '../../src/pictures/draw.ts'
import { initialsOf } from '../../src/pictures/initials.ts'
import { ok } from '../support/ok.ts'
import { download, picture, send } from '../support/upload.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob] = await world.strangers()
})

const see = (id: number | string, query = '', headers: Record<string, string> = {}) =>
  world.visitor.get(`/avatar/${id}${query}`, headers)
const lettersOf = (svg: string) => /<text [^>]*>([^<]*)<\/text>/.exec(svg)?.[1] ?? null

describe('a member without a picture', () => {
  test('has one that Kith draws, wherever they are shown', async () => {
    const address = `${world.url}/api/v2/avatar/${alice.id}`
    await alice.post(`/user/${bob.id}/connection/request/`)
    const { id: post } = (await alice.post('/post/', { text: 'Hello' })).body
    await alice.patch('/user/me/', { bio: 'I say "avatar":null' })
    await alice.patch('/user/me/settings/', { qa_frequency: 1 })
    const shown = [
      (await alice.get('/user/me/')).body,
      (await bob.get(`/user/${alice.id}/`)).body,
      (await world.visitor.get(`/user/${alice.id}/`)).body,
      (await bob.get(`/user/search/?user=${alice.username}`)).body.results[0],
      (await bob.get(`/user/autocomplete/?search=${alice.username}`)).body.results[0],
      (await bob.get('/user/connection/requests/')).body.results[0].from_user,
      (await bob.get(`/post/${post}/`)).body.author,
    ]
    expect(shown.map(({ avatar }) => avatar)).toEqual(shown.map(() => address))
    expect(shown[1].bio).toBe('I say "avatar":null')
    const [request, made, changed, settings] = (await world.told()).map(({ data }) => data as Record<string, object>)
    expect([request?.from_user, made?.author, changed, settings?.user]).toMatchObject(
      Array(4).fill({ id: alice.id, avatar: address }),
    )
    expect((await world.send(address)).headers.get('content-type')).toBe('image/svg+xml; charset=utf-8')
  })

  test('who has chosen one is shown with that', async () => {
    await world.db.query('update users set avatar = $2 where id = $1', [alice.id, 'https://pics.example/"a".png'])
    for (const path of [`/user/${alice.id}/`, '/user/me/'])
      expect((await alice.get(path)).body.avatar).toBe('https://pics.example/"a".png')
  })

  test('who has chosen one is led to from where Kith would draw one, unless it lies elsewhere', async () => {
    const who = await world.join('chooser')
    const { avatar } = (await ok(send(world, who, 'PATCH', '/user/me/', { avatar: { data: await picture() } }))).body
    const drawn = `${world.url}/api/v2/avatar/${who.id}`
    const answer = await world.send(`${drawn}?size=64`)
    expect([answer.status, world.url + answer.headers.get('location')]).toEqual([302, avatar])
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60')
    expect((await download(avatar)).headers.get('content-type')).toMatch(/^image\//)
    await world.db.query(`update users set avatar = 'https://pics.example/a.png' where id = $1`, [who.id])
    expect((await world.send(drawn)).headers.get('content-type')).toBe('image/svg+xml; charset=utf-8')
    await world.told()
  })

  test('is shown with a picture where the community is reached, also when that changes', async () => {
    const cover = async () => (await world.visitor.get('/dynamic_preference/user_default_cover/')).body.value
    for (const base of ['https://community.example', 'http://[::1]:8000', '', world.url]) {
      await setPublicAddress(world.db, base)
      await world.kith.community.refresh()
      expect((await alice.get('/user/me/')).body.avatar).toBe(`${base}/api/v2/avatar/${alice.id}`)
      expect(await cover()).toBe(`${base}/api/v2/picture/cover.svg`)
    }
    for (const base of ['https://a"b', "https://a'b", 'javascript:1', 'https://a/b', 'https://a b'])
      await expect(setPublicAddress(world.db, base)).rejects.toThrow('public_address_base_check')
  })
})

describe('the picture of a member', () => {
  test('is their initials on a colour that stays, for everybody, without a token or with a wrong one', async () => {
    await alice.patch('/user/me/', { real_name: 'Alice Pleasance Liddell' })
    const { status, text } = await see(alice.id)
    expect([status, lettersOf(text)]).toEqual([200, 'AL'])
    expect(text).toContain(`fill="${colours[alice.id % colours.length]}"`)
    expect((await see(alice.id, '', { authorization: 'Bearer nonsense' })).text).toBe(text)
    await alice.patch('/user/me/', { real_name: 'Bea' })
    expect((await see(`${alice.id}/`)).text).toBe(text.replace('>AL<', '>B<'))
    await alice.patch('/user/me/', { real_name: '' })
    expect(lettersOf((await see(alice.id)).text)).toMatch(/^A/)
    await world.set({ content_availability: false })
    expect((await see(alice.id)).status).toBe(200)
    await world.set({ content_availability: true })
  })

  test('has the size that is asked for', async () => {
    expect((await see(alice.id)).text).toContain('width="256" height="256" viewBox="0 0 100 100"')
    expect((await see(alice.id, '?size=16')).text).toContain('width="16" height="16" viewBox="0 0 100 100"')
    for (const size of ['15', '1025', '-1', '1e2', 'x', '99999999999', '16&size=32', '%00'])
      expect((await see(alice.id, `?size=${size}`)).body.errors[0].field, size).toBe('size')
  })

  test('is kept for an hour, and then only sent again if it is another', async () => {
    const { headers, text } = await see(alice.id)
    expect(headers.get('cache-control')).toBe('public, max-age=3600')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    const tag = headers.get('etag') as string
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`]) {
      const same = await see(alice.id, '', { 'if-none-match': known })
      expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', tag])
    }
    await alice.patch('/user/me/', { real_name: 'Zoe' })
    const other = await see(alice.id, '', { 'if-none-match': tag })
    expect([other.status, other.text === text]).toEqual([200, false])
  })

  test('of whoever is not here, or no more, is nobody’s', async () => {
    const carla = await world.join(`carla_${Math.random().toString(36).slice(2)}`)
    const dan = await world.join(`dan_${Math.random().toString(36).slice(2)}`)
    await world.admin.delete(`/user/${carla.id}/`)
    await world.admin.delete(`/user/${dan.id}/?hard=1`)
    const nobody = await see(9_000_000)
    expect([nobody.status, lettersOf(nobody.text)]).toEqual([200, null])
    for (const id of [carla.id, dan.id, Number.MAX_SAFE_INTEGER]) expect((await see(id)).text).toBe(nobody.text)
    await world.db.query(`update users set status = 'b' where id = $1`, [bob.id])
    expect(lettersOf((await see(bob.id)).text)).toMatch(/^B/)
    for (const id of ['0', '-1', 'x', '1.5', '9007199254740993', '9'.repeat(200), 'me', '%00', '..%2f1'])
      expect((await see(id)).status, id).toBe(404)
  })

  test('has nothing of a name in it that could do anything', async () => {
    for (const name of ['<script>alert(1)</script>', '"><svg onload=x>', '&amp; &lt;', '\u202eevil', '日本 <b>'])
      expect((await alice.patch('/user/me/', { real_name: name })).status, name).toBeLessThan(500)
    await world.db.query('update users set real_name = $2 where id = $1', [
      alice.id,
      '<b>"&\'</b>\u202e\u0000'.slice(0, -1),
    ])
    const { text } = await see(alice.id)
    expect(text).toMatch(/^<svg [^<>]*><rect [^<>]*\/><text [^<>]*>BB<\/text><\/svg>$/)
  })
})

describe('initials', () => {
  test.each([
    ['Alice Liddell', 'AL'],
    ['alice', 'A'],
    ['alice_liddell-2', 'AL'],
    ['Ludwig van Beethoven', 'LB'],
    ["Conan O'Brien", 'CO'],
    ['Élodie Ångström', 'ÉÅ'],
    ['e\u0301mile zola', 'E\u0301Z'],
    ['ßeta', 'S'],
    ['Лев Толстой', 'ЛТ'],
    ['Νίκος Καζαντζάκης', 'ΝΚ'],
    ['محمد علي', 'م'],
    ['דוד בן', 'ד'],
    ['李小龍', '李'],
    ['山田 太郎', '山'],
    ['김연아', '김'],
    ['क्षितिज शर्मा', 'क्षि'],
    ['ສົມ ພອນ', 'ສົ'],
    ['შოთა რუსთაველი', 'შ'],
    ['👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦'],
    ['🦆 Duck', 'D'],
    ['7 of 9', '7'],
    ['\u200b\u2060Bob', 'B'],
    ['\u3164\u2800 \u00ad', ''],
    ['\u202e\u2066', ''],
    ['...', ''],
    ['', ''],
  ])('of %j are %j', (name, initials) => {
    expect(initialsOf(name)).toBe(initials)
  })

  test('are short, however much is stacked on a letter', () => {
    expect([...initialsOf(`a${'\u0301'.repeat(100_000)}`)].length).toBeLessThanOrEqual(12)
    expect(initialsOf(`${'\u200d'.repeat(500)}a`)).toBe('A')
  })

  test('can be read on every colour', () => {
    const channel = (hex: string) => {
      const part = Number.parseInt(hex, 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    }
    for (const colour of colours) {
      const [r = 0, g = 0, b = 0] = (colour.match(/[\da-f]{2}/g) ?? []).map(channel)
      // As WCAG 2 asks of text.
      expect(1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05), colour).toBeGreaterThanOrEqual(4.5)
    }
  })
})

describe('the pictures of a community', () => {
  test('are drawn by Kith until others are chosen, and there is none where none is wanted', async () => {
    const value = async (name: string) => (await world.visitor.get(`/dynamic_preference/${name}/`)).body.value
    for (const name of ['user_default_cover', 'navbar_logo', 'navbar_logo_mobile', 'logo_dark', 'logo_light']) {
      const address = await value(name)
      expect(address, name).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v2\/picture\/(cover|logo)\.svg$/)
      const { status, headers, text } = await world.send(address)
      expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8'])
      expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/)
      for (const chosen of ['https://pics.example/own.png', '/own.png', '']) {
        expect((await world.admin.patch('/dynamic_preference/', { [name]: chosen })).body[name].value).toBe(chosen)
        expect(await value(name)).toBe(chosen)
      }
      await world.told()
      // As it is shown, or as a path: either is ours again.
      await world.admin.patch('/dynamic_preference/', { [name]: new URL(address).pathname })
      expect(await world.told()).toMatchObject([{ type: 'dynamic_preference.updated', data: { name, value: address } }])
    }
  })
})

test('pictures have a rate of their own, and leave that of other requests alone', async () => {
  const limited = await createWorld({ rateLimit: 5 })
  const statuses: number[] = []
  for (let n = 0; n < 20; n++) statuses.push((await limited.visitor.get(`/avatar/${limited.alice.id}`)).status)
  expect(statuses).toEqual(Array(20).fill(200))
  expect((await limited.visitor.get('/dynamic_preference/?search=x')).status).toBe(200)
  await limited.end()
})

test('a category without a picture has one that stays its own, and tells nobody what it is called', async () => {
  const { body } = await world.admin.post('/category/', { name: 'Secret plans' })
  expect(body.image_original).toBe(null)
  expect(body.image_small).toBe(`${world.url}/api/v2/picture/category/${body.id}.svg`)
  const { status, headers, text } = await world.send(body.image_small)
  expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8'])
  expect(text).not.toContain('S')
  expect((await world.send(body.image_small)).text).toBe(text)
  for (const name of ['0.svg', 'x.svg', '1.png', '1', '99999999999999999.svg'])
    expect((await world.visitor.get(`/picture/category/${name}`)).status).toBe(404)
  await world.told()
})
