import type { Db } from '../../src/platform/db/database.ts'

/** Counts the transactions that wrote events since the call before. */
export function countTransactions(db: () => Db): () => Promise<number> {
  let after = 0
  return async () => {
    const [row] = await db().query<{ n: number; last: number }>(
      'select count(distinct txid)::int as n, max(id) as last from event where id > $1',
      [after],
    )
    after = row?.last ?? after
    return row?.n ?? 0
  }
}
