import type { TObject, TSchema } from 'typebox'
import Type from '../schema.ts'
import { fork, isForked, take } from './fork.ts'
import { nameKind, type Pieces, registerKinds, type Source, written } from './fragments.ts'

/** A field of a view: its schema, and the SQL expression that yields it. */
export type Field<Flags> = {
  schema: TSchema
  /** `viewer` is SQL of the id of the member who looks. */
  sql: string | ((flags: Flags, viewer: string) => string)
  /** How the expression becomes JSON text. `json` is JSON text already; `word` is text that needs no escaping. */
  kind: 'number' | 'boolean' | 'text' | 'word' | 'json'
  /** The field is missing from answer and statement unless this holds. */
  when?: (flags: Flags) => boolean
  /** A column that holds this field rendered, among others, as comma-separated `"key":value`. */
  kept?: string
  /** Its value differs by viewer, so it is in no fragment. A nested view with fragments has its own. */
  own?: true
}

declare const shows: unique symbol
/**
 * SQL that renders one of the named views, and the JSON text it yields. The name keeps one view from passing for
 * another.
 */
export type Rendering<Name extends string = string> = string & { readonly [shows]: Name }
/** The same text in pieces, cached ones among them. */
export type Rendered<Name extends string = string> = Pieces & { readonly [shows]: Name }

/** A name and a schema. */
export type Shape<Name extends string = string> = { name: Name; schema: TSchema }

/** What one audience sees of a thing. Its SQL renders exactly the fields of its schema. */
export type View<Flags, Name extends string = string> = {
  name: Name
  fields: Record<string, Field<Flags>>
  schema: TObject
  fragments?: Keeping<Flags>
}

/** How the part of a view that everybody sees alike is cached in the process. */
type Keeping<Flags> = Omit<Source, 'from'> & {
  /** SQL of the row, under the name its fields read; `holds` says whether `depends` is true. */
  from(holds: 'true' | 'false'): string
  /** SQL of a condition on the viewer that common fields depend on: both results are cached. */
  depends?: string
  /** Every possible combination of flags. */
  flags: () => Iterable<Flags>
}

/** Names a schema that no view has. */
export const shape = <const Name extends string>(name: Name, schema: TSchema): Shape<Name> => ({ name, schema })

/** An array of things of one shape. */
export const arrayOf = <Name extends string>({ name, schema }: Shape<Name>): Shape<`${Name}[]`> => ({
  name: `${name}[]`,
  schema: Type.Array(schema),
})

/** The type of a column that holds one of these shapes, for the `gives` of a statement. */
export type Shown<Name extends string = string> = { shows: readonly Name[] }
export const shown = <Name extends string>(...shapes: { name: Name }[]): Shown<Name> => ({
  shows: shapes.map(({ name }) => name),
})

/**
 * `view` for fields that depend on flags of this type. A view's name becomes the schema's name in the API
 * description, and the type of everything it renders. `others` is the schema of fields with unknown names, if there
 * are any.
 */
export const viewsOf =
  <Flags>() =>
  <const Name extends string>(
    name: Name,
    description: string,
    fields: Record<string, Field<Flags>>,
    others: TSchema | false = false,
  ): View<Flags, Name> =>
    declareView(name, description, fields, others)

/** Marks a field as the viewer's own. */
export const own = <F>(field: Field<F>): Field<F> => ({ ...field, own: true })

/**
 * Caches the part of a view that everybody sees alike: lists then ask the database only for row versions and the
 * viewer's own fields. A field that reads the viewer without being marked as own makes its statement fail.
 */
export function inFragments<Flags, Name extends string>(
  view: View<Flags, Name>,
  keeping: Omit<Keeping<Flags>, 'from'> & { from: string | Keeping<Flags>['from'] },
): View<Flags, Name> {
  const { from } = keeping
  view.fragments = { ...keeping, from: typeof from === 'string' ? () => from : from }
  registerKinds(view.name, function* () {
    for (const flags of keeping.flags()) for (const { name } of kindsOf(view, flags)) yield name
  })
  return view
}

/**
 * SQL of the version of what is made from a row and others.
 * @param others SQL of their versions
 */
export const versionSql = (row: string, ...others: string[]) => `concat(${[`${row}.xmin`, ...others].join(", '-', ")})`

/** The name of a set of flags. */
function flagsName(flags: unknown): string {
  if (typeof flags !== 'object' || flags === null) return flags === null ? '' : String(flags)
  if ('key' in flags) return String(flags.key)
  return Object.values(flags).map(flagsName).join(' ')
}

/** The kinds of fragments of a view with given flags: one, or one for each value of `depends`. */
function kindsOf<Flags>(view: View<Flags>, flags: Flags) {
  const { from, id, version, depends } = view.fragments as Keeping<Flags>
  const answers = depends ? (['true', 'false'] as const) : (['false'] as const)
  return answers.map((holds) => {
    const name = [view.name, flagsName(flags), depends && holds === 'true' ? 'otherwise' : ''].join(' ').trim()
    nameKind(name, () => bodySql(view, flags), { from: from(holds), id, version })
    return { name, holds }
  })
}

/** SQL of the name of a kind. */
function kindSql<Flags>(view: View<Flags>, flags: Flags): string {
  const [one, other] = kindsOf(view, flags)
  return other ? `case when ${view.fragments?.depends} then '${one?.name}' else '${other.name}' end` : `'${one?.name}'`
}

/** Whether a field is left out of fragments. */
const isOwn = <Flags>({ own, sql }: Field<Flags>, flags: Flags, viewer: string) =>
  own || isForked(typeof sql === 'string' ? sql : sql(flags, viewer))

/** SQL of the part of a view that everybody sees alike, with separators where something is the viewer's own. */
function bodySql<Flags>(view: View<Flags>, flags: Flags): string {
  // There is no viewer here: a field that reads one is not common to everybody.
  const parts = partsOf(view, flags, '«viewer»')
  return concatSql(parts.map((part) => (isPlain(part) ? part : { literal: written.part })))
}

/** SQL of a reference to a view's fragment, and of the viewer's own parts. */
function referenceSql<Flags>(view: View<Flags>, flags: Flags, viewer: string): string {
  const { id, version } = view.fragments as Keeping<Flags>
  const parts = partsOf(view, flags, viewer)
  return concatSql([
    { literal: written.begin },
    kindSql(view, flags),
    { literal: written.part },
    id,
    { literal: written.part },
    version,
    ...parts.flatMap((part) => (isPlain(part) ? [] : [{ literal: written.part }, take('light', part.own)])),
    { literal: written.end },
  ])
}

/** Declares a view whose fields are always the same. */
export const plainView = viewsOf<unknown>()

function declareView<Flags, Name extends string>(
  name: Name,
  description: string,
  fields: Record<string, Field<Flags>>,
  others: TSchema | false,
): View<Flags, Name> {
  const properties: Record<string, TSchema> = {}
  for (const [key, field] of Object.entries(fields)) {
    properties[key] = field.when ? Type.Optional(field.schema) : field.schema
  }
  return {
    name,
    fields,
    schema: Type.Object(properties, { $id: name, description, additionalProperties: others }),
  }
}

/** SQL of the array of rendered rows. */
export const arraySql = <Name extends string>(shape: { name: Name }, rendered: string, order: string) =>
  renderingOf({ name: `${shape.name}[]` as const }, `concat('[', string_agg(${rendered}, ',' order by ${order}), ']')`)

/** SQL of an expression as JSON text. A field of a view is null in PostgreSQL only if the client may get null. */
function jsonSql({ kind, schema }: Pick<Field<never>, 'kind' | 'schema'>, sql: string): string {
  const written = {
    number: isNullable(schema) ? `(${sql})::text` : sql,
    boolean: `case when ${sql} then 'true' else 'false' end`,
    text: `to_json((${sql})::text)::text`,
    word: `'"' || (${sql}) || '"'`,
    json: sql,
  }[kind]
  return isNullable(schema) ? `coalesce(${written}, 'null')` : written
}

/**
 * The SQL expression that renders a view as JSON text in PostgreSQL. Fields that rarely change are stored rendered in
 * a column and only concatenated here, which halves the cost of a list.
 * @param viewer SQL of the id of the member who looks, for views with fields of their own
 */
export function renderSql<Flags, Name extends string>(
  shown: View<Flags, Name>,
  flags: Flags,
  viewer = 'null::bigint',
): Rendering<Name> {
  const parts = partsOf(shown, flags, viewer)
  const full = concatSql(parts.map((part) => (isPlain(part) ? part : part.own)))
  return renderingOf(shown, shown.fragments ? fork(referenceSql(shown, flags, viewer), full) : full)
}

/** A part of a rendering: SQL or a literal; or SQL of something that is the viewer's own. */
type Plain = string | { literal: string }
type Part = Plain | { own: string }
const isPlain = (part: Part): part is Plain => typeof part === 'string' || 'literal' in part

/** The parts of a view with these flags. */
function partsOf<Flags>(shown: View<Flags>, flags: Flags, viewer: string): Part[] {
  const parts: Part[] = []
  const kept = new Set<string>()
  for (const [key, field] of Object.entries(shown.fields)) {
    if (field.when && !field.when(flags)) continue
    if (field.kept === undefined) {
      const value = typeof field.sql === 'string' ? field.sql : field.sql(flags, viewer)
      parts.push({ literal: `"${key}":` }, ...valueParts(field, value, isOwn(field, flags, viewer)), { literal: ',' })
    } else if (!kept.has(field.kept)) {
      const fields = Object.values(shown.fields).filter((each) => each.kept === field.kept)
      if (fields.length !== columns.get(field.kept))
        throw new Error(`${key} is kept in a column with fields that ${shown.name} does not have: see unkept`)
      kept.add(field.kept)
      parts.push(field.kept, { literal: ',' })
    }
  }
  parts.pop()
  return [{ literal: '{' }, ...parts, { literal: '}' }]
}

/** A value as JSON text. The quotes of what is never null go with their neighbours. */
function valueParts(field: Field<never>, value: string, own: boolean): Part[] {
  if (own) return [{ own: jsonSql(field, value) }]
  if (field.kind !== 'word' || isNullable(field.schema)) return [jsonSql(field, value)]
  return [{ literal: '"' }, value, { literal: '"' }]
}

/** SQL of the parts one behind the other; `flatten` joins what can be joined. */
const concatSql = (parts: Plain[]) =>
  `concat(${parts.map((part) => (typeof part === 'string' ? part : literalSql(part.literal))).join(', ')})`

/** SQL that yields JSON text of this shape. The name stands in the text, for the check of all statements. */
export const renderingOf = <Name extends string>({ name }: { name: Name }, sql: string) =>
  `/* ${name} */ ${sql}` as Rendering<Name>

/**
 * SQL that renders one of several similar views, by the value of `by`. What they have in common appears once:
 * PostgreSQL sets up a whole expression before each statement, whichever branch it takes.
 */
export function renderOneOf<Flags, Name extends string>(
  by: string,
  views: (readonly [number, View<Flags, Name>])[],
  flags: Flags,
  viewer = 'null::bigint',
): Rendering<Name> {
  const all = views.map(([value, { fields }]) => {
    const rendered = Object.entries(fields).flatMap(([key, field]) => {
      if (field.when && !field.when(flags)) return []
      if (field.kept !== undefined) throw new Error(`${key} is kept in a column: only whole views can be`)
      const sql = jsonSql(field, typeof field.sql === 'string' ? field.sql : field.sql(flags, viewer))
      return [[key, { sql, own: isOwn(field, flags, viewer) }] as const]
    })
    return { value, rendered: new Map(rendered) }
  })
  const [longest = new Map<string, { sql: string; own: boolean }>()] = all
    .map(({ rendered }) => rendered)
    .sort((one, other) => other.size - one.size)
  for (const { rendered } of all)
    for (const key of rendered.keys())
      if (!longest.has(key))
        throw new Error(`One of ${views.map(([, { name }]) => name)} has to have all fields: ${key}`)
  const inCommon = [...longest].map(([key, { own }]) => {
    const has = all.filter(({ rendered }) => rendered.has(key))
    const sqls = has.map(({ value, rendered }) => [value, rendered.get(key)?.sql as string] as const)
    const sql =
      new Set(sqls.map(([, sql]) => sql)).size === 1
        ? (sqls[0]?.[1] as string)
        : `case ${by} ${sqls.map(([value, sql]) => `when ${value} then ${sql}`).join(' ')} end`
    /** The field behind a text, wherever the text occurs. */
    const behind = (text: string, sql: string): Plain[] =>
      has.length === all.length
        ? [{ literal: text }, sql]
        : [`case when ${by} in (${has.map(({ value }) => value)}) then concat(${literalSql(text)}, ${sql}) else '' end`]
    return { key, own, sql, behind }
  })
  const full = inCommon.flatMap(({ key, sql, behind }, i) => behind(`${i ? ',' : ''}"${key}":`, sql))
  const names = views.map(([, { name }]) => `/* ${name} */`).join(' ')
  const rendered = concatSql([{ literal: '{' }, ...full, { literal: '}' }])
  const [one, ...others] = views.map(([, { fragments }]) => fragments)
  if (!one || others.some((other) => other?.id !== one.id || other.version !== one.version))
    return `${names} ${rendered}` as Rendering<Name>
  const light = concatSql([
    { literal: written.begin },
    `case ${by} ${views.map(([value, view]) => `when ${value} then ${kindSql(view, flags)}`).join(' ')} end`,
    { literal: written.part },
    one.id,
    { literal: written.part },
    one.version,
    ...inCommon.flatMap(({ own, sql, behind }) => (own ? behind(written.part, take('light', sql)) : [])),
    { literal: written.end },
  ])
  return `${names} ${fork(light, rendered)}` as Rendering<Name>
}

const literalSql = (text: string) => `${text.includes('\\') ? 'e' : ''}'${text}'`

/** SQL of a timestamp as the API writes it: ISO 8601, microseconds, offset. */
export const isoSql = (expression: string) =>
  `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')`

type When<F> = (flags: F) => boolean

/** The kinds of fields that views are made of. */
export const integer = <F>(sql: string, when?: When<F>): Field<F> => ({
  schema: Type.Integer(),
  sql,
  kind: 'number',
  when,
})
export const text = <F>(sql: string): Field<F> => ({ schema: Type.String(), sql, kind: 'text' })
export const boolean = <F>(sql: string): Field<F> => ({ schema: Type.Boolean(), sql, kind: 'boolean' })
export const nullableText = <F>(sql: string): Field<F> => ({ schema: nullable(Type.String()), sql, kind: 'text' })
export const moment = <F>(sql: string): Field<F> => ({
  schema: Type.String({ format: 'date-time' }),
  sql: isoSql(sql),
  kind: 'word',
})
export const nullableMoment = <F>(sql: string): Field<F> => ({ ...moment(sql), schema: nullable(moment(sql).schema) })

/** Another view as a field; its SQL is that view's. */
export const nested = <F>(schema: TSchema, sql: Field<F>['sql']): Field<F> => ({ schema, sql, kind: 'json' })

/** How many fields a column keeps. */
const columns = new Map<string, number>()

/** Fields stored rendered in a column. The column is generated from their SQL. */
export function keptIn<F>(column: string, fields: Record<string, Field<F>>): Record<string, Field<F>> {
  columns.set(column, Object.keys(fields).length)
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, { ...field, kept: column }]))
}

/** The same fields, each rendered by itself, for views that have some of them only. */
export const unkept = <F>(fields: Record<string, Field<F>>): Record<string, Field<F>> =>
  Object.fromEntries(Object.entries(fields).map(([key, { kept: _, ...field }]) => [key, field]))

export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

const isNullable = (schema: TSchema) =>
  (schema as { anyOf?: { type?: string }[] }).anyOf?.some(({ type }) => type === 'null') ?? false
