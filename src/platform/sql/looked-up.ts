/**
 * SQL of whether there is a row, of which there is at most one. It is looked up for each row of the list that asks. With
 * `exists` PostgreSQL may join the two instead: it reads all that somebody has, if most have few, and sorts the list again.
 * @param from `from` and `where`
 */
export const thereIsSql = (from: string) => `coalesce((select true ${from}), false)`
