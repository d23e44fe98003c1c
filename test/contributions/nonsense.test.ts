import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { type Answer, createWorld, type Person, type World } from '../support/world.ts'
import { brief, kinds } from './model.ts'

let world: World
let alice: Person
let bob: Person
const ids = {} as Record<(typeof kinds)[number], number>

beforeAll(async () => {
  world = await createWorld()
  ;({ alice, bob } = world)
  await world.set({ post_geolocation_enabled: true })
  for (const kind of kinds) ids[kind] = (await alice.post(`/${kind}/`, { text: 'Good morning', title: 'News' })).body.id
  await world.told()
})
afterAll(async () => {
  await world.end()
})

/** Refused, and in the documented way. */
function expectRefused({ status, body, text }: Answer, what: string): void {
  expect(status, `${what}: ${text.slice(0, 300)}`).toBeGreaterThanOrEqual(400)
  expectSane({ status, body, text } as Answer, what)
}

/** Never the server's fault; and if refused, in the documented way. */
function expectSane({ status, body, text }: Answer, what: string): void {
  expect(status, `${what}: ${text.slice(0, 300)}`).toBeLessThan(500)
  if (status < 400) return
  expect(Array.isArray(body?.errors) && body.errors.length > 0, `${what}: ${text.slice(0, 300)}`).toBe(true)
  for (const each of body.errors)
    for (const { code, message } of each.messages ?? [each])
      expect([typeof code, typeof message], what).toEqual(['string', 'string'])
}

/** A call with a body as it is, not as JSON would be written. */
const raw = (who: Person, method: string, path: string, body: string, type = 'application/json') =>
  world.send(path, {
    method,
    headers: { authorization: `Bearer ${who.token}`, 'content-type': type },
    body,
  })

const acts = ['restore', 'follow', 'suspend', 'vote', 'flag', 'hide']
const reads = [
  ...['', 'related/', 'contributors/', 'shares/', 'shares_users/', 'following/', 'suspended/', 'vote/', 'flag/'],
  ...['flag/status/', 'hide/status/'],
]

describe.each(kinds)('a %s', (kind) => {
  const others = kinds.filter((each) => each !== kind)

  test('is not found under the address of another kind, by anybody, for anything', async () => {
    for (const other of others) {
      const at = `/${other}/${ids[kind]}/`
      for (const who of [alice, bob, world.admin]) {
        for (const read of reads) {
          if (read === 'flag/' && who !== world.admin) continue
          expectStatus(await who.get(`${at}${read}`), 404, `GET ${at}${read}`)
        }
        for (const act of acts)
          expectStatus(await who.post(`${at}${act}/`, act === 'flag' ? 1 : undefined), 404, `POST ${at}${act}/`)
        expectStatus(await who.put(at, { text: 'x', title: 'x' }), 404, `PUT ${at}`)
        expectStatus(await who.delete(at), 404, `DELETE ${at}`)
      }
    }
    expect((await world.told()).map(brief)).toEqual([])
  })

  test('is not changed, deleted or restored by others, whoever they are', async () => {
    for (const who of [bob, world.admin]) {
      expectStatus(await who.put(`/${kind}/${ids[kind]}/`, { text: 'Mine', title: 'Mine' }), 403, 'PUT')
      expectStatus(await who.delete(`/${kind}/${ids[kind]}/`), 403, 'DELETE')
      expectStatus(await who.post(`/${kind}/${ids[kind]}/restore/`), 403, 'restore')
    }
    expectStatus(await alice.patch(`/${kind}/${ids[kind]}/`, { text: 'x' }), 405, 'PATCH')
    await alice.delete(`/${kind}/${ids[kind]}/`)
    for (const who of [bob, world.admin])
      expectStatus(await who.post(`/${kind}/${ids[kind]}/restore/`), 404, 'restore what is deleted')
    await alice.post(`/${kind}/${ids[kind]}/restore/`)
    await world.told()
  })

  test('of an id that is none is not there', async () => {
    const strange = ['0', '-1', '1.5', '9007199254740993', '99999999999999999999', '1e3', '0x1', 'null', 'NaN', 'me']
    for (const id of [...strange, '%00', '%ED%A0%80', '1%20or%201=1', encodeURIComponent('١'), 'a'.repeat(290)]) {
      for (const read of reads) expectRefused(await world.admin.get(`/${kind}/${id}/${read}`), `GET ${id} ${read}`)
      for (const act of acts) expectRefused(await alice.post(`/${kind}/${id}/${act}/`, 1), `POST ${id} ${act}`)
      expectRefused(await alice.put(`/${kind}/${id}/`, { text: 'x', title: 'x' }), `PUT ${id}`)
      expectRefused(await alice.delete(`/${kind}/${id}/`), `DELETE ${id}`)
    }
    expectStatus(await alice.get(`/${kind}/9007199254740991/`), 404, 'the greatest id')
  })

  test('is not made of nonsense', async () => {
    const good = { text: 'x', title: 'x' }
    const location = { location: 'Rome', lat: 1, lng: 2 }
    const bodies: unknown[] = [
      ...[{ text: ['x'] }, { text: {} }, { text: true }, { text: 'a\0b' }, { text: '\0' }, { text: '\ud800\0' }],
      ...[{ text: 'x'.repeat(100_001) }, { text: '<p></p>'.repeat(10) }, { text: '<script>x</script>' }],
      ...[
        { categories: 'x' },
        { categories: [1.5] },
        { categories: [-1] },
        { categories: [9e15] },
        { categories: [[1]] },
      ],
      ...[
        { categories: Array(101).fill(1) },
        { categories: { 0: 1 } },
        { categories: [2 ** 70] },
        { categories: [null] },
      ],
      ...[{ location: 'Rome' }, { location: [] }, { location: {} }, { location: { ...location, lat: 91 } }],
      ...[{ location: { ...location, location: 'Ro\0me' } }, { location: { ...location, lng: '2' } }],
      ...[{ location: { ...location, lat: null } }, { location: { ...location, location: null } }],
      ...[{ medias: [1] }, { tags: [1] }, { addressing: 'x' }, { action: ['x'] }, { action: 'a\0' }],
      ...(kind === 'status' ? [] : [{ poll: 'x' }, { poll: { title: 'x' } }, { group: 'x' }, { event: 1 }]),
      ...(kind === 'discussion'
        ? [{ title: '' }, { title: ' ' }, { title: 'x'.repeat(256) }, { title: [] }, { title: 'a\0' }, { title: null }]
        : []),
    ]
    for (const body of bodies) {
      const sent = { ...good, ...(body as object) }
      const what = JSON.stringify(body).slice(0, 100)
      expectRefused(await alice.post(`/${kind}/`, sent), `POST ${what}`)
      expectRefused(await alice.put(`/${kind}/${ids[kind]}/`, sent), `PUT ${what}`)
    }
    for (const body of [
      '',
      '[]',
      'null',
      '1',
      '"x"',
      '{',
      '{"text":',
      '[{"text":"x"}]',
      '\ufeff{}',
      '['.repeat(400_000),
    ]) {
      expectRefused(await raw(alice, 'POST', `/${kind}/`, body), `POST ${body.slice(0, 40)}`)
      expectRefused(await raw(alice, 'PUT', `/${kind}/${ids[kind]}/`, body), `PUT ${body.slice(0, 40)}`)
    }
    const form = '--b\r\nContent-Disposition: form-data; name="text"; filename="x"\r\n\r\nx\r\n--b--\r\n'
    expectRefused(await raw(alice, 'POST', `/${kind}/`, form, 'multipart/form-data; boundary=b'), 'a file as text')
    expectRefused(await raw(alice, 'POST', `/${kind}/`, form, 'multipart/form-data'), 'no boundary')
    expectRefused(
      await raw(alice, 'POST', `/${kind}/`, 'text=a&text=b&title=x', 'application/x-www-form-urlencoded'),
      'two',
    )
    expectStatus(await raw(alice, 'POST', `/${kind}/`, JSON.stringify({ text: 'x'.repeat(1_100_000) })), 413, '1 MB')
    expectStatus(await raw(alice, 'POST', `/${kind}/`, 'x', 'text/csv'), 415, 'a table')
    expect((await world.told()).map(brief)).toEqual([])
  })

  test('is not voted for, flagged, searched or listed by nonsense', async () => {
    const at = `/${kind}/${ids[kind]}/`
    for (const reaction of [0, -1, 1.5, 2 ** 31 + 1, 1e300, '1e3', 'x', '\0', [], [1], {}, true]) {
      const what = `reaction ${JSON.stringify(reaction)}`
      expectRefused(await bob.post(`${at}vote/`, { reaction }), what)
    }
    for (const reaction of ['0', '-1', 'x', '%00', '1.5', '99999999999999999999'])
      expectRefused(await bob.get(`${at}vote/?reaction=${reaction}`), `reaction=${reaction}`)
    for (const flag of [5, -1, 1.5, 'x', '', null, [], [1], {}, { flag_type: null }, { flag_type: [1] }, true, 2 ** 60])
      expectRefused(await bob.post(`${at}flag/`, flag), `flag ${JSON.stringify(flag)}`)
    for (const act of ['follow', 'suspend', 'hide'])
      for (const body of ['{', '[', '\0', '{"a":'])
        expectRefused(await raw(bob, 'POST', `${at}${act}/`, body), `${act} ${JSON.stringify(body)}`)

    const cursors: unknown[][] = [
      [1],
      [1, 'x', 1],
      [1, 1, 1],
      [0, '2020-13-01T00:00:00+00:00', 1],
      [2, 1, 1],
      [1, null, 1],
      [1, [], {}],
    ]
    // What JavaScript takes for a moment, and PostgreSQL does not.
    for (const text of ['2020', '1', 'Mon 1', '2020-01-01 (x)', '+275760-09-13T00:00:00Z', '2020-02-30T00:00:00+00:00'])
      cursors.push([1, text, 1])
    const queries = [
      'limit=0',
      'limit=x',
      'limit=-1',
      'offset=-1',
      'offset=x',
      'cursor=x',
      'limit=1&limit=2',
      'limit[]=x',
    ]
    queries.push(...cursors.map((key) => `cursor=${Buffer.from(JSON.stringify(key)).toString('base64url')}`))
    queries.push(
      `cursor=${'x'.repeat(501)}`,
      'limit=99999999999999999999',
      'offset=99999999999999999999',
      'offset=9e15',
    )
    queries.push('offset=9007199254740991')
    for (const list of [
      '',
      'uncommented/',
      'search/',
      'following/',
      'suspended/',
      `${ids[kind]}/vote/`,
      `${ids[kind]}/related/`,
    ])
      for (const query of queries)
        expectSane(await bob.get(`/${kind}/${list}?search=good&${query}`), `${list} ${decodeURIComponent(query)}`)
    for (const ordering of ['x', 'id', '-', 'added_at desc', '%00', 'added_at&ordering=x'])
      expectRefused(await bob.get(`/${kind}/?ordering=${ordering}`), `ordering=${ordering}`)

    const words = [
      '%00',
      '%ED%A0%80',
      "'",
      '\\',
      ':*',
      '!!',
      '((((',
      'a & b | !c',
      '\ud55c'.repeat(500),
      'x'.repeat(501),
    ]
    words.push(
      '\u3316'.repeat(500),
      '\ufdfa'.repeat(500),
      '\u{1f600}'.repeat(250),
      'a '.repeat(250),
      '\u{1d400}'.repeat(250),
    )
    words.push('\u0301'.repeat(500), 'ﬃ'.repeat(500), 'ß'.repeat(500), 'x'.repeat(500))
    for (const search of words) {
      const sent = search.startsWith('%') ? search : encodeURIComponent(search)
      expectSane(await bob.get(`/${kind}/search/?search=${sent}`), `search ${search.slice(0, 20)}`)
    }
    expect((await world.told()).map(brief)).toEqual([])
  })
})

function expectStatus(answer: Answer, status: number, what: string): void {
  expect(answer.status, `${what}: ${answer.text.slice(0, 300)}`).toBe(status)
  expectSane(answer, what)
}

test('strange text is taken, or refused, and what was taken is shown again', async () => {
  const long = (piece: string) => piece.repeat(Math.floor(100_000 / piece.length))
  /** Words that are all different, each letter of which is many once it is taken apart. */
  const squares = (length: number) => {
    const letters = ['\u3316', '\u3315', '\u3317', '\u3318', '\u332b', '\u332d', '\u3336', '\u334d']
    let text = ''
    for (let n = 0; text.length < 99_900; n++)
      text += `${[...n.toString(8).padStart(length, '0')].map((digit) => letters[Number(digit)]).join('')} `
    return text
  }
  const texts = [
    ...['\ud800', 'a\ud800b\udc00c', '\u202e\u200b\ufeffx', '&#0;&#xD800;&#x110000;x', '<p>a\u0001\u0008</p>'],
    ...[long('<b>'), `${long('<div>').slice(0, 50_000)}x`, `${'<ul><li>'.repeat(6_000)}x`, '<'.repeat(100_000)],
    ...[
      `${'<blockquote>'.repeat(8_000)}x`,
      `<p ${long('a=1 ').slice(0, 90_000)}>x</p>`,
      long('&amp;'),
      '<!--'.repeat(9_000),
    ],
    Array.from({ length: 10_000 }, (_, i) => `<mention id="${i}">`)
      .join('')
      .slice(0, 100_000),
    `${'<mention id="1"/>'.repeat(5_800)}`,
    `<mention id="${'9'.repeat(400)}" ext-id="${'x'.repeat(300)}">@x</mention>`,
    `<mention ext-id="&#0;\ud800">@x</mention>`,
    ...[
      long('\u0301'),
      `a${'\u0301'.repeat(90_000)}`,
      long('\ufdfa'),
      long('\ud55c'),
      long('x'),
      squares(6),
      squares(60),
    ],
    ...Array.from({ length: 8 }, (_, i) => squares(10 + 8 * i)),
    Array.from({ length: 20_000 }, (_, i) => i.toString(36)).join(' '),
    'http://'.repeat(10_000),
  ]
  for (const [i, text] of texts.entries()) {
    const kind = kinds[i % kinds.length] as (typeof kinds)[number]
    const what = `${kind} ${i}: ${JSON.stringify(text.slice(0, 60))}`
    const answer = await alice.post(`/${kind}/`, { text, title: text.slice(0, 250) || 'x' })
    expectSane(answer, what)
    if (answer.status !== 201) continue
    const { id, html, author } = answer.body
    expect(author.id, what).toBe(alice.id)
    const shown = await bob.get(`/${kind}/${id}/`)
    expect([shown.status, shown.body.html], what).toEqual([200, html])
    expect((await alice.put(`/${kind}/${id}/`, { text: html, title: 'x' })).status, what).toBeLessThan(500)
    expect((await alice.delete(`/${kind}/${id}/`)).status, what).toBe(204)
  }
  await world.told()
}, 120_000)

test('after all of it every count is right', async () => {
  expect(await findContributionDrift(world.db)).toEqual([])
  expect(world.log.filter((line) => JSON.parse(line).msg === 'failed')).toEqual([])
})
