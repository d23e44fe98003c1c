import Type, { type TObject, type TSchema } from 'typebox'

/** A field of a view: what it looks like to the client, and the SQL expression that yields it. */
export type Field<Flags> = {
  schema: TSchema
  /** `viewer` is SQL of the id of the member who looks. */
  sql: string | ((flags: Flags, viewer: string) => string)
  /** How the expression becomes JSON text. `json` is JSON text already; `word` is text that needs no escaping. */
  kind: 'number' | 'boolean' | 'text' | 'word' | 'json'
  /** Left out of the answer, and of the statement, unless this holds for the community. */
  when?: (flags: Flags) => boolean
  /** The column that keeps this field rendered, among others, as `"key":value` with commas between. */
  kept?: string
}

declare const shows: unique symbol
/** SQL that renders one of the named views, and the JSON text it yields: what shows one thing does not pass for another. */
export type Rendering<Name extends string = string> = string & { readonly [shows]: Name }

/** What has a name and a shape. */
export type Shape<Name extends string = string> = { name: Name; schema: TSchema }

/** What one audience sees of a thing. Its SQL renders exactly the fields its schema documents. */
export type View<Flags, Name extends string = string> = {
  name: Name
  fields: Record<string, Field<Flags>>
  schema: TObject
}

/** Names a shape that no view has. */
export const shape = <const Name extends string>(name: Name, schema: TSchema): Shape<Name> => ({ name, schema })

/** An array of things of a shape. */
export const arrayOf = <Name extends string>({ name, schema }: Shape<Name>): Shape<`${Name}[]`> => ({
  name: `${name}[]`,
  schema: Type.Array(schema),
})

/** The type of a column that holds what one of these shapes looks like, for the `gives` of a statement. */
export type Shown<Name extends string = string> = { shows: readonly Name[] }
export const shown = <Name extends string>(...shapes: { name: Name }[]): Shown<Name> => ({
  shows: shapes.map(({ name }) => name),
})

/**
 * `view` for fields that depend on flags of this type. A view's name becomes the schema's name in the API description,
 * and goes with all it renders. `others` is what fields are whose names are not known beforehand, if there are any.
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

/** SQL that yields, of rows, the array of what they look like. */
export const arraySql = <Name extends string>(shape: { name: Name }, rendered: string, order: string) =>
  renderingOf({ name: `${shape.name}[]` as const }, `concat('[', string_agg(${rendered}, ',' order by ${order}), ']')`)

/** SQL of an expression as JSON text. Nothing in PostgreSQL is null in a view unless it may be null to the client. */
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
 * The SQL expression that renders a view as JSON text inside PostgreSQL. Fields that rarely change are kept rendered in
 * a column, and only concatenated here: that halves what a list costs.
 * @param viewer SQL of the id of the member who looks, for views in which something is theirs
 */
export function renderSql<Flags, Name extends string>(
  shown: View<Flags, Name>,
  flags: Flags,
  viewer = 'null::bigint',
): Rendering<Name> {
  const parts: (string | { literal: string })[] = []
  const kept = new Set<string>()
  for (const [key, field] of Object.entries(shown.fields)) {
    if (field.when && !field.when(flags)) continue
    if (field.kept === undefined) {
      const sql = typeof field.sql === 'string' ? field.sql : field.sql(flags, viewer)
      parts.push({ literal: `"${key}":` }, jsonSql(field, sql), { literal: ',' })
    } else if (!kept.has(field.kept)) {
      kept.add(field.kept)
      parts.push(field.kept, { literal: ',' })
    }
  }
  parts.pop()
  return renderingOf(shown, `concat(${chunk(join([{ literal: '{' }, ...parts, { literal: '}' }]))})`)
}

/** SQL that yields JSON text of this shape. Its name stands in the text, where the check of all statements looks for it. */
export const renderingOf = <Name extends string>({ name }: { name: Name }, sql: string) =>
  `/* ${name} */ ${sql}` as Rendering<Name>

/**
 * SQL that renders one of several views that are much alike, by the value of `by`. What they have in common stands there
 * once: PostgreSQL sets up all of an expression before each statement, whichever branch is taken.
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
      return [[key, jsonSql(field, typeof field.sql === 'string' ? field.sql : field.sql(flags, viewer))] as const]
    })
    return { value, rendered: new Map(rendered) }
  })
  const [longest = new Map<string, string>()] = all
    .map(({ rendered }) => rendered)
    .sort((one, other) => other.size - one.size)
  for (const { rendered } of all)
    for (const key of rendered.keys())
      if (!longest.has(key))
        throw new Error(`One of ${views.map(([, { name }]) => name)} has to have all fields: ${key}`)
  const parts = [...longest.keys()].map((key, i) => {
    const has = all.filter(({ rendered }) => rendered.has(key))
    const distinct = new Map(has.map(({ value, rendered }) => [rendered.get(key) as string, value]))
    const sql =
      distinct.size === 1
        ? longest.get(key)
        : `case ${by} ${has.map(({ value, rendered }) => `when ${value} then ${rendered.get(key)}`).join(' ')} end`
    const name = `${i ? ',' : ''}"${key}":`
    if (has.length === all.length) return [{ literal: name }, sql as string]
    return [`case when ${by} in (${has.map(({ value }) => value)}) then concat('${name}', ${sql}) else '' end`]
  })
  const names = views.map(([, { name }]) => `/* ${name} */`).join(' ')
  return `${names} concat(${chunk(join([{ literal: '{' }, ...parts.flat(), { literal: '}' }]))})` as Rendering<Name>
}

/** SQL of the parts, neighbouring literals made one: every argument of concat costs. */
function join(parts: (string | { literal: string })[]): string[] {
  const joined: (string | { literal: string })[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (typeof part === 'object' && typeof last === 'object')
      joined.splice(-1, 1, { literal: last.literal + part.literal })
    else joined.push(part)
  }
  return joined.map((part) => (typeof part === 'string' ? part : `'${part.literal}'`))
}

/** A function takes a hundred arguments at most. */
const chunk = (parts: string[]): string =>
  parts.length <= 90
    ? parts.join(', ')
    : Array.from({ length: Math.ceil(parts.length / 90) }, (_, i) => {
        return `concat(${parts.slice(i * 90, (i + 1) * 90).join(', ')})`
      }).join(', ')

/** SQL for a timestamp as the API writes it: ISO 8601, microseconds, offset. */
export const isoSql = (expression: string) =>
  `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')`

type When<F> = (flags: F) => boolean

/** The field kinds that views are made of. */
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

/** Fields that a column keeps rendered. Their own SQL is what that column is made of. */
export const keptIn = <F>(column: string, fields: Record<string, Field<F>>): Record<string, Field<F>> =>
  Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, { ...field, kept: column }]))

export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

const isNullable = (schema: TSchema) =>
  (schema as { anyOf?: { type?: string }[] }).anyOf?.some(({ type }) => type === 'null') ?? false
