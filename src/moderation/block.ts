import { byFlags, flagsFor } from '../community/flags.ts'
import { type Community, loadCommunity } from '../community/state.ts'
import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { failpoint } from '../platform/failpoint.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import { isoSql, renderSql } from '../platform/sql/view.ts'
import { blockCosts } from '../scores/worth.ts'
import type { Erasing, Leaving } from '../slice.ts'
import { userUpdated } from '../users/events.ts'
import { noMember } from '../users/inputs.ts'
import { WebhookUser } from '../users/views.ts'
import { tellModerated } from './notices.ts'

const day = 86_400_000

/** Points of the score: a block takes them, its end gives them back. */
const [lost, regained] = [-20, 20]

const blocking = statement({
  name: 'moderation: block',
  takes: { id: 'bigint', days: 'int?', expire_at: 'timestamptz?', by: 'bigint?', now: 'timestamptz' },
  gives: { changed: 'boolean', reputation_delta: 'int', blocked_at: 'text', expire_at: 'text?' },
  variants: byFlags,
  sql: ($, { flags }) => `with was as materialized (
      select id, status from users where id = ${$.id} and status in ('a', 'b') for no key update
    ), changed as (
      update users u set status = 'b' where id = (select id from was where status = 'a') returning u.*
    ), kept as (
      insert into block as b (member_id, blocked_at, days, expire_at, reputation_delta, blocked_by)
      select id, ${$.now}, ${$.days}, ${$.expire_at}, case when status = 'a' then -${blockCosts} else 0 end, ${$.by} from was
      on conflict (member_id) do update set blocked_at = excluded.blocked_at, days = excluded.days,
        expire_at = excluded.expire_at, blocked_by = excluded.blocked_by
      returning *
    ), due as (
      insert into score_due (member_id, type, n) select id, ${lost}, 1 from changed
    ), emitted as (
      ${emit($.now, [userUpdated, renderSql(WebhookUser, flags), 'from changed u'])}
    )
    select exists (select from changed) as changed, reputation_delta, ${isoSql('blocked_at')} as blocked_at,
      ${isoSql('expire_at')} as expire_at from kept`,
})

const ending = statement({
  name: 'moderation: end a block',
  takes: { id: 'bigint', now: 'timestamptz' },
  gives: { there: 'boolean', changed: 'boolean' },
  // When days are over, only a block whose days are over ends: somebody may have extended it meanwhile.
  variants: () => byFlags().flatMap((each) => [false, true].map((over) => ({ ...each, over }))),
  sql: ($, { flags, over }) => `with was as materialized (
      select u.id, u.status from users u where u.id = ${$.id} and u.status in ('a', 'b') for no key update
    ), held as materialized (
      select * from block where member_id = (select id from was) for update
    ), changed as (
      update users u set status = 'a' where id = (select id from was where status = 'b')
        ${over ? `and exists (select from held where expire_at <= ${$.now})` : ''} returning u.*
    ), ended as (
      delete from block where member_id = (select id from changed) returning reputation_delta
    ), due as (
      insert into score_due (member_id, type, n) select ${$.id}, ${regained}, 1 from ended where reputation_delta <> 0
    ), emitted as (
      ${emit($.now, [userUpdated, renderSql(WebhookUser, flags), 'from changed u'])}
    )
    select exists (select from was) as there, exists (select from changed) as changed`,
})

/** How a member is blocked. */
export type Blocking = {
  now: Date
  community: Community
  /** Days until it ends by itself; null if somebody must end it. */
  days: number | null
  /** The moderator; null for a command. */
  by: number | null
}

/** When a block of some days ends. */
const endOf = (now: Date, days: number | null) => (days === null ? null : new Date(now.getTime() + days * day))

/**
 * Blocks a member, in the given transaction. If the member is blocked already, the days start over. A blocked member
 * can read, stays signed in, and does nothing that others see.
 * @returns whether they were not blocked before
 */
export async function blockMember(tx: Db, id: number, { now, community, days, by }: Blocking): Promise<boolean> {
  if (id === 1) throw forbidden('The creator of the community cannot be blocked.')
  const values = { id, days, expire_at: endOf(now, days), by, now }
  const row = await blocking.row(tx, values, { flags: flagsFor(community, true) })
  if (!row) throw noMember()
  const { changed, ...settings } = row
  await tellModerated(tx, { now, community }, id, { what: 'blocked', settings: { days_blocked: days, ...settings } })
  return changed
}

/** Ends a block, in the given transaction, and tells the member. */
async function end(
  tx: Db,
  id: number,
  given: Pick<Blocking, 'now' | 'community'>,
  over: boolean,
): Promise<{ there: boolean; changed: boolean }> {
  const { now, community } = given
  const row = await ending.row(tx, { id, now }, { flags: flagsFor(community, true), over })
  if (row?.changed) await tellModerated(tx, given, id, { what: 'unblocked' })
  return row ?? { there: false, changed: false }
}

/**
 * Ends a member's block, in the given transaction.
 * @returns whether they were blocked
 */
export async function unblockMember(tx: Db, id: number, given: Pick<Blocking, 'now' | 'community'>): Promise<boolean> {
  const { there, changed } = await end(tx, id, given, false)
  if (!there) throw noMember()
  return changed
}

/**
 * Blocks a member without end, or unblocks them, for a command.
 * @returns whether that changed anything
 */
export async function setBlocked(kith: Kith, id: number, blocked: boolean): Promise<boolean> {
  const given = { now: kith.clock.now(), community: kith.community.current(), days: null, by: null }
  const changed = await kith.db.transaction((tx) =>
    blocked ? blockMember(tx, id, given) : unblockMember(tx, id, given),
  )
  kith.actors.forget(id)
  return changed
}

/** Ends the block of a member if its days are over: when they call, else within seconds. It is told once. */
export async function endIfOver(kith: Kith, id: number): Promise<void> {
  const now = kith.clock.now()
  await kith.db.transaction(async (tx) => end(tx, id, { now, community: await loadCommunity(tx) }, true))
  kith.actors.forget(id)
  failpoint('block ended')
}

/** Blocks looked for at a time. */
const batch = 100

const over = statement({
  name: 'moderation: blocks that are over',
  takes: { now: 'timestamptz', batch: 'int' },
  gives: { id: 'bigint' },
  sql: ($) =>
    `select member_id as id from block where expire_at <= ${$.now} order by expire_at, member_id limit ${$.batch}`,
})

/** Ends the blocks whose days are over. */
export async function endBlocks(kith: Kith): Promise<void> {
  const rows = await over.rows(kith.db, { now: kith.clock.now(), batch })
  for (const { id } of rows) await endIfOver(kith, id)
}

const forgetting = statement({
  name: 'moderation: forget a block',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `delete from block where member_id = ${$.id}`,
})

/** The block of a member who has left no longer ends by itself. */
export const forgetBlock = async (tx: Db, { id }: Leaving): Promise<void> => {
  await forgetting.rows(tx, { id })
}

const unnaming = statement({
  name: 'moderation: forget who blocked',
  takes: { id: 'bigint', batch: 'int' },
  gives: { n: 'int' },
  sql: ($) => `with nameless as (
      update block set blocked_by = null
      where ${chosenSql('member_id', `select member_id from block where blocked_by = ${$.id} limit ${$.batch}`)} returning 1
    )
    select count(*)::int as n from nameless`,
})

/** Members blocked by an erased moderator stay blocked, by nobody. */
export const forgetBlocker = async (tx: Db, { id }: Erasing): Promise<boolean> =>
  (await unnaming.row(tx, { id, batch }))?.n === batch
