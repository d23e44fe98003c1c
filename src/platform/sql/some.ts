/** Some rows of a scan, chosen so that what is done with them holds nobody up. */
export type Some = {
  /** Columns of `from`. */
  columns: string
  /** `from ... where ...`. */
  from: string
  /** What they come in order of. */
  order: string
  /** SQL of the bytes that a row weighs. */
  bytes: string
  /** SQL: no more rows than this. */
  most: string
  /** No more bytes together than this. */
  mostBytes: number
}

/**
 * SQL of the first rows of a scan: as many as may be, and as weigh no more together than they may; one at least, whatever
 * it weighs. Besides their columns they have `n`, their number from 1, and `more`, whether there may be others behind them.
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
