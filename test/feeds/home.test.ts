import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { inFull, within } from '../support/soak.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

/** A community made by chance, and every feed of it read by the rules in words, with all there is at hand. */
const kinds = ['status', 'post', 'discussion'] as const
type Thing = {
  id: number
  kind: (typeof kinds)[number]
  author: Person
  categories: number[]
  at: number
  active: number
}

let world: World
let people: Person[]
const things: Thing[] = []
const deleted = new Set<Thing>()
/** Pairs of ids: connected (both ways), the first follows or hides the second, the first has hidden the thing. */
const connected = new Set<string>()
const followed = new Set<string>()
const hides = new Set<string>()
const hidden = new Set<string>()
const categories: { id: number; above: number[]; followers: Set<number> }[] = []

let state = 20_261_128
const chance = (n: number) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
  return (state >> 8) % n
}
const any = <Each>(from: readonly Each[]): Each => from[chance(from.length)] as Each
const pair = (one: { id: number }, other: { id: number }) => `${one.id} ${other.id}`

beforeAll(async () => {
  world = await createWorld()
  people = await Promise.all(Array.from({ length: 6 }, (_, i) => world.join(`reader_${i}`)))
  for (let i = 0; i < 6; i++) {
    const above = i > 3 ? [categories[i - 3]?.id as number] : []
    const { body } = await ok(world.admin.post('/category/', { name: `Category ${i}`, parents: above }))
    categories.push({ id: body.id, above, followers: new Set() })
  }
  for (const one of people.slice(1))
    for (const other of people)
      if (other.id < one.id && chance(3) === 0) {
        await ok(one.post(`/user/${other.id}/connection/request/`))
        await ok(other.post(`/user/${one.id}/connection/accept/`))
        connected.add(pair(one, other)).add(pair(other, one))
      }
  // The last follows no category.
  for (const one of people.slice(0, -1))
    for (const category of categories)
      if (chance(3) === 0) {
        await ok(one.post(`/category/${category.id}/follow/`))
        category.followers.add(one.id)
      }
  for (let i = 0; i < (inFull ? 200 : 100); i++) {
    const kind = any(kinds)
    const author = any(people)
    const chosen = chance(3) ? [...new Set([any(categories), any(categories)])] : []
    world.pass(1_000)
    const named = { text: `Number ${i}`, title: `Number ${i}`, categories: chosen.map(({ id }) => id) }
    const { body } = await ok(author.post(`/${kind}/`, named))
    const all = [...new Set(chosen.flatMap(({ id, above }) => [id, ...above]))]
    things.push({ id: body.id, kind, author, categories: all, at: i, active: i })
  }
  for (const thing of things) if (chance(2)) thing.active = 1_000 + chance(100)
  await world.db.query(
    `update contribution set last_activity_at = to_timestamp(4e9 + a.active)
     from unnest($1::bigint[], $2::int[]) a (id, active) where contribution.id = a.id`,
    [things.map(({ id }) => id), things.map(({ active }) => active)],
  )
  for (const thing of things.filter(() => chance(15) === 0)) {
    await ok(thing.author.delete(`/${thing.kind}/${thing.id}/`))
    deleted.add(thing)
  }
  for (let i = 0; i < 20; i++) {
    const [who, thing] = [any(people), any(things)]
    if (deleted.has(thing) || hidden.has(pair(who, thing))) continue
    await ok(who.post(`/${thing.kind}/${thing.id}/hide/`))
    hidden.add(pair(who, thing))
  }
  for (const [one, other] of [
    [people[0], people[5]],
    [people[3], people[4]],
  ] as [Person, Person][]) {
    await ok(one.post(`/user/${other.id}/hide/`))
    hides.add(pair(one, other))
  }
}, within(60_000))
afterAll(() => world.end())

const apart = (one: Person, other: Person) => hides.has(pair(one, other)) || hides.has(pair(other, one))

type Rules = { mode: 'friendship' | 'follow' | 'neither'; without?: Thing['kind'] }

const isThere = (thing: Thing, who: Person, { without }: Rules) =>
  !deleted.has(thing) && !apart(who, thing.author) && !hidden.has(pair(who, thing)) && thing.kind !== without

function isForMe(thing: Thing, who: Person, { mode }: Rules): boolean {
  const known = { friendship: connected, follow: followed, neither: new Set() }[mode]
  return (
    thing.author.id === who.id ||
    known.has(pair(who, thing.author)) ||
    categories.some(({ id, followers }) => followers.has(who.id) && thing.categories.includes(id))
  )
}

const sorted = (some: Thing[], order: string) =>
  [...some].sort((a, b) => (order === 'recent' ? b.at - a.at : b.active - a.active || b.id - a.id)).map(({ id }) => id)

type Unit = { type: string } & Record<string, { id: number }>
const idsOf = (results: unknown[]) => (results as Unit[]).map((unit) => (unit[unit.type] as { id: number }).id)

/** All pages of a feed. */
const read = async (who: Person, path: string, limit: number): Promise<number[]> =>
  idsOf((await walk(who, `${path}&limit=${limit}`)).results)

/** From an offset on, back to the beginning: what was read the other way. */
async function readBack(who: Person, path: string, ids: number[], limit: number): Promise<void> {
  let at = Math.min(ids.length, 45)
  let { body } = await who.get(`${path}&limit=${limit}&offset=${at}`)
  expect(idsOf(body.results)).toEqual(ids.slice(at, at + limit))
  while (body.previous) {
    ;({ body } = await who.get(body.previous))
    const shown = idsOf(body.results)
    expect(shown).toEqual(ids.slice(body.previous ? at - shown.length : 0, body.previous ? at : shown.length))
    at -= shown.length
  }
}

/** What counters say decides how a page is found: none but oneself, as it is, more than can be compared. */
const counters = {
  few: 'connections = 0, followings = 0, categories = 0',
  kept: 'connections = connections',
  many: 'connections = 5000, followings = 5000, categories = 1',
}

async function compare(rules: Rules, limits: Record<keyof typeof counters, number>): Promise<void> {
  // In full everybody reads; else half of them in one mode, the other half in the other.
  const readers = people.filter((_, i) => inFull || i % 2 === Number(rules.mode === 'friendship'))
  // As in a community of very many: the newest that are gone through are not all there is.
  const grow = (n: number) => world.db.query('update contribution_total set n = n + $1', [n])
  await grow(100_000)
  const kept = await world.db.query('select id, connections, followings, categories from users')
  for (const [counted, set] of Object.entries(counters)) {
    await world.db.query(`update users set ${set}`)
    for (const who of readers)
      for (const order of ['recent', 'last_activity']) {
        const there = things.filter((thing) => isThere(thing, who, rules) && isForMe(thing, who, rules))
        const [path, limit] = [`/feed/?ordering=${order}`, limits[counted as keyof typeof counters]]
        const ids = sorted(there, order)
        expect(await read(who, path, limit), `${counted} ${who.username} ${order}`).toEqual(ids)
        await readBack(who, path, ids, limit)
      }
    for (const { id, ...counts } of kept as { id: number }[])
      await world.db.query(
        `update users set ${Object.entries(counts).map(([name, n]) => `${name} = ${n}`)} where id = ${id}`,
      )
  }
  await grow(-100_000)
  // And as in one of few.
  for (const who of readers) {
    const there = things.filter((thing) => isThere(thing, who, rules) && isForMe(thing, who, rules))
    expect(await read(who, '/feed/?ordering=recent', 9), who.username).toEqual(sorted(there, 'recent'))
  }
}

describe('the home feed of everybody in a community made by chance', () => {
  test('is what friends, categories and oneself have published, page by page', { timeout: 60_000 }, async () => {
    await compare({ mode: 'friendship' }, { few: 21, kept: 16, many: 26 })
  })

  test('is what one follows in follow mode, and has only kinds that there are', { timeout: 60_000 }, async () => {
    await world.set({ follow_enabled: true })
    for (const one of people)
      for (const other of people)
        if (one !== other && chance(4) === 0 && !apart(one, other)) {
          await ok(one.post(`/user/${other.id}/follow/`))
          followed.add(pair(one, other))
        }
    await world.set({ status_type_enabled: false })
    await compare({ mode: 'follow', without: 'status' }, { few: 20, kept: 25, many: 30 })
    await world.set({ status_type_enabled: true, follow_enabled: false })
  })

  test('is what categories have, and oneself, where nobody connects', async () => {
    await world.set({ connection_enabled: false })
    const who = people[1] as Person
    const there = things.filter(
      (thing) => isThere(thing, who, { mode: 'neither' }) && isForMe(thing, who, { mode: 'neither' }),
    )
    expect(await read(who, '/feed/?ordering=recent', 50)).toEqual(sorted(there, 'recent'))
    await world.set({ connection_enabled: true })
  })
})

test('the explore feed has all that is there for each, and counts it', async () => {
  for (const who of [...people, world.visitor]) {
    const there = things.filter((thing) => isThere(thing, who, { mode: 'friendship' }))
    for (const order of ['recent', 'last_activity']) {
      const { count, results } = await walk(who, `/feed/explore/?ordering=${order}&limit=90`)
      expect(idsOf(results)).toEqual(sorted(there, order))
      expect(count).toBe(there.length)
    }
  }
})

test("a member's feed has all that they have published, and counts it", async () => {
  for (const who of [...people.slice(0, 2), world.visitor])
    for (const author of people) {
      if (apart(who, author)) {
        expect((await who.get(`/user/${author.id}/feed/`)).status).toBe(403)
        continue
      }
      const there = things.filter((thing) => thing.author === author && isThere(thing, who, { mode: 'friendship' }))
      const { count, results } = await walk(who, `/user/${author.id}/feed/?limit=30`)
      expect(idsOf(results)).toEqual(sorted(there, 'recent'))
      expect(count).toBe(there.length)
    }
})
