import { batchText, batchValues } from '../db/batch.ts'
import type { Db } from '../db/database.ts'
import { plannedEachTime } from '../db/prepared.ts'
import { type Lru, lru } from '../lru.ts'
import { writeArray } from './array.ts'
import { flatten } from './flatten.ts'
import { take } from './fork.ts'
import { takeReferred } from './referred.ts'
import { takeUsual } from './usual.ts'
import type { Rendering, Shown } from './view.ts'

/** PostgreSQL types of parameters and columns, and their types in TypeScript. */
type Types = {
  bigint: number
  int: number
  smallint: number
  float8: number
  'float8[]': (number | null)[]
  'smallint[]': (number | null)[]
  text: string
  '"char"': string
  boolean: boolean
  bytea: Buffer
  date: string
  json: unknown
  'bigint[]': number[]
  'int[]': number[]
  'text[]': string[]
  /** The place of a row. */
  tid: string
  /** Ranges of ids, as `writeRanges` spells them. */
  int8multirange: string
}
/** A moment is passed as a Date or as text from a row; it is read as PostgreSQL's text, never as a Date. */
type Parameters = Types & { timestamptz: Date | string; 'boolean[]': boolean[]; 'tid[]': (string | null)[] }
type Columns = Types & { timestamptz: string }

/** A type; with `?` the value may be null. */
type MayBeNull<Name> = Name | `${Name & string}?`
export type Takes = Record<string, MayBeNull<keyof Parameters>>
export type Gives = Record<string, MayBeNull<keyof Columns> | Shown>

type Read<Types, Name> = Name extends `${infer Bare}?` ? Types[Bare & keyof Types] | null : Types[Name & keyof Types]
export type Values<T extends Takes> = { [Name in keyof T]: Read<Parameters, T[Name]> }
export type Row<G extends Gives> = {
  [Name in keyof G]: G[Name] extends Shown<infer View> ? Rendering<View> : Read<Columns, G[Name]>
}

/** SQL of each parameter, by name. */
export type Placeholders<T extends Takes> = { [Name in keyof T]: string }

/**
 * What the text of a statement depends on besides its values. Objects in it have a `key` or a `name` that
 * distinguishes them.
 */
export type Variant = Record<string, unknown> | undefined

/**
 * Whether a variant is planned for the values of each run. Other statements are planned once for any values, since
 * planning is most of the cost of a large statement. Wanted if rare and common values need different plans.
 */
export type Planning<V> = { eachTime?: (variant: V) => boolean }

export type Declaration<T extends Takes, G extends Gives, V extends Variant> = Planning<V> & {
  /** Slice and purpose: the name of the statement in the dump, in `pg_stat_activity` and in errors. */
  name: string
  takes: T
  /** The columns of a row, in order; `shown(View)` is a column that holds what a view renders. */
  gives: G
  /** All possible variants, the usual one first. */
  variants?: () => Iterable<V>
  /** Whether it is also run for several sets of values at once: see `each`. No column of it is named n. */
  forEach?: boolean
  /** The text of one variant. Only our own names and texts go into it; what clients send is a parameter. */
  sql: ($: Placeholders<T>, variant: V) => string
}

type Rest<V> = V extends undefined ? [] : [variant: V]

export type Statement<T extends Takes, G extends Gives, V extends Variant> = {
  /** Runs it and returns its rows. */
  rows(db: Db, values: Values<T>, ...variant: Rest<V>): Promise<Row<G>[]>
  /** Runs it and returns the first row, if there is one. */
  row(db: Db, values: Values<T>, ...variant: Rest<V>): Promise<Row<G> | undefined>
  /** Runs it for several sets of values, one after the other within one statement. Returns the rows of each. */
  each(db: Db, sets: Values<T>[], ...variant: Rest<V>): Promise<Row<G>[][]>
}

/** Compiled texts kept per statement: filters of lists come in thousands of combinations. */
export const maxKept = 1_000

/** A text as PostgreSQL takes it, and the order of its values. */
export type Compiled = { text: string; names: string[] }

/** A statement for the check of all statements. Its variants (some 100,000 in all) are made one by one. */
export type Registered = {
  name: string
  gives: Gives
  /** Whether it is also run for several sets of values at once. */
  forEach?: boolean
  variants(): Iterable<{ key: string; readonly compiled: Compiled }>
}

/** Every statement of every loaded slice, by name. */
export const registry = new Map<string, Registered>()

/** A parameter in a text that is not compiled yet. */
const mark = (name: string) => `«${name}»`

/** SQL of every parameter: a mark, which becomes `$n` once it is known which are used. */
export const placeholders = <T extends Takes>(takes: T): Placeholders<T> =>
  Object.fromEntries(Object.keys(takes).map((name) => [name, mark(name)])) as Placeholders<T>

/**
 * Numbers the parameters that a text uses, each with its type, in the order of their first use. Views in it are
 * rendered in full, and it is the text for anything.
 */
export function compile(text: string, takes: Takes, eachTime = false): Compiled {
  const names: string[] = []
  const numbered = takeReferred(take('full', takeUsual(false, text).sql)).replace(/«(\w+)»/g, (_, name: string) => {
    const type = takes[name]
    if (type === undefined) throw new Error(`The parameter ${name} is not declared`)
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}::${type.replace('?', '')}`
  })
  const flat = flatten(numbered)
  return { text: eachTime ? plannedEachTime + flat : flat, names }
}

/** A value as it is sent to the database. */
const encode = (value: unknown) =>
  value instanceof Date ? value.toISOString() : Array.isArray(value) ? writeArray(value) : value

export const valuesOf = ({ names }: Compiled, values: Record<string, unknown>): unknown[] =>
  names.map((name) => encode(values[name]))

/** The name of a variant among those of its statement. */
export function keyOf(variant: Variant): string {
  let key = ''
  for (const name in variant) key += `${name}=${partOf(variant[name])} `
  return key.trimEnd()
}

function partOf(part: unknown): string {
  if (Array.isArray(part)) return part.map(partOf).join(',')
  if (typeof part !== 'object' || part === null) return String(part)
  const { key, name } = part as { key?: string; name?: string }
  const known = key ?? name
  if (known === undefined) throw new Error('An object of a variant has neither key nor name')
  return known
}

/**
 * Declares a statement. Its parameters have names and types, and SQL fragments receive them; its rows have the types
 * of its columns. It is compiled once per variant and prepared by the database from then on.
 *
 * Every statement registers itself: `test/sql` prepares each in every variant against a migrated database, compares
 * its columns with `gives`, and its text with the dump in `sql/`.
 */
export function statement<const T extends Takes, const G extends Gives, V extends Variant = undefined>(
  declaration: Declaration<T, G, V>,
): Statement<T, G, V> {
  const { name, takes, gives, sql, eachTime, forEach = false, variants = () => [undefined as V] } = declaration
  const $ = placeholders(takes)
  let known: Lru<string, Compiled> | undefined

  function compiledFor(variant: V): Compiled {
    const key = keyOf(variant)
    known ??= lru(maxKept)
    let compiled = known.get(key)
    if (!compiled) {
      compiled = compile(sql($, variant), takes, eachTime?.(variant))
      known.set(key, compiled)
    }
    return compiled
  }

  register({
    name,
    gives,
    forEach,
    *variants() {
      for (const variant of variants())
        yield {
          key: keyOf(variant),
          get compiled() {
            return compiledFor(variant)
          },
        }
    },
  })

  const rows: Statement<T, G, V>['rows'] = (db, values, ...[variant]) => {
    const compiled = compiledFor(variant as V)
    return db.query<Row<G>>(compiled.text, valuesOf(compiled, values), name)
  }
  const each: Statement<T, G, V>['each'] = async (db, sets, ...variant) => {
    if (sets.length === 1) return [await rows(db, sets[0] as Values<T>, ...variant)]
    const compiled = compiledFor(variant[0] as V)
    const text = forEach ? batchText(compiled.text) : null
    if (text === null) throw new Error(`"${name}" is not run for several sets of values at once`)
    const found: Row<G>[][] = sets.map(() => [])
    const values = batchValues(sets.map((set) => valuesOf(compiled, set)))
    for (const row of await db.query<Row<G> & { n: number }>(text, values, name)) found[row.n - 1]?.push(row)
    return found
  }
  return { rows, row: async (...given) => (await rows(...given))[0], each }
}

/** Registers a statement for the check. Two of one name would hide each other. */
export function register(registered: Registered): void {
  if (registry.has(registered.name)) throw new Error(`Two statements are named "${registered.name}"`)
  registry.set(registered.name, registered)
}
