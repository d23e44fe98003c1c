import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { removePoll } from '../polls/write.ts'
import type { Leaving } from '../slice.ts'
import { blank } from './erase.ts'

const looking = statement({
  name: 'contributions: lock what is not published',
  takes: { author: 'bigint', id: 'bigint?' },
  gives: { id: 'bigint', poll: 'bigint?' },
  sql: ($) => `select id, poll_id as poll from contribution
    where author_id = ${$.author} and not published and not erased and (${$.id} is null or id = ${$.id})
    order by id for no key update`,
})

const discarding = statement({
  name: 'contributions: discard',
  takes: { ids: 'bigint[]', now: 'timestamptz' },
  gives: {},
  sql: ($) => `with loose as (
      update media set contribution_id = null, loose_since = ${$.now} where contribution_id = any(${$.ids})
    )
    update contribution set ${blank} where id = any(${$.ids})`,
})

/** Discards one unpublished contribution, or all of a member's. Nothing of them stays, and there is no event. */
async function discard(tx: Db, author: number, id: number | null, now: Date): Promise<void> {
  const some = await looking.rows(tx, { author, id })
  if (some.length) await discarding.rows(tx, { ids: some.map(({ id }) => id), now })
  for (const { poll } of some) if (poll) await removePoll(tx, poll)
}

/** Discards a locked, unpublished contribution. */
export const discardOne = (tx: Db, author: number, id: number, now: Date) => discard(tx, author, id, now)

/**
 * Discards the unpublished contributions of a member who leaves, in the given transaction: nobody can publish them
 * any more.
 */
export const discardUnpublished = (tx: Db, { id, now }: Leaving) => discard(tx, id, null, now)
