import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { type Db, openDatabase } from '../../src/platform/db/database.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { createFragments, isSettled, joinPieces, marks, nameKind, readAt } from '../../src/platform/sql/fragments.ts'
import { registry } from '../../src/platform/sql/statement.ts'
import { openServers, type Servers } from '../../torture/servers.ts'
import { type Act, startDrawing, talking, wire } from '../contributions/model.ts'
import { loadSlices } from '../sql/dump.ts'
import { inFull, often, seedOr, within } from '../support/soak.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

const seed = seedOr(1_618_033)

let servers: Servers
let world: World
let other: Awaited<ReturnType<World['another']>>
let people: Person[]

beforeAll(async () => {
  // A server of its own: of rows that are written while others are at it, in any database of a server, nothing is kept.
  servers = await openServers()
  const { port, query } = await servers.primary('a')
  await query('create database kith')
  const url = `postgres://kith@127.0.0.1:${port}/kith`
  const root = openDatabase({ url }, () => {})
  await migrate(root.pool)
  await root.close()
  const database = { name: 'kith', url, connection: { url }, drop: async () => {} }
  // Each page is compared with what the database renders: one that differs is a 500.
  world = await createWorld({}, { database, compareFragments: true })
  other = await world.another()
  const { alice, bob, carla, admin } = world
  people = [alice, bob, carla, await world.join('dan'), await world.join('erin')]
  await admin.post('/category/', { name: 'News' })
  await admin.post('/category/', { name: 'Tea' })
  for (const name of ['gold', 'silver']) await admin.post('/tag/', { type: 'user', name, color: '#abcdef' })
  for (const who of people) {
    await who.post('/category/1/follow/')
    await who.post(`/user/${alice.id}/connection/request/`)
  }
  for (const who of [bob, carla]) await alice.post(`/user/${who.id}/connection/accept/`)
})
afterAll(async () => {
  await other?.end()
  await world?.end()
  await servers?.close()
})

const lists = [
  ...['status', 'post', 'discussion'].flatMap((kind) => [`/${kind}/`, `/${kind}/uncommented/`, `/${kind}/following/`]),
  ...['/feed/', '/feed/explore/', '/category/', '/category/1/feed/', '/category/1/followers/', '/category/followed/'],
  ...['/user/', '/user/me/connections/', '/user/connection/requests/', '/user/me/feed/', '/notification/'],
]

/** What changes rows that are shown within others, in ways that no act of members does, or few. */
const changes = [
  `update users set bio = bio || 'x' where id = (select max(id) from users)`,
  `update users set tag_ids = case when tag_ids = '{}' then '{1, 2}'::bigint[] else '{}' end where id % 2 = 1`,
  `update tag set name = name || 'x' where id = 1`,
  `update tag set visible = not visible where id = 2`,
  `update category set name = name || 'x', tag_ids = '{2}' where id = 1`,
  `update contribution set collapsed = not collapsed, categories = '{1, 2}' where id % 3 = 0`,
  'update comment set collapsed = not collapsed where id % 3 = 0',
  `update reaction set label = label || 'x' where id = 1`,
  `update public_address set base = 'https://' || length(base) || '.example'`,
  'update contribution set tag_ids = array[1]',
  // As a moment of bad luck would have it: the row is gone, and another has its id.
  `with gone as (delete from tag where id = 1 returning *) insert into tag overriding system value select * from gone`,
]

/** Draws acts and reads, each on either node. */
function startDoing(seed: number) {
  const byId = new Map(people.map((person) => [person.id, person]))
  const draw = startDrawing(seed, [...byId.keys()], talking)
  const things: { id: number; kind: 'status' | 'post' | 'discussion'; author: number }[] = []
  const said: { id: number; on: number; author: number }[] = []
  let drawn = seed
  const upTo = (n: number) => {
    drawn = (drawn * 48_271) % 2_147_483_647
    return drawn % n
  }
  const oneOf = <Each>(each: Each[]) => each[upTo(each.length)] as Each
  const anyBase = () => oneOf([world.base, other.base])
  return {
    async act() {
      if (upTo(3) === 0) return void (await world.db.query(oneOf(changes)).catch(() => {}))
      let act: Act = draw(things, undefined, said)
      while (act.does === 'leave' || 'tag' in act) act = draw(things, undefined, said)
      const { method, path, body } = wire(act)
      const who = byId.get(act.by) as Person
      const at = `${anyBase()}${path}`
      const {
        status,
        text,
        body: made,
      } = await (method === 'DELETE' ? who.delete(at) : who[method === 'PUT' ? 'put' : 'post'](at, body))
      expect(status, text).toBeLessThan(500)
      if (status !== 201) return
      if (act.does === 'create') things.push({ id: made.id, kind: act.kind, author: act.by })
      if (act.does === 'comment') said.push({ id: made.id, on: act.on, author: act.by })
    },
    async read() {
      const thing = things.length ? oneOf(things) : null
      const ofThing = thing
        ? [`/comment/?${thing.kind}=${thing.id}`, `/${thing.kind}/${thing.id}/related/`, `/${thing.kind}/${thing.id}/`]
        : []
      const ones = [...said.slice(-9).map(({ id }) => `/comment/${id}/`), ...people.map(({ id }) => `/user/${id}/`)]
      const path = oneOf([...lists, ...ofThing, ...ofThing, oneOf(ones)])
      const { status, text } = await oneOf([...people, world.admin, world.visitor]).get(`${anyBase()}${path}`)
      expect(status, `${path} ${text}`).toBeLessThan(500)
    },
  }
}

const found = () => {
  const [one, two] = [world.db.fragments?.figures, other.db.fragments?.figures]
  return { hits: (one?.hits ?? 0) + (two?.hits ?? 0), misses: (one?.misses ?? 0) + (two?.misses ?? 0) }
}

describe('what is kept of what is shown', () => {
  test(
    'is what the database renders, whatever was done on this node or the other',
    async () => {
      onTestFailed(() => console.error(`It failed with SEED=${seed}`))
      const { act, read } = startDoing(seed)
      for (let i = 0; i < often(150); i++) {
        await act()
        for (let j = 0; j < 5; j++) await read()
      }
      expect(found().hits).toBeGreaterThan(found().misses)
      // Nothing changed between a page and its fragments, and each page had what its rows named.
      expect([world.db.fragments?.figures.full, other.db.fragments?.figures.full]).toEqual([0, 0])
    },
    within(120_000),
  )

  test(
    'is so while others write',
    async () => {
      onTestFailed(() => console.error(`It failed with SEED=${seed}`))
      const { act, read } = startDoing(seed + 1)
      for (let i = 0; i < often(20); i++) await Promise.all([act(), act(), read(), act(), read(), read()])
    },
    within(120_000),
  )

  test('stays known when rows are frozen or locked, and is forgotten when they are written', async () => {
    const misses = async () => {
      const before = found().misses
      await world.alice.get('/user/me/connections/')
      return found().misses - before
    }
    await misses()
    for (const still of ['vacuum (freeze) users', 'select id from users for no key update'])
      expect([still, await world.db.query(still).then(misses)]).toEqual([still, 0])
    await world.db.query('update users set bio = bio')
    expect(await misses()).toBeGreaterThan(0)
    expect(await misses()).toBe(0)
  })

  test('is not used by a transaction, which has seen what nobody else has', async () => {
    expect(world.db.fragments).toBeDefined()
    expect(await world.db.transaction(async (tx) => tx.fragments)).toBeUndefined()
  })

  test('has a version that names each table it is made of, and no moment', async () => {
    await loadSlices()
    const tablesOf = async (sql: string, from: string) => {
      const tables = new Set<string>()
      const look = (node: Record<string, unknown>) => {
        if (typeof node['Relation Name'] === 'string') tables.add(node['Relation Name'])
        for (const each of Object.values(node)) if (typeof each === 'object' && each !== null) look(each as never)
      }
      const [row] = await world.db.query<{ 'QUERY PLAN': object[] }>(`explain (format json) select ${sql} ${from}`)
      look((row?.['QUERY PLAN'] ?? []) as never)
      return tables
    }
    // A table may write a row anew that all are made of, whenever it changes: also where it is restored or emptied.
    const along = await world.db.query<{ name: string }>(
      `select c.relname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
       where p.prosrc like '%update public_address set base = base;%' and t.tgenabled = 'A'
         and pg_get_triggerdef(t.oid) like '% AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON %'`,
    )
    expect(along).toEqual([{ name: 'tag' }])
    const views = [...registry].filter(([name]) => name.startsWith('fragments: '))
    expect(views.length).toBeGreaterThan(5)
    for (const [, { variants }] of views) {
      const all = [...variants()]
      for (const { key, compiled } of inFull ? all : all.slice(0, 2)) {
        const text = compiled.text.replaceAll('$1', `'{1}'`)
        const [, version = '', body = '', at = '', from = ''] =
          /^select .*? as id,\n([\s\S]*) as version,\n([\s\S]*) as body,\n([^\n]*) as at\n([\s\S]*)$/.exec(text) ?? []
        const [known, read] = [await tablesOf(`${version}, ${at}`, from), await tablesOf(body, from)]
        for (const { name } of along) known.add(name)
        expect([key, [...read].filter((table) => !known.has(table))]).toEqual([key, []])
        expect(body).not.toMatch(/\b(now|current_\w+|clock_timestamp|random)\b/)
      }
    }
  })
})

describe('a version', () => {
  test('tells rows apart only where none of the transactions meanwhile has the same 32 bits', () => {
    const round = 2 ** 32
    expect(isSettled([1_000], 1_001, 1_001 + 5)).toBe(true)
    // Written while others were at work that may still write.
    expect(isSettled([1_003], 1_001, 1_006)).toBe(false)
    // Of long ago, whose number comes round again.
    expect(isSettled([1_000], round + 990, round + 1_000)).toBe(true)
    expect(isSettled([1_000], round + 990, round + 1_001)).toBe(false)
    expect(isSettled([1_000], 1_001, round + 1_001)).toBe(false)
    expect(isSettled([1_000, 1_003], 1_001, 1_006)).toBe(false)
    expect(isSettled([2], 1_001, 1_002)).toBe(false)
  })

  test('is one of the server it was read from, since that runs', async () => {
    const fragments = createFragments(1_000_000)
    let [server, shared, asked, body] = ['one', 3, 0, '{"a":1}']
    const at = () => `10:10: ${server} ${shared}`
    const db: Db = {
      query: async <Row extends object>() => {
        asked++
        return [{ id: 7, version: '5', body, at: at() }] as Row[]
      },
    }
    const look = async () =>
      String(joinPieces((await fragments.fill('a list', db, '[\x02User \x1f7\x1f5\x03]', at())) ?? []))
    const kinds = [...registry.values()].find(({ name }) => name === 'fragments: User')?.variants() ?? []
    const key = [...kinds][0]?.key
    const named = async () =>
      String(joinPieces((await fragments.fill('a list', db, `[\x02${key}\x1f7\x1f5\x03]`, at())) ?? []))
    await expect(look()).rejects.toThrow('no fragments of the kind')
    expect([await named(), await named(), asked]).toEqual(['[{"a":1}]', '[{"a":1}]', 1])
    ;[server, body] = ['two', '{"a":2}']
    expect([await named(), asked]).toEqual(['[{"a":2}]', 2])
    // What all fragments share, as the address of the server, is a part of it.
    ;[shared, body] = [4, '{"a":3}']
    expect([await named(), await named(), asked]).toEqual(['[{"a":3}]', '[{"a":3}]', 3])
  })

  test('is read with the moment of the look', () => {
    expect(readAt('12:15:12,13 2026-11-28 base/5/1259 7-8')).toEqual({
      ...{ from: 12, to: 15 },
      ...{ place: '2026-11-28 base/5/1259', shared: '7-8' },
    })
    expect(() => readAt('12')).toThrow('when a statement looked')
  })
})

describe('a reference', () => {
  const source = { from: 'none', id: 'id', version: 'xmin' }
  nameKind('Outer', () => '', source)
  nameKind('Inner', () => '', source)
  const at = '10:10: one 3'
  const bodies: Record<string, string> = {
    Outer: `{"own":${marks.part},"inner":${marks.part}}`,
    Inner: '{"é":"…"}',
  }
  /** A database that renders fragments, of whatever version they are asked for. */
  const open = (version: (id: number) => string) => {
    const asked: string[] = []
    const db: Db = {
      query: async <Row extends object>(_text: string, values: unknown[] = [], name = '') => {
        asked.push(`${name} ${values}`)
        const body = bodies[name.replace('fragments: ', '')]
        return (values[0] as number[]).map((id) => ({ id, version: version(id), body, at })) as unknown as Row[]
      },
    }
    const fragments = createFragments(1_000_000)
    const fill = async (text: string) => {
      const pieces = await fragments.fill('a list', db, text, at)
      return pieces && String(joinPieces(pieces))
    }
    return { fill, asked, fragments }
  }
  const inner = (id: number, version: string) => `\x02Inner\x1f${id}\x1f${version}\x03`
  const outer = `\x02Outer\x1f1\x1f9\x1f"viewer's"\x1f${inner(2, '8-3:4')}\x03`

  test('gives way to what is kept, with what is the viewer’s within, and others in that', async () => {
    const { fill, asked, fragments } = open((id) => (id === 1 ? '9' : '8-3:4'))
    const filled = '[{"own":"viewer\'s","inner":{"é":"…"}},{"é":"…"}]'
    for (let i = 0; i < 2; i++) expect(await fill(`[${outer},${inner(2, '8-3:4')}]`)).toBe(filled)
    expect(asked).toEqual(['fragments: Outer 1', 'fragments: Inner 2'])
    expect(fragments.figures).toEqual({ hits: 3, misses: 3, full: 0 })
  })

  test('of another version than there is by now leaves the page to be asked for in full', async () => {
    const { fill, fragments } = open(() => '5')
    expect(await fill(`[${inner(2, '4')}]`)).toBeNull()
    expect(await fill(`[${inner(2, '5')}]`)).toBe('[{"é":"…"}]')
    // A version that begins as another does is another.
    expect([await fill(`[${inner(2, '55')}]`), fragments.figures.full]).toEqual([null, 2])
    expect(await fill(`[${inner(2, '5')},${inner(2, '4')}]`)).toBeNull()
  })

  test('of an id that is too large to be kept is never taken for another', async () => {
    const { fill } = open(() => '9')
    expect(await fill(`[${inner(2, '9')}]`)).toBe('[{"é":"…"}]')
    // Kinds have numbers in their order: this is the place of the one above.
    expect(await fill(`[\x02Outer\x1f${2 ** 34 + 2}\x1f9\x03]`)).toBeNull()
  })

  test('is asked for as long as what is kept has most of what pages show, and again once it has', async () => {
    const { fill, fragments } = open(() => '9')
    /** Pages of twenty of so many, one after the other: how many of them were worth asking for. */
    async function read(many: number, pages: number): Promise<number> {
      let worth = 0
      for (let page = 0; page < pages; page++) {
        if (!fragments.pays('a list')) continue
        worth++
        const some = Array.from({ length: 20 }, (_, i) => inner(((page * 20 + i) * 7919) % many, '9'))
        await fill(`[${some.join()}]`)
      }
      return worth
    }
    // A few thousand have room.
    expect(await read(1_000, 500)).toBe(500)
    await read(50_000, 2_000)
    expect(Math.abs((await read(50_000, 1_600)) - 100)).toBeLessThanOrEqual(1)
    expect(fragments.pays('another list')).toBe(true)
    await read(500, 4_000)
    expect(await read(500, 500)).toBe(500)
  })

  test('that has no end, or other parts than its fragment, is no reference', async () => {
    const { fill } = open(() => '9')
    await expect(fill(`[\x02Inner\x1f2\x1f9`)).rejects.toThrow('has no end')
    await expect(fill(`[${inner(2, '9')}\x03`)).rejects.toThrow('has not begun')
    await expect(fill(`[\x02Inner\x1f2\x1f9\x1f1\x03]`)).rejects.toThrow('1 parts, and 1 of the viewer')
  })
})
