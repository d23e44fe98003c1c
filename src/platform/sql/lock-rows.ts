import { statement } from './statement.ts'

/**
 * SQL that locks the rows a statement finds.
 * @param lock how, and of which table: `no key update of c`
 * @param waits false to pass over rows that somebody else has locked
 */
export const lockSql = (lock: string, waits: boolean) => `for ${lock}${waits ? '' : ' skip locked'}`

/**
 * Declares a statement that locks rows of a table in the order of their ids, before counts in them change.
 * @param name slice and what is locked
 */
export const lockRows = (name: string, table: string) =>
  statement({
    name,
    takes: { ids: 'bigint[]' },
    gives: {},
    sql: ($) => `select from ${table} where id = any(${$.ids}) order by id for no key update`,
  })
