import { statement } from './statement.ts'

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
