import { writeArray } from '../sql/array.ts'
import { type Statement, statementOf } from './prepared.ts'

/** A parameter as `compile` writes it: its number and its type. */
const parameter = /\$(\d+)(::("?[a-z]\w*"?(?:\[\])?))?/g
/** Types whose values are written in another way within an array. */
const unfit = /^json|^bytea/
/** Arrays make no arrays of arrays, as they are not of one length: of them there is an array of their texts. */
const asText = /\[\]$/

/** What the sets of values are called in a text: no statement has a table of that name. */
const asked = 'asked_at_once'

/**
 * The text that answers several sets of values of a statement: it takes an array for each parameter, and gives the rows
 * of the statement with the number of their set before them, from 1. To set up a statement takes the database up to half
 * of its time: so it is set up once for all.
 * @returns null if there is none: a statement without parameters, one whose parameters have no types, or unfit ones
 */
export function batchText(text: string): string | null {
  const types: (string | undefined)[] = []
  for (const [, number, , type = ''] of text.matchAll(parameter)) {
    if (!type || unfit.test(type)) return null
    types[Number(number) - 1] = type
  }
  if (!types.length || types.includes(undefined)) return null
  const isText = types.map((type) => asText.test(type as string))
  const arrays = types.map((type, i) => `$${i + 1}::${isText[i] ? 'text' : type}[]`).join(', ')
  const columns = types.map((_, i) => `p${i + 1}`).join(', ')
  const unnested = `unnest(${arrays}) with ordinality as ${asked}(${columns}, n)`
  const read = types.map((type, i) => (isText[i] ? `p${i + 1}::${type}` : `p${i + 1}`)).join(', ')
  // With `offset 0` the statement is planned as if it were alone, and a text is read once.
  return `select ${asked}.n, one.* from ${isText.includes(true) ? `(select ${read}, n from ${unnested} offset 0) ${asked}` : unnested}
cross join lateral (select * from (
${text.replace(parameter, (_, number, type = '') => `${asked}.p${number}${type}`)}
) one offset 0) one`
}

const batches = new WeakMap<Statement, Statement | null>()

/** The statement that answers several sets of values of another; null if there is none. */
export function batchOf(statement: Statement): Statement | null {
  let batch = batches.get(statement)
  if (batch === undefined) {
    const text = statement.eachTime ? null : batchText(statement.text)
    batch = text === null ? null : statementOf(text)
    batches.set(statement, batch)
  }
  // It is worth being prepared as soon as the statement itself is.
  if (batch) batch.uses = Math.max(batch.uses, statement.uses)
  return batch
}

/** Whether values can be part of a batch: those that an array is written of. */
export const fitBatch = (values: unknown[]): boolean =>
  values.every((value) => {
    const type = typeof value
    return type === 'string' || type === 'number' || type === 'boolean' || value === null || value === undefined
  })

/** The values of a batch, an array for each parameter, from those of each that asked. */
export const batchValues = (sets: unknown[][]): string[] =>
  (sets[0] as unknown[]).map((_, i) => writeArray(sets.map((values) => values[i])))

/** The rows of each set, from those of the batch, whose first column says which set they belong to. */
export function batchRows(rows: unknown[][], columns: string[], sets: number): object[][] {
  const all: object[][] = Array.from({ length: sets }, () => [])
  for (const values of rows) {
    const row: Record<string, unknown> = {}
    for (let i = 1; i < columns.length; i++) row[columns[i] as string] = values[i]
    all[(values[0] as number) - 1]?.push(row)
  }
  return all
}
