import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person

beforeAll(async () => {
  world = await createWorld()
  alice = await world.join('ann')
  bob = await world.join('ben')
})
afterAll(() => world.end())

/** The next contribution has this id, as if so many had been published before. */
const nextId = (id: number) =>
  world.db.query(`select setval(pg_get_serial_sequence('contribution', 'id'), $1, false)`, [id])

/** Where the part number i of a list that is cut into such lengths begins and ends. */
const spanOf = (lengths: number[], i: number, length: number): [number, number] => {
  const begins = lengths.slice(0, i).reduce((sum, each) => sum + each, 0)
  return [begins, begins + length]
}

const idsOf = ({ results }: { results: { id: number }[] }) => results.map(({ id }) => id)

describe('among very many contributions', () => {
  test('a search finds what is old, wherever it lies, and of the same rank the newest first', async () => {
    const ids: number[] = []
    // The last volume is 300: those at which one look ends and the next begins, and those beside them.
    for (const back of [300, 299, 256, 255, 254, 192, 191, 190, 128, 127, 126, 64, 63, 62, 8, 7, 6, 3, 2, 1, 0]) {
      await nextId((300 - back) * 4_096 + 1 + (back % 4_000))
      const { body } = await alice.post('/status/', { text: `<p>A quokka again</p>` })
      ids.push(body.id)
      await alice.post('/post/', { text: '<p>A quokka</p>' })
      await alice.post('/status/', { text: '<p>Nothing</p>' })
    }
    const { body } = await bob.get('/status/search/?search=quok%20AGAIN&limit=100')
    expect(body.count).toBe(ids.length)
    expect(idsOf(body)).toEqual(ids.toReversed())
    const pages: number[] = []
    for (let next = '/status/search/?search=quokka&limit=4'; next; ) {
      const page = await bob.get(next.replace(/^.*\/api\/v2/, ''))
      pages.push(...idsOf(page.body))
      next = page.body.next
    }
    expect(pages).toEqual(ids.toReversed())
    expect((await bob.get('/post/search/?search=quokka')).body.count).toBe(ids.length)
    expect((await bob.get('/status/search/?search=quokkas')).body.count).toBe(0)
  })

  test('what is related is the newest in any of the same categories, each once, a hundred at most', async () => {
    const [birds, boats] = [
      await world.admin.post('/category/', { name: 'Birds' }),
      await world.admin.post('/category/', { name: 'Boats' }),
    ]
    const [a, b] = [birds.body.id, boats.body.id] as [number, number]
    const publish = async (categories: number[], by = alice, kind = 'status') =>
      (await by.post(`/${kind}/`, { text: '<p>Hello</p>', categories })).body.id as number
    const old = await publish([a])
    const both = await publish([a, b])
    const carla = await world.join('cleo')
    const hers = await publish([b], carla)
    await publish([b], alice, 'post')
    await publish([])
    const newest = await publish([b])
    expect((await bob.get(`/status/${old}/related/`)).body).toMatchObject({ count: 1 })
    const related = async () => idsOf((await bob.get(`/status/${both}/related/`)).body)
    expect(await related()).toEqual([newest, hers, old])
    await bob.post(`/user/${carla.id}/hide/`)
    expect(await related()).toEqual([newest, old])
    expect((await alice.delete(`/status/${newest}/`)).status).toBe(204)
    expect(await related()).toEqual([old])
    for (let i = 0; i < 105; i++) await publish([a])
    const { body } = await bob.get(`/status/${both}/related/?limit=100`)
    expect([body.count, body.results.length]).toEqual([100, 100])
  })

  test('a page ends before its texts are heavy, and the next goes on where it ended', async () => {
    const dora = await world.join('dora')
    const ids: number[] = []
    for (let i = 0; i < 9; i++) ids.unshift((await dora.post('/discussion/', { title: `T${i}`, text: 'Hi' })).body.id)
    // The fifth alone weighs more than a page may.
    const [heavy, heaviest] = [ids.filter((_, i) => i < 4), [ids[4]]]
    await world.db.query(`update contribution set html = repeat('x', 400000) where id = any($1)`, [heavy])
    await world.db.query(`update contribution set html = repeat('x', 1200000) where id = any($1)`, [heaviest])
    const pages: number[][] = []
    let offset = 0
    let last = ''
    for (let next = '/discussion/?limit=5'; next; ) {
      const { body } = await bob.get(next)
      pages.push(idsOf(body))
      offset += body.results.length
      if (body.next) expect(new URL(body.next).searchParams.get('offset')).toBe(String(offset))
      expect(body.count).toBe(9)
      last = body.previous
      next = body.next
    }
    const cut = (...lengths: number[]) => lengths.map((n, i) => ids.slice(...spanOf(lengths, i, n)))
    expect(pages).toEqual(cut(2, 2, 1, 4))
    // Walking back, too, nothing is left out.
    const seen = new Set(pages.at(-1))
    for (let previous = last; previous; ) {
      const { body } = await bob.get(previous)
      expect(body.results.length).toBeGreaterThan(0)
      for (const id of idsOf(body)) seen.add(id)
      previous = body.previous
    }
    expect([...seen].sort()).toEqual([...ids].sort())
    // A bare offset leads to the same rows.
    expect(idsOf((await bob.get('/discussion/?limit=5&offset=3')).body)).toEqual(ids.slice(3, 4))
  })
})
