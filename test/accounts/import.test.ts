import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashPassword, isPassword } from '../../src/accounts/password.ts'
import { findDrift } from '../../src/connections/recount.ts'
import { faultOf, openLines, sendLines, toLines } from '../support/lines.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())
beforeEach(async () => void (await world.told()))

const path = '/user/import/'
const send = (items: unknown[], query = '') => sendLines(world, path + query, toLines(items))
const member = (name: string, more: object = {}) => ({ ext_id: `crm-${name}`, username: name, ...more })
const find = async (username: string) =>
  (await world.admin.get(`/user/?username=${username}`)).body.results.find(
    (each: { username: string }) => each.username === username,
  )

describe('an import of members', () => {
  test('is for administrators', async () => {
    for (const [who, status] of [
      [world.visitor, 401],
      [world.alice, 403],
    ] as const)
      expect((await who.post(path, member('nobody'))).status).toBe(status)
    expect(await find('nobody')).toBeUndefined()
  })

  test('makes them with all they bring, answers each line in order, and tells nothing unless asked', async () => {
    const before = (await world.admin.get('/user/')).body.count
    const full = {
      email: 'ida@example.com',
      real_name: 'Ida Bö',
      role: 'editor',
      avatar: 'https://pics.example/i.png',
      bio: 'Reads.',
      date_of_birth: '1990-02-28',
      gender: 'Female',
      location: 'Oslo',
      website: 'https://ida.example',
    }
    const { status, headers, lines } = await send([
      member('ida', { ...full, date_joined: '2019-05-01T10:00:00+02:00' }),
      member('jon'),
    ])
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8'])
    expect(lines).toEqual([
      { line: 1, id: expect.any(Number), ext_id: 'crm-ida', made: true },
      { line: 2, id: expect.any(Number), ext_id: 'crm-jon', made: true },
      { done: true, lines: 2, made: 2, there: 0, refused: 0 },
    ])
    expect((await world.admin.get(`/user/${lines[0]?.id}/`)).body).toMatchObject({
      ...full,
      ext_id: 'crm-ida',
      email_isvalid: false,
      date_joined: '2019-05-01T08:00:00.000000+00:00',
    })
    expect((await world.admin.get('/user/')).body.count).toBe(before + 2)
    expect(await world.told()).toEqual([])
    await send([member('kim'), member('lea')], '?events=1')
    expect(await world.toldShort()).toEqual(['user.created kim', 'user.created lea'])
    expect(await findDrift(world.db)).toEqual([])
  })

  test('makes them with tags and the fields that the community has added to profiles, or says what is wrong', async () => {
    const { admin } = world
    await world.set({
      user_metadata_definition:
        '{"instrument":{"label":"Instrument"},"since":{"label":"Since","type":"integer","private":true}}',
    })
    const tag = async (name: string) => (await admin.post('/tag/', { type: 'user', name, visible: true })).body
    // One after the other: they are shown in the order of their ids.
    const guest = await tag('Guest')
    const staff = await tag('Staff')
    const { body: other } = await admin.post('/tag/', { type: 'category', name: 'Cold' })
    const company = { company_name: 'Strings & Co', company_role: 'Player' }
    const { lines } = await send(
      [
        member('pia', {
          tags: [guest.id, staff.id, guest.id],
          custom_user_metadata: { instrument: 'Viola', since: '1990' },
          ...company,
        }),
        member('rob', { tags: [], custom_user_metadata: { instrument: '' } }),
        member('sam', { tags: [other.id], custom_user_metadata: { since: 'long ago', shoes: 44 } }),
        member('tim', { tags: ['Guest'] }),
        member('uli', { instrument: 'Drum' }),
      ],
      '?events=1',
    )
    expect(lines.map((each) => each.made ?? each.errors?.map(({ field }) => field))).toEqual([
      ...[true, true, ['since', 'shoes', 'tags'], ['tags'], ['instrument'], 2],
    ])
    const pia = await find('pia')
    const tags = [{ id: guest.id, name: 'Guest' }, { id: staff.id }]
    expect((await admin.get(`/user/${pia.id}/`)).body).toMatchObject({
      instrument: 'Viola',
      since: 1990,
      tags,
      ...company,
    })
    expect((await world.alice.get(`/user/${pia.id}/`)).body).not.toHaveProperty('since')
    expect(await world.db.query('select metadata, tag_ids from users where username = $1', ['rob'])).toEqual([
      { metadata: {}, tag_ids: [] },
    ])
    expect((await admin.get(`/user/search/?tag=${staff.id}`)).body.results.map(({ id }: { id: number }) => id)).toEqual(
      [pia.id],
    )
    expect(await world.told()).toMatchObject([
      { type: 'user.created', data: { username: 'pia', tags } },
      { type: 'user.created', data: { username: 'rob', tags: [] } },
    ])
    await world.set({ user_metadata_definition: '' })
  })

  test('sent again changes nothing, and gives the same ids', async () => {
    const items = [member('mia', { real_name: 'Mia' }), member('noa')]
    const first = await send(items)
    const mia = await world.person(first.lines[0]?.id as number, 'mia', '')
    await world.admin.patch(`/user/${mia.id}/`, { real_name: 'Mia the Second' })
    await world.told()
    const again = await send([...items, member('mia', { username: 'other' })], '?events=1')
    expect(again.lines.map(({ id, made }) => [id, made])).toEqual([
      [mia.id, false],
      [first.lines[1]?.id, false],
      [mia.id, false],
      [undefined, 0],
    ])
    expect(again.lines.at(-1)).toEqual({ done: true, lines: 3, made: 0, there: 3, refused: 0 })
    expect(await world.told()).toEqual([])
    expect((await world.admin.get(`/user/${mia.id}/`)).body).toMatchObject({
      username: 'mia',
      real_name: 'Mia the Second',
    })
  })

  test('takes every good line and names what is wrong with each bad one', async () => {
    const gone = await world.join('gone', { ext_id: 'crm-gone' })
    await world.admin.delete(`/user/${gone.id}/`)
    const { lines } = await send([
      member('olaf', { email: 'olaf@example.com' }),
      '{"ext_id": "crm-x", "username": ',
      '["not", "an", "object"]',
      member('with space'),
      { username: 'nowhere' },
      member('ALICE'),
      member('paul', { email: 'Bob@example.com' }),
      member('OLAF', { ext_id: 'crm-other' }),
      member('quin', { email: 'OLAF@example.com' }),
      member('gone'),
      member('rita', { emial: 'rita@example.com' }),
      member('rita', { password_hash: 'md5' }),
      member('rita', { date_joined: '2019-02-30', role: 'king' }),
      '',
      member('rita', { bio: 'x\u0000y' }),
      'x'.repeat(70_000),
      member('sven'),
    ])
    expect(lines.map((each) => `${each.line} ${each.made ?? ''}${faultOf(each)}`)).toEqual([
      '1 true',
      '2 parse_error',
      '3 invalid',
      '4 username invalid',
      '5 ext_id required',
      '6 username unique',
      '7 email unique',
      '8 username unique',
      '9 email unique',
      '10 deleted',
      '11 emial unknown',
      '12 password_hash invalid',
      '13 role invalid',
      '15 bio invalid',
      '16 too_large',
      '17 true',
      'undefined 2',
    ])
    expect(lines[5]?.errors?.[0]?.messages?.[0]).toMatchObject({ id: world.alice.id })
    expect(lines.at(-1)).toEqual({ done: true, lines: 16, made: 2, there: 0, refused: 14 })
    expect(await find('rita')).toBeUndefined()
  })

  test('takes a password as the hash it has elsewhere, or none', async () => {
    const hash = await hashPassword('Correct-horse-1')
    const { text, lines } = await send([
      member('tove', { password_hash: hash }),
      member('ulf'),
      member('dear', { password_hash: hash.replace(/m=\d+/, 'm=4194304') }),
    ])
    expect(lines.map(faultOf)).toEqual(['', '', 'password_hash invalid', ''])
    const kept = async (id?: number) =>
      (
        await world.db.query<{ hash: string }>('select password_hash as hash from credential where user_id = $1', [id])
      )[0]
    expect(await isPassword('Correct-horse-1', (await kept(lines[0]?.id))?.hash ?? '')).toBe(true)
    expect(await kept(lines[1]?.id)).toBeUndefined()
    expect(text + world.log.join('') + JSON.stringify(await world.told())).not.toContain(hash.split('$').at(-1))
  })

  test('has them follow what new members follow', async () => {
    for (const [name, auto_follow] of [
      ['Everybody', 'forced'],
      ['Newcomers', 'default'],
      ['Nobody', 'none'],
    ])
      expect((await world.admin.post('/category/', { name, auto_follow })).status, name).toBe(201)
    await world.told()
    const { lines } = await send([member('vera'), member('will'), member('vera')], '?events=1')
    const person = world.person(
      lines[0]?.id as number,
      'vera',
      await world.kith.tokens.mint(lines[0]?.id as number, 60),
    )
    expect((await person.get('/user/me/')).body.categories_counter).toBe(2)
    expect((await world.toldShort()).sort()).toEqual([
      ...Array(4).fill(expect.stringMatching(/^category.follow/)),
      'user.created vera',
      'user.created will',
    ])
    const { body } = await world.admin.get('/category/')
    for (const each of body.results as { name: string; followers_counter: number }[])
      if (each.name === 'Newcomers') expect(each.followers_counter).toBe(2)
  })
})

describe('lines', () => {
  test('are answered as they come, before the next is sent', async () => {
    const lines = openLines(world, path)
    for (const name of ['anja', 'benno', 'cleo']) {
      lines.send(member(name))
      expect(await lines.next()).toMatchObject({ ext_id: `crm-${name}`, made: true })
      expect(await find(name)).toMatchObject({ username: name })
    }
    lines.end()
    expect(await lines.next()).toMatchObject({ done: true, made: 3 })
  })

  test('that stop halfway leave whole members, and can be sent again', async () => {
    const lines = openLines(world, path)
    lines.send(member('dora'))
    expect(await lines.next()).toMatchObject({ made: true })
    lines.cut()
    const { lines: again } = await send([member('dora'), member('emil')])
    expect(again.map(({ made }) => made)).toEqual([false, true, 1])
    expect(await findDrift(world.db)).toEqual([])
  })

  test('in any size, with and without a last newline, in one piece or many', async () => {
    const many = Array.from({ length: 1_203 }, (_, i) => member(`many-${i}`))
    const { lines } = await sendLines(world, path, `\ufeff${toLines(many).trim().replaceAll('\n', '\r\n')}`)
    expect(lines.map(({ line }) => line)).toEqual([...many.map((_, i) => i + 1), undefined])
    expect(lines.at(-1)).toMatchObject({ lines: 1_203, made: 1_203, refused: 0 })
    const ids = lines.slice(0, -1).map(({ id }) => id as number)
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
  })

  test('of another type, packed, or larger than may be, are refused at once', async () => {
    const form = await sendLines(world, path, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' })
    expect([form.status, form.body.errors[0].message]).toEqual([415, expect.stringContaining('application/x-ndjson')])
    expect((await sendLines(world, path, 'x', { 'content-encoding': 'gzip' })).status).toBe(415)
    const large = await world.send(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.admin.token}`, 'content-type': 'application/x-ndjson' },
      body: Buffer.alloc(64 * 1024 * 1024 + 1),
    })
    expect(large.status).toBe(413)
    expect((await send([])).lines).toEqual([{ done: true, lines: 0, made: 0, there: 0, refused: 0 }])
    const latin = await sendLines(world, path, Buffer.from(toLines([member('fay', { bio: 'é' })]), 'latin1'))
    expect(latin.lines.map(faultOf)).toEqual(['parse_error', ''])
  })

  test('end with a sentence when the administrator is none any more, or Kith stops', async () => {
    const boss = await world.join('boss', { role: 'admin' })
    const lines = openLines({ ...world, admin: boss } as World, path)
    lines.send(member('gerd'))
    expect(await lines.next()).toMatchObject({ made: true })
    await world.db.query('update users set role = null where id = $1', [boss.id])
    world.kith.actors.forget(boss.id)
    lines.send(member('hans'))
    expect(faultOf((await lines.next()) ?? {})).toBe('permission_denied')
    expect(await lines.next()).toBeUndefined()
    expect(await find('hans')).toBeUndefined()

    const others = openLines(world, path)
    others.send(member('inge'))
    await others.next()
    world.kith.stopping = true
    others.send(member('jens'))
    expect(faultOf((await others.next()) ?? {})).toBe('unavailable')
    world.kith.stopping = false
  })
})
