import type { Community } from '../community/state.ts'
import { declareNotification, type NotificationType } from '../notifications/declare.ts'
import { endNotifications, untell, untellAloneSql } from '../notifications/end.ts'
import { lockBoxes } from '../notifications/lock.ts'
import { type ToldWithin, tell, tellWithSql } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import { acceptNotified, followNotified, requestNotified } from './events.ts'
import type { Change, Pair } from './pair.ts'
import { isHidden } from './relationship.ts'
import { shows } from './shown.ts'

/** The kind of subject "a member" in notices. */
const withMember = 64

const alone = { aggregates: false }

export const requestNotice = declareNotification({
  ...alone,
  name: 'connection_request',
  activity: 55,
  shows: shows.request,
  beside: ['request_user'],
  event: requestNotified,
  mail: { en: 'wants to connect with you', it: 'vuole connettersi con te' },
})

export const acceptNotice = declareNotification({
  ...alone,
  name: 'connection_accept',
  activity: 56,
  shows: shows.accept,
  beside: ['accept_user'],
  event: acceptNotified,
  mail: { en: 'has accepted your connection request', it: 'ha accettato la tua richiesta di connessione' },
})

export const followNotice = declareNotification({
  ...alone,
  name: 'user_follow',
  activity: 97,
  shows: shows.follow,
  beside: ['follower'],
  event: followNotified,
  mail: { en: 'follows you', it: 'ti segue' },
})

/** One of two members did this with the other. */
export type Done = { type: NotificationType; actor: number; to: number }

/** The notices that a change adds and those it takes away. */
function noticesOf({ me, other, relationship: before }: Pair, { relationship, events }: Change) {
  const told: Done[] = []
  const undone: Done[] = []
  const otherThan = (id: number) => (id === me.id ? other.id : me.id)
  for (const { type, from } of events) {
    const to = otherThan(from)
    if (type === 'connection_request.created' && relationship.state === 'requested')
      told.push({ type: requestNotice, actor: from, to })
    else if (type === 'connection.created') {
      undone.push({ type: requestNotice, actor: from, to })
      told.push({ type: acceptNotice, actor: to, to: from })
    } else if (type === 'connection_request.cancelled' || type === 'connection_request.rejected')
      undone.push({ type: requestNotice, actor: from, to })
    else if (type === 'connection.deleted')
      undone.push({ type: acceptNotice, actor: to, to: from }, { type: acceptNotice, actor: from, to })
    else if (type === 'connection.follow') told.push({ type: followNotice, actor: from, to })
    else if (type === 'connection.unfollow') undone.push({ type: followNotice, actor: from, to })
  }
  return { told, undone, hides: isHidden(relationship) && !isHidden(before) }
}

/**
 * How members are told of a change: by the statement of the change, if it is one notice at most besides those that end; or by
 * statements after it.
 */
export function howNoticed(pair: Pair, change: Change): { told: Done | null; undone: Done[] } | 'behind' {
  const { told, undone, hides } = noticesOf(pair, change)
  const [first, more] = told
  if (hides || more || isHidden(change.relationship) || (first && first.to !== pair.other.id)) return 'behind'
  return { told: first ?? null, undone }
}

const withinChanges = [requestNotice, acceptNotice, followNotice] as ToldWithin[]

/**
 * What the statement of changes tells of them.
 * @param rows SQL of rows (type, actor_id, member_id)
 * @param person SQL of a member as events show them, by SQL of their id
 */
export const tellAtOnceSql = (rows: string, now: string, person: (id: string) => string) =>
  tellWithSql({
    ...{ types: withinChanges, now },
    rows: `select t.*, 0::smallint as kind, 0::bigint as subject_id, null::bigint as owner_id, ${withMember}::smallint as part_kind,
        t.member_id as part_id, 0::bigint as under_id, null::bigint as under_owner_id, false as once, null::jsonb as data from (${rows}) t`,
    // The act holds the rows of both, and knows that neither hides the other.
    unless: 'exists (select from hidden_author h where h.member_id = n.member_id and h.author_id = n.actor_id)',
    shown(type) {
      // Each shows nothing but who did it.
      const [key] = type.shows.flatMap(({ webhook }) => Object.keys(webhook.properties))
      return `concat('"${key}":', ${person('n.actor_id')})`
    },
  })

/** CTEs of the statement of changes that take away what is undone. */
export const endAtOnceSql = (rows: string) => untellAloneSql(rows, { kind: withMember })

/**
 * Tells one of two members what the other did, and takes away what is undone: a request that is answered or
 * withdrawn, a connection that ended. When one hides the other, notices about each other are removed for both.
 */
export async function notice(
  tx: Db,
  given: { now: Date; community: Community },
  pair: Pair,
  change: Change,
): Promise<void> {
  const { told, undone, hides } = noticesOf(pair, change)
  const part = (id: number) => ({ kind: withMember, id })
  // Both boxes at once if there is more than one step: what is added and what is removed may belong to either.
  if (undone.length + told.length > 1 || hides) await lockBoxes(tx, [pair.me.id, pair.other.id])
  for (const { type, actor, to } of undone) await untell(tx, { type, actor, part: part(to) })
  if (hides)
    for (const by of ['pair', 'owner'] as const) {
      const [lo, hi] = [Math.min(pair.me.id, pair.other.id), Math.max(pair.me.id, pair.other.id)]
      await endNotifications(tx, by, [lo, hi])
      await endNotifications(tx, by, [hi, lo])
    }
  await tell(
    tx,
    given,
    told.map(({ type, actor, to }) => ({ type, actor, part: part(to), to: [to] })),
  )
}
