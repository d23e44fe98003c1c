import { afterAll, beforeAll, expect, test } from 'vitest'
import { flatten } from '../../src/platform/sql/flatten.ts'
import { dice } from '../../torture/storm.ts'
import { seedOr } from '../support/soak.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

test('a view inside a view is one concat, and literals side by side are one', () => {
  expect(flatten(`select concat('{"id":', a.id, ',"user":', /* User */ concat('{"id":', u.id, '}'), '}') from a`)).toBe(
    `select concat('{"id":', a.id, /* User */ ',"user":{"id":', u.id, '}}') from a`,
  )
  expect(flatten(`concat(e'a\\x02', 'b\\c', '''', x)`)).toBe(`concat(e'a\\x02b\\\\c''', x)`)
})

test('what only looks like a call, or like a literal, stays', () => {
  for (const sql of [
    `select 'concat(concat(''a'', ''b''))' as x, "concat(" from y`,
    `concat('"' || x || '"', ',', a[1], f(1, 2), (concat('a')))`,
    `string_agg(concat('a', x), ',' order by x), concat_ws('a', concat('b', y))`,
    'select /* concat(concat( */ 1',
  ])
    expect(flatten(sql)).toBe(sql)
})

test('PostgreSQL gives the same of it, whatever is in it', async () => {
  const seed = seedOr(577_215)
  const roll = dice(seed)
  const oneOf = <T>(...all: T[]) => all[Math.floor(roll() * all.length)] as T
  const texts = [`'it''s'`, `'a\\b'`, `e'\\x02\\\\'`, `e'q\\'q'`, `', '`, `'('`, `'concat(''x'')'`, `'"'`, `''`]
  const draw = (deep: number): string => {
    const again = () => draw(deep + 1)
    const kind = deep > 4 ? roll() / 2 : roll()
    if (kind < 0.3) return oneOf(...texts)
    if (kind < 0.5) return oneOf('1', 'true', 'null', 'n.x', 'n.nothing', '/* a */ n.x', `n.x || ','`, 'n."a, b"')
    if (kind < 0.55) return `coalesce(${again()}::text, ${again()}::text)`
    if (kind < 0.6) return `(select ${again()})`
    const args = Array.from({ length: 1 + Math.floor(roll() * (deep ? 6 : 30)) }, again)
    return `${oneOf('', '/* View */ ')}concat(${args.join(oneOf(',', ', ', ',\n  '))})`
  }
  for (let i = 0; i < 150; i++) {
    const sql = `concat(${draw(0)}, ${draw(0)})`
    const [row] = await world.kith.db.query<{ before: string; after: string }>(
      `select ${sql} as before, ${flatten(sql)} as after
       from (select 7 as x, null::text as nothing, 'c' as "a, b") n`,
    )
    expect(row?.after, `SEED=${seed} ${sql}`).toBe(row?.before)
  }
})
