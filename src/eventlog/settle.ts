import type { Db } from '../platform/db/database.ts'

/**
 * A log restored into another server carries that server's transaction ids, which may lie ahead of this one's; a
 * walk forward would wait for them. Everything in a log that was restored is settled.
 * @returns whether there was anything to settle
 */
export async function settleRestoredEvents(db: Db): Promise<boolean> {
  const [newest] = await db.query<{ ahead: boolean }>(
    `select txid >= pg_snapshot_xmax(pg_current_snapshot()) as ahead from event order by id desc limit 1`,
  )
  if (!newest?.ahead) return false
  await db.query(`update event set txid = '0' where txid >= pg_snapshot_xmax(pg_current_snapshot())`)
  return true
}
