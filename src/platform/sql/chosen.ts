/**
 * SQL of whether a row is among some that were chosen before, such as a batch of those that are to go. They are looked up one by
 * one: with `in` PostgreSQL may read the whole table for each batch, because it does not know how few a limit lets through.
 * @param id a column that has an index
 * @param which SQL of the values that it has in the chosen rows
 */
export const chosenSql = (id: string, which: string) => `${id} = any(array(${which}))`
