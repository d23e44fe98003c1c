/** A batch of a scan, limited so that work on it holds nobody up. */
export type Some = {
  /** Columns of `from`. */
  columns: string
  /** `from ... where ...`. */
  from: string
  /** The order of the rows. */
  order: string
  /** SQL of the bytes that a row weighs. */
  bytes: string
  /** SQL of the largest number of rows. */
  most: string
  /** Largest number of bytes of all rows together. */
  mostBytes: number
}

/**
 * SQL of the first rows of a scan, limited by number and by weight; at least one, whatever it weighs. Besides their
 * columns they have `n`, their number from 1, and `more`, whether there may be others behind them.
 */
export const someSql = ({
  columns,
  from,
  order,
  bytes,
  most,
  mostBytes,
}: Some) => `select *, waiting > taken or waiting = ${most} as more
    from (
      select *, count(*) over () as waiting, max(n) filter (where total <= ${mostBytes} or n = 1) over () as taken
      from (
        select ${columns}, row_number() over ordered as n, sum(${bytes}) over ordered as total
        ${from} window ordered as (order by ${order}) order by ${order} limit ${most}
      ) first
    ) few where n <= taken`
