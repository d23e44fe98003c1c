import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { indexAll, sayDue } from '../../src/cli/indexing.ts'
import { placeWords } from '../../src/contributions/searched.ts'
import { slices } from '../../src/slices.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let carla: Person

beforeAll(async () => {
  world = await createWorld()
  ;({ alice, bob, carla } = world)
})
afterAll(() => world.end())

const search = async (who: Person, text: string, kind = 'status'): Promise<number[]> => {
  const { status, body } = await who.get(`/${kind}/search/?limit=100&search=${encodeURIComponent(text)}`)
  expect(status).toBe(200)
  return body.results.map(({ id }: { id: number }) => id)
}
const people = async (who: Person, query: string): Promise<string[]> => {
  const { status, body } = await who.get(`/user/search/?${query}`)
  expect(status).toBe(200)
  return body.results.map(({ username }: { username: string }) => username)
}
const publish = async (who: Person, text: string, more = {}, kind = 'status'): Promise<number> => {
  const { status, body, text: says } = await who.post(`/${kind}/`, { text, ...more })
  expect(status, says).toBe(201)
  return body.id
}

describe('what was published a moment ago', () => {
  test('is found at once, and when its words have been put into their place', async () => {
    await placeWords(world.kith)
    const first = await publish(alice, 'An ocarina of clay')
    const second = await publish(bob, 'An ocarina of plum wood')
    expect(await search(carla, 'ocarina')).toEqual([second, first])
    expect((await placeWords(world.kith))?.pages, 'words that waited').toBeGreaterThan(0)
    expect(await search(carla, 'ocarina')).toEqual([second, first])
    expect(await placeWords(world.kith)).toEqual({ pages: 0 })
  })

  test('is put into its place by a node that serves', async () => {
    const { goesOn } = slices.find(({ name }) => name === 'contributions') ?? {}
    await publish(alice, 'A bassoon upstairs')
    await goesOn?.(world.kith, () => false)
    expect(await placeWords(world.kith)).toEqual({ pages: 0 })
  })

  test('waits for the owner of the index where that is not the role that Kith runs as', async () => {
    await publish(alice, 'An accordion outdoors')
    const undone = new Error('undone')
    const asAnother = world.kith.db.transaction(async (tx) => {
      await tx.query('create role somebody_else')
      await tx.query('set local role somebody_else')
      expect(await placeWords({ db: tx })).toBe(undefined)
      throw undone
    })
    await expect(asAnother).rejects.toBe(undone)
    expect((await placeWords(world.kith))?.pages).toBe(1)
  })
})

describe('what is searched for', () => {
  test('is all of its words, however many they are', async () => {
    const words = Array.from({ length: 80 }, (_, i) => `wort${i}`)
    const all = await publish(alice, words.join(' '))
    await publish(alice, words.slice(0, 40).join(' '))
    expect(await search(bob, words.slice(0, 70).join(' '))).toEqual([all])
    expect(await search(bob, `${words.slice(0, 60).join(' ')} nowhere`)).toEqual([])
    const long = await publish(alice, '北'.repeat(10) + '京都大学図書館'.repeat(60))
    expect(await search(bob, '京都大学図書館'.repeat(60))).toEqual([long])
  })

  test('is nothing where there is nothing to be seen, and the words null and undefined, which clients send for nothing', async () => {
    for (const blank of ['', ' ', '\u200b', '\u00a0 \u2003', '\u2800\u3164', 'null', 'undefined']) {
      const query = encodeURIComponent(blank)
      expect(await search(bob, blank), blank).toEqual([])
      expect((await people(bob, `user=${query}`)).length, blank).toBeGreaterThan(3)
      expect((await bob.get(`/category/search/?search=${query}`)).status, blank).toBe(200)
    }
    const null1 = await publish(alice, 'It is null and void')
    expect(await search(bob, 'NULL')).toEqual([null1])
    expect(await search(bob, 'null void')).toEqual([null1])
  })

  test('is taken as it is, whatever signs are in it', async () => {
    const strange = `'"\\ & | ! ( ) <-> :* % _ '' \\' $1 @ «query» c'n++ ' \u2028 \u{1f3f4}\u{e0067}\u{e007f} \uffff`
    for (const list of [
      '/status/search/?search=',
      '/user/search/?user=',
      '/user/autocomplete/?search=',
      '/category/search/?search=',
    ]) {
      expect((await bob.get(list + encodeURIComponent(strange))).status, list).toBe(200)
      for (const sign of strange) expect((await bob.get(list + encodeURIComponent(sign))).status, sign).toBe(200)
    }
  })

  test('takes a time in proportion to its length, whatever it is made of', async () => {
    const worst = ["a'", 'a\u0316\u0301', '\ufdfa', 'a\u200c', 'a ', '日', '👩‍']
    for (const piece of worst) {
      const text = piece.repeat(250 / piece.length)
      for (const list of ['/status/search/?search=', '/user/search/?user='])
        expect((await bob.get(list + encodeURIComponent(text))).status, piece).toBe(200)
    }
    for (const piece of worst) await publish(alice, `<p>${piece.repeat(3_000)}</p>`)
  })
})

describe('nobody finds', () => {
  test('texts that are deleted or hidden, or whose author is', async () => {
    const [dora, eva] = [await world.join('dora'), await world.join('eva')]
    const [deleted, hidden, ofDora, seen] = [
      await publish(alice, 'A wombat'),
      await publish(alice, 'A wombat'),
      await publish(dora, 'A wombat'),
      await publish(alice, 'A wombat'),
    ]
    await alice.delete(`/status/${deleted}/`)
    await eva.post(`/status/${hidden}/hide/`)
    await eva.post(`/user/${dora.id}/hide/`)
    expect(await search(eva, 'wombat')).toEqual([seen])
    expect(await search(dora, 'wombat')).toEqual([seen, ofDora, hidden])
    await alice.post(`/status/${deleted}/restore/`)
    expect(await search(dora, 'wombat')).toContain(deleted)
  })

  test('members who hide them, are hidden or have left, nor a name that was erased', async () => {
    const fritz = await world.join('fritz', { real_name: 'Fritz Größenwahn' })
    expect(await people(carla, 'user=grossenwahn')).toEqual(['fritz'])
    await carla.post(`/user/${fritz.id}/hide/`)
    expect(await people(carla, 'user=grossenwahn')).toEqual([])
    expect(await people(fritz, 'user=carla')).toEqual([])
    await world.admin.delete(`/user/${fritz.id}/?hard=1`)
    expect(await people(bob, 'user=grossenwahn')).toEqual([])
    const [row] = await world.db.query<{ left: string }>(
      `select folded_real_name || sort_name || folded_location || folded_description as left from users where id = $1`,
      [fritz.id],
    )
    expect(row?.left).toBe('')
  })

  test('a text by words that its author has taken out, or a member by a former name', async () => {
    const id = await publish(alice, 'A narwhal', {}, 'post')
    expect((await alice.put(`/post/${id}/`, { text: 'A walrus' })).status).toBe(200)
    expect(await search(bob, 'narwhal', 'post')).toEqual([])
    expect(await search(bob, 'walrus', 'post')).toEqual([id])
    const greta = await world.join('greta', { real_name: 'Greta Ångström' })
    await greta.patch('/user/me/', { real_name: 'Greta Øre', location: 'Malmö', description: 'Žena' })
    expect(await people(bob, 'real_name=angstrom')).toEqual([])
    expect(await people(bob, 'real_name=ore')).toEqual(['greta'])
    expect(await people(bob, 'location=MALMO')).toEqual(['greta'])
    expect(await people(bob, 'description=zena')).toEqual(['greta'])
    expect(await people(bob, 'username=GRETA')).toEqual(['greta'])
  })
})

describe('words that are everywhere', () => {
  test('are found in the newest, and rare ones beside them wherever they are', async () => {
    const old = await publish(alice, 'the xylophone')
    await world.db.query(`select setval(pg_get_serial_sequence('contribution', 'id'), 40000)`)
    const many = []
    for (let i = 0; i < 60; i++)
      many.push(await publish(bob, i === 30 ? 'the and zither' : i % 2 ? 'the lute' : 'and the harp'))
    expect(await search(carla, 'the xylophone')).toEqual([old])
    expect(await search(carla, 'the zither')).toEqual([many[30]])
    expect((await search(carla, 'the')).length).toBe(61)
    expect((await search(carla, 'the harp and')).length).toBe(29)
    expect(await search(carla, 'lute harp')).toEqual([])
    // Once they are everywhere no more, what is older is still found.
    await world.db.query(`select setval(pg_get_serial_sequence('contribution', 'id'), 90000)`)
    for (let i = 0; i < 30; i++) many.push(await publish(bob, 'the end'))
    expect((await search(carla, 'the')).length).toBe(91)
    expect((await search(carla, 'the lute')).length).toBe(30)
  })
})

describe('what was written before, or by a version that knows nothing of this', () => {
  test('is indexed in the background, and found from then on', async () => {
    const db = world.db
    expect(await sayDue(db)).toBe(null)
    const id = await publish(alice, 'A platypus in Łódź', { title: 'Ornithorhynchus' }, 'discussion')
    const ids = `where id = ${id}`
    await db.query(`update contribution set words = 'An echidna in Gdańsk' ${ids}`)
    await db.query(`update users set real_name = 'Ludwika Żak' where id = ${bob.id}`)
    const { body: category } = await world.admin.post('/category/', { name: 'Before' })
    await db.query(`update category set name = 'Świt' where id = ${category.id}`)
    await db.query(`insert into contribution (kind, author_id, slug, html, summary, words, added_at, last_activity_at)
      values (1, ${bob.id}, 'by-another', '', '', 'Ptak Ćma ${'długi '.repeat(1_000)}', now(), now())`)
    await db.query(
      `update contribution_total set n = n + 1, uncommented = uncommented + 1 where kind = 1 and part = ${bob.id} % 16`,
    )
    await db.query(`update users set statuses = statuses + 1 where id = ${bob.id}`)
    expect(await sayDue(db)).toBe('1 members, 1 categories, 2 contributions')
    expect(await search(bob, 'cma')).toEqual([])
    // Two nodes at once.
    const done = await Promise.all([indexAll(world.kith), indexAll(world.kith)])
    expect(done[0] + done[1]).toBe(4)
    expect(await sayDue(db)).toBe(null)
    expect(await search(bob, 'cma dlugi')).toHaveLength(1)
    expect(await search(bob, 'gdansk', 'discussion')).toEqual([id])
    expect(await search(bob, 'ornithorhynchus', 'discussion')).toEqual([id])
    expect(await search(bob, 'platypus', 'discussion')).toEqual([])
    expect(await people(alice, 'user=zak')).toEqual(['bob'])
    const { body } = await alice.get('/category/search/?search=swit')
    expect(body.results.map((each: { id: number }) => each.id)).toEqual([category.id])
  })

  test('is not told as a change when it is indexed, nor when its author writes the same again', async () => {
    await world.told()
    await world.db.query(`update users set real_name = 'Zoë' where id = ${carla.id}`)
    await indexAll(world.kith)
    await carla.patch('/user/me/', { real_name: 'Zoë' })
    expect(await world.told()).toEqual([])
  })
})

describe('names', () => {
  test.each([
    [
      'Latin',
      [
        'zebra',
        'Ärger',
        'ARGO',
        'émile',
        'Eva',
        'Łukasz',
        'Luke',
        'Lukas',
        'Öl',
        'Item 10',
        'item 9',
        'Şule',
        'Åke',
        '7up',
        '_x',
      ],
    ],
    [
      'Cyrillic',
      ['Яна', 'Ірина', 'Іван', 'Євген', 'Емма', 'Ґалаґан', 'Гай', 'Ёлка', 'Жук', 'Ђорђе', 'Дана', 'Їжак', 'Ћира'],
    ],
    ['Greek', ['Ωμέγα', 'Άννα', 'Αλέξης', 'ΓΙΩΡΓΟΣ', 'Γιώργος Α', 'Έλλη']],
    ['Japanese', ['サクラ', 'さくら子', 'アオイ', 'あおき', 'ﾊﾅ', 'ひろし', 'フジ']],
    ['Thai', ['แก้ว', 'กานดา', 'เขียว', 'ขวัญ', 'ใจดี', 'จันทร์', 'ไพลิน', 'พร']],
    ['Hebrew', ['שרה', 'אָבִיגַיִל', 'אבנר', 'דוד', 'גיל']],
    ['Korean', ['한솔', '김', '나래', '가은', '박하늘']],
  ])('in %s are sorted as people sort them, numbers by what they count to', async (script, names) => {
    const salt = `sorted${script.toLowerCase()}`
    for (const [i, name] of names.entries()) await world.join(`${salt}${i}`, { real_name: name })
    const called = (results: unknown[]) => (results as { real_name: string }[]).map(({ real_name }) => real_name)
    const sorted = called((await walk(alice, `/user/?username=${salt}&ordering=real_name&limit=4`)).results)
    expect(sorted).toEqual(names.toSorted(new Intl.Collator('und', { numeric: true }).compare))
    const back = await walk(alice, `/user/?username=${salt}&ordering=-real_name&limit=3`)
    expect(called(back.results)).toEqual(sorted.toReversed())
  })

  test('of any length and script are walked through to the end', async () => {
    const longest = [
      '日'.repeat(255),
      '𝕏'.repeat(255),
      '"\\'.repeat(127),
      'ﷺ'.repeat(100),
      'ক্ষ'.repeat(200),
      '👍🏽'.repeat(255),
    ]
    for (const [i, name] of [...longest, ...longest].entries()) {
      const person = await world.join(`long${i}`, { real_name: name })
      expect(
        (await person.patch('/user/me/', { real_name: `${name}`, location: name.slice(0, 100).toWellFormed() })).status,
      ).toBe(200)
      const made = await world.admin.post('/category/', { name: `${[...name].slice(0, 90).join('')} ${i}` })
      expect(made.status, made.text).toBe(201)
    }
    for (const ordering of ['real_name', '-real_name', 'location', '-location', 'username'])
      expect((await walk(alice, `/user/?username=long&limit=1&ordering=${ordering}`)).results, ordering).toHaveLength(
        12,
      )
    const categories = await walk(alice, '/category/?limit=1')
    expect(new Set(categories.results.map(({ id }) => id)).size).toBe(categories.count)
    expect(categories.results).toHaveLength(categories.count)
  })
})
