import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '../../src/platform/db/database.ts'
import { createFragments, joinPieces, marks } from '../../src/platform/sql/fragments.ts'
import {
  namesSome,
  type Referred,
  referred,
  referring,
  signs,
  tablesOf,
  tablesSql,
  takeReferred,
} from '../../src/platform/sql/referred.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'

const entries: Referred['entries'] = (ids, viewer) => `shown of ${ids} to ${viewer}`
const cheeses = referred({ name: 'test: cheeses', all: false, entries })
const wines = referred({ name: 'test: wines', all: true, entries })
const cheesesOf = referring(cheeses, 'test: cheese board', (raw, page) => {
  for (const id of raw.split(' ').map(Number))
    if (page.has(id)) page.thing(id)
    else page.json('-')
})
const winesOf = referring(wines, 'test: wine list', (raw, page) => {
  if (page.has(Number(raw))) page.thing(Number(raw))
  else page.json('null')
})

describe('what rows of a page name', () => {
  test('is rendered by PostgreSQL where a list does not say so', () => {
    const sql = `select ${cheesesOf('c.cheeses', `(${winesOf('c.wine', 'wine')})`)} from c ${namesSome(cheeses, 'c.cheeses', '$1')}`
    expect(takeReferred(sql)).toBe('select (wine) from c ')
    expect(takeReferred(sql, ['test: wines'])).toBe(
      `select (concat(e'\\x06test: wine list\\x1f', c.wine, e'\\x03')) from c `,
    )
    expect(takeReferred(sql, ['test: cheeses'])).toBe(
      `select concat(e'\\x06test: cheese board\\x1f', c.cheeses, e'\\x03') from c `,
    )
  })

  test('is asked for once, by the ids that the page has', () => {
    const tables = tablesOf(
      `join c ${namesSome(cheeses, 'c.cheeses', '«viewer»')} join w ${namesSome(wines, null, '$1')}`,
    )
    expect(tables.map(({ table, ids, viewer }) => [table.name, ids, viewer])).toEqual([
      ['test: cheeses', 'c.cheeses', '«viewer»'],
      ['test: wines', '', '$1'],
    ])
    expect(tablesSql(tables, (i) => `ids${i}`)).toMatch(
      /^concat\('test: cheeses', .*\(shown of ids0 to «viewer»\) e\), e'\\x1d', 'test: wines', .*\(shown of ids1 to \$1\) e\)\)$/,
    )
    expect(tablesSql([], String)).toBe('null::text')
  })

  /** What a row with these fields becomes, on a page with these tables. */
  async function fill(row: string, tables: string): Promise<string | null> {
    const at = '5:5: 2026-11-30 09:00:00+00 base/1/2 '
    const pieces = await createFragments(1_000_000).fill('test', {} as Db, row, at, { tables })
    return pieces && String(joinPieces(pieces))
  }
  const named = (field: string, raw: string) => `${signs.named}${field}${marks.part}${raw}${marks.end}`
  const tableOf = (name: string, things: Record<number, string>) =>
    name +
    Object.entries(things)
      .map(([id, text]) => `${signs.entry}${id}${marks.part}${text}`)
      .join('')

  test('stands wherever a row names it, and is left out where it is not there', async () => {
    const tables = [tableOf('test: cheeses', { 1: 'brie', 2: '' }), tableOf('test: wines', { 7: 'port' })].join(
      signs.table,
    )
    const row = (cheese: string, wine: string) =>
      `[${named('test: cheese board', cheese)},${named('test: wine list', wine)}]`
    expect(await fill(row('1 2 1', '7'), tables)).toBe('[brie-brie,port]')
    expect(await fill(row('1', '8'), tables)).toBe('[brie,null]')
  })

  test('has the page rendered in full where the page should have had it', async () => {
    expect(await fill(named('test: cheese board', '1 3'), tableOf('test: cheeses', { 1: 'brie' }))).toBeNull()
  })

  test('is a fault where the page has no such table', async () => {
    await expect(fill(named('test: wine list', '7'), tableOf('test: cheeses', { 1: 'brie' }))).rejects.toThrow(
      'There is no table for test: wine list',
    )
  })
})

describe('a list of posts', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({}, { compareFragments: true })
  })
  afterAll(() => world?.end())

  test('has categories in the order in which they were given, as each reader follows them, and reactions by how often', async () => {
    const { alice, bob, carla, admin } = world
    const names = ['Cheese', 'Wine', 'Bread']
    const ids: number[] = []
    for (const name of names) ids.push((await ok(admin.post('/category/', { name }))).body.id)
    await ok(bob.post(`/category/${ids[1]}/follow/`))
    const { id } = (await ok(alice.post('/post/', { text: 'Supper', categories: [ids[2], ids[0], ids[1]] }))).body
    await ok(alice.post('/post/', { text: 'Nothing', categories: [ids[0]] }))
    await ok(bob.post(`/post/${id}/vote/`, { reaction: 3 }))
    await ok(carla.post(`/post/${id}/vote/`))
    await ok(admin.post(`/post/${id}/vote/`, { reaction: 3 }))
    const read = async (who: World['bob']) => {
      const { body } = await ok(who.get('/post/?ordering=added_at'))
      type Named = { id: number; name: string; followed: boolean }
      type Post = { categories: Named[]; reactions_count: { count: number; reaction: Named }[]; reaction: Named | null }
      return body.results.map(({ categories, reactions_count, reaction }: Post) => [
        categories.map(({ name, followed }) => `${name} ${followed}`),
        reactions_count.map(({ count, reaction }) => [count, reaction.id]),
        reaction?.id ?? null,
      ])
    }
    const reactions = [
      [2, 3],
      [1, 1],
    ]
    expect(await read(bob)).toEqual([
      [['Bread false', 'Cheese false', 'Wine true'], reactions, 3],
      [['Cheese false'], [], null],
    ])
    expect(await read(carla)).toEqual([
      [['Bread false', 'Cheese false', 'Wine false'], reactions, 1],
      [['Cheese false'], [], null],
    ])
  })
})
