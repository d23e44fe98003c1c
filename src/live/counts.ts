import type { Db } from '../platform/db/database.ts'

/** What members have not seen: interactions, banners included, and banners. */
export type Unseen = { unseen: number; banners: number }

/** What members have not seen, by member. */
export async function countUnseen(_db: Db, _members: number[]): Promise<Map<number, Unseen>> {
  return new Map()
}
