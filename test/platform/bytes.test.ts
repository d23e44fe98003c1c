import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '../support/raw.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person

beforeAll(async () => {
  world = await createWorld()
  alice = world.alice
})
afterAll(() => world.end())

const patch = (type: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  world.send('/user/me/', {
    method: 'PATCH',
    headers: { authorization: `Bearer ${alice.token}`, 'content-type': type, ...headers },
    body,
  })
const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))

describe('a number where text is taken', () => {
  test('keeps every digit as it was written', async () => {
    for (const written of [
      ...['7', '-7', '0', '-0', '1.50', '1e21', '1E3', '1e3', '0.1', '1.0', '9007199254740993', '-9007199254740993'],
      ...['123456789012345', '1234567890123456', '123456789012345678901234567890', '1e400', '0.30000000000000004'],
    ])
      for (const body of [`{"bio":${written}}`, `{"gender":"Male","location":"1.50","bio" : ${written} }`])
        expect((await patch('application/json', body)).body.bio, body).toBe(written)
  })

  test('is found beside others of the same name elsewhere', async () => {
    const { body } = await patch('application/json', '{"x":{"bio":1.10},"bio":1.20,"y":[{"bio":1.30}]}')
    expect(body.bio).toBe('1.20')
  })

  test('keeps its digits in a list, and as text that looks like a list', async () => {
    const { body } = await world.admin.get('/events/?type=[1.50]')
    expect(body.errors[0].field).toBe('type')
    const sent = '{"target":"https://example.com/","events":[9007199254740993]}'
    const headers = { authorization: `Bearer ${world.admin.token}`, 'content-type': 'application/json' }
    const answer = await world.send('/webhook/endpoint/', { method: 'POST', headers, body: sent })
    expect(answer.text).toContain('9007199254740993')
  })

  test('is refused where a number is taken that it cannot be', async () => {
    const headers = { authorization: `Bearer ${alice.token}`, 'content-type': 'application/json' }
    const answer = await world.send('/user/connection/statuses/', {
      method: 'POST',
      headers,
      body: '{"users":[9007199254740993]}',
    })
    expect(answer.status).toBe(400)
  })
})

describe('bytes', () => {
  test('of another charset are refused by its name', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      for (const charset of ['ISO-8859-1', '"iso-8859-1"', 'windows-1252', 'utf-16', 'klingon']) {
        const answer = await patch(`${type}; charset=${charset}`, latin('{"bio":"caf\xe9"}'))
        expect([answer.status, answer.text.toLowerCase()], charset).toEqual([
          415,
          expect.stringContaining(charset.replaceAll('"', '').toLowerCase()),
        ])
      }
    for (const charset of ['utf-8', 'UTF-8', '"utf8"'])
      expect((await patch(`application/json; charset=${charset}`, '{"bio":"café"}')).body.bio).toBe('café')
  })

  test('that are not UTF-8 are refused, however they are sent', async () => {
    const part = '--x\r\ncontent-disposition: form-data; name="bio"\r\n\r\ncaf\xe9\r\n--x--\r\n'
    expect((await patch('application/json', latin('{"bio":"caf\xe9"}'))).status).toBe(400)
    expect((await patch('application/x-www-form-urlencoded', latin('bio=caf\xe9'))).status).toBe(400)
    expect((await patch('multipart/form-data; boundary=x', latin(part))).status).toBe(400)
    for (const bytes of ['%ff', 'caf%E9', '%C3', '%c3%28', '%ed%a0%80', '%f5%80%80%80', '%C0%AF']) {
      expect((await patch('application/x-www-form-urlencoded', `bio=${bytes}`)).status, bytes).toBe(400)
      expect((await patch('application/x-www-form-urlencoded', `${bytes}=1`)).status, bytes).toBe(400)
      const answer = await alice.get(`/user/?search=${bytes}`)
      expect([answer.status, answer.body.errors[0].code], bytes).toEqual([400, 'invalid'])
    }
    expect((await patch('application/x-www-form-urlencoded', 'bio=caf%C3%A9+100%+%zz')).body.bio).toBe('café 100% %zz')
  })

  test('that are packed are refused', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'GZIP', 'zstd'])
      expect((await patch('application/json', '{}', { 'content-encoding': encoding })).status, encoding).toBe(415)
    expect((await patch('application/json', '{}', { 'content-encoding': 'identity' })).status).toBe(200)
  })

  test('of an address are refused unless they are escaped', async () => {
    for (const word of [Buffer.from('Café'), Buffer.from('Caf\xe9', 'latin1')]) {
      const head = [Buffer.from('GET /api/v2/category/?search='), word, Buffer.from(' HTTP/1.1\r\nHost: a\r\n\r\n')]
      expect((await ask(world.url, Buffer.concat(head))).status).toBe(400)
    }
  })
})

describe('a value of a profile', () => {
  test('is a place on this earth', async () => {
    const send = async (sent: string) => (await alice.patch('/user/me/', { location_lat_lng: sent })).status
    for (const good of ['', '0,0', '45.46,9.18', '-90,-180', '90,180', '90.0,180.000', '-45.5,179.999999', '9,99'])
      expect(await send(good), good).toBe(200)
    const bad = [
      '999,999',
      '91,0',
      '0,181',
      '90.1,0',
      '0,180.5',
      '-90.01,0',
      '1',
      '1,',
      ',1',
      '1,2,3',
      'a,b',
      '1;2',
      '+1,1',
    ]
    for (const each of bad) expect(await send(each), each).toBe(400)
  })

  test('is a day that there is', async () => {
    const send = async (sent: unknown) => (await alice.patch('/user/me/', { date_of_birth: sent })).status
    for (const bad of [
      '0000-01-01',
      '0000-12-31',
      '1990-02-30',
      '1990-13-01',
      '1990-1-1',
      '-0001-01-01',
      '10000-01-01',
      0,
    ])
      expect(await send(bad), String(bad)).toBe(400)
    for (const good of ['0001-01-01', '1990-02-28', null]) expect(await send(good), String(good)).toBe(200)
  })
})
