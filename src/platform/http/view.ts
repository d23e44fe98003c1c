import Type, { type TObject, type TSchema } from 'typebox'

/** A field of a view: what it looks like to the client, and the SQL expression that yields it. */
export type Field<Flags> = {
  schema: TSchema
  sql: string | ((flags: Flags) => string)
  /** Left out of the answer, and of the statement, unless this holds for the community. */
  when?: (flags: Flags) => boolean
}

/** What one audience sees of a thing. Its SQL renders exactly the fields its schema documents. */
export type View<Flags> = { name: string; fields: Record<string, Field<Flags>>; schema: TObject }

/** Declares a view. The name becomes the schema's name in the API description. */
export function view<Flags>(name: string, description: string, fields: Record<string, Field<Flags>>): View<Flags> {
  const properties: Record<string, TSchema> = {}
  for (const [key, field] of Object.entries(fields)) {
    properties[key] = field.when ? Type.Optional(field.schema) : field.schema
  }
  return {
    name,
    fields,
    schema: Type.Object(properties, { $id: name, description, additionalProperties: false }),
  }
}

/**
 * The SQL expression that renders a view as JSON text inside PostgreSQL.
 * row_to_json over named columns is a quarter cheaper than json_build_object and cannot misplace a key.
 */
export function renderSql<Flags>(shown: View<Flags>, flags: Flags): string {
  const columns = Object.entries(shown.fields)
    .filter(([, field]) => !field.when || field.when(flags))
    .map(([key, { sql }]) => `${typeof sql === 'string' ? sql : sql(flags)} as "${key}"`)
  return `(select row_to_json(shown) from (select ${columns.join(', ')}) shown)`
}

/** SQL for a timestamp as the API writes it: ISO 8601, microseconds, offset. */
export const isoSql = (expression: string) =>
  `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')`

/** The field kinds that views are made of. */
export const integer = <F>(sql: string, when?: (flags: F) => boolean): Field<F> => ({
  schema: Type.Integer(),
  sql,
  when,
})
export const text = <F>(sql: string, when?: (flags: F) => boolean): Field<F> => ({ schema: Type.String(), sql, when })
export const boolean = <F>(sql: string, when?: (flags: F) => boolean): Field<F> => ({
  schema: Type.Boolean(),
  sql,
  when,
})
export const nullableText = <F>(sql: string, when?: (flags: F) => boolean): Field<F> => ({
  schema: nullable(Type.String()),
  sql,
  when,
})
export const moment = <F>(sql: string): Field<F> => ({ schema: Type.String({ format: 'date-time' }), sql: isoSql(sql) })
export const nullableMoment = <F>(sql: string): Field<F> => ({
  schema: nullable(Type.String({ format: 'date-time' })),
  sql: isoSql(sql),
})

export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
