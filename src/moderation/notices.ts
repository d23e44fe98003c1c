import type { Community } from '../community/state.ts'
import {
  about,
  declareNotification,
  type NotificationType,
  notificationEvent,
  type Thing,
} from '../notifications/declare.ts'
import { type Notice, tell } from '../notifications/tell.ts'
import { keptAs } from '../notifications/things.ts'
import type { Db } from '../platform/db/database.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
// Registers the subjects of these notices.
import '../comments/about.ts'
import '../contributions/about.ts'

/** The reasons for moderation, in the numbering of the documentation. */
export const reasons = ['advertising', 'aggressive', 'vulgar', 'poor', 'offtopic'] as const
export type Reason = (typeof reasons)[number]

const instant = nullable(Type.String({ format: 'date-time' }))

/** For how long a member is blocked. */
export const BlockSettings = Type.Object(
  {
    days_blocked: nullable(Type.Integer()),
    reputation_delta: Type.Integer(),
    blocked_at: instant,
    expire_at: instant,
  },
  { $id: 'BlockSettings', additionalProperties: false },
)
export type BlockSettings = {
  days_blocked: number | null
  reputation_delta: number
  blocked_at: string | null
  expire_at: string | null
}

const settingsSql = `coalesce((n.data -> 'block_settings')::text, 'null')`
const kept = keptAs('block_settings', BlockSettings)
/** The documentation and the official clients use different names, so members get both. */
const block: Thing = {
  properties: { ...kept.properties, blocked_settings: BlockSettings },
  sql: () => ['block_settings', 'blocked_settings'].map((key) => `'"${key}":' || ${settingsSql}`).join(` || ',' || `),
  webhook: kept.webhook,
}

/** The words of mails. */
const words = {
  deleted_for: {
    en: 'Moderators have deleted something you wrote',
    it: 'I moderatori hanno eliminato qualcosa che hai scritto',
  },
  collapsed_for: { en: 'Moderators have hidden a comment of yours', it: 'I moderatori hanno nascosto un tuo commento' },
  kindly_notice: {
    en: 'Moderators have a remark on something you wrote',
    it: 'I moderatori hanno un’osservazione su qualcosa che hai scritto',
  },
  undeleted_for: {
    en: 'Moderators have restored something you wrote',
    it: 'I moderatori hanno ripristinato qualcosa che hai scritto',
  },
  kindly_notice_flag: {
    en: 'Moderators have a remark on a report of yours',
    it: 'I moderatori hanno un’osservazione su una tua segnalazione',
  },
  blocked_user: { en: 'Your account is blocked', it: 'Il tuo account è bloccato' },
  unblocked_user: { en: 'Your account is no longer blocked', it: 'Il tuo account non è più bloccato' },
}

/** The events of these notifications, by type. */
export const moderationNotified: Record<string, ReturnType<typeof notificationEvent>> = {}

function type(name: string, activity: number, shows: Thing[], mail: NotificationType['mail']): NotificationType {
  const event = notificationEvent(name, shows)
  moderationNotified[name] = event
  return declareNotification({ name, activity, aggregates: false, stays: true, shows, event, mail })
}

const forReasons = (name: 'deleted_for' | 'collapsed_for' | 'kindly_notice', first: number) =>
  Object.fromEntries(
    reasons.map((reason, i) => [reason, type(`${name}_${reason}`, first + i, [about], words[name])]),
  ) as Record<Reason, NotificationType>

// The numbers that clients know are not consecutive.
const deletedFor: Record<Reason, NotificationType> = {
  advertising: type('deleted_for_advertising', 50, [about], words.deleted_for),
  aggressive: type('deleted_for_aggressive', 51, [about], words.deleted_for),
  vulgar: type('deleted_for_vulgar', 52, [about], words.deleted_for),
  poor: type('deleted_for_poor', 65, [about], words.deleted_for),
  offtopic: type('deleted_for_offtopic', 66, [about], words.deleted_for),
}
const collapsedFor = forReasons('collapsed_for', 75)
const kindlyNotice = forReasons('kindly_notice', 67)
const undeleted = type('undeleted_for', 54, [about], words.undeleted_for)
// The documentation has no event of this type: only the flagger is told.
const flagged = declareNotification({
  ...{ name: 'kindly_notice_flag', activity: 73, aggregates: false, stays: true, shows: [about], event: null },
  mail: words.kindly_notice_flag,
})
const blocked = type('blocked_user', 74, [block], words.blocked_user)
const unblocked = type('unblocked_user', 83, [], words.unblocked_user)

/** A contribution by its kind, or a comment on one. */
export type Moderated = {
  contribution: { kind: number; id: number; owner: number }
  /** A comment: its id, and the comment it replies to. */
  comment?: { id: number; parent?: { id: number; owner: number } | null }
}

/** What moderators have done, for the member concerned. */
export type Moderation =
  | ({ what: 'deleted' | 'collapsed' | 'noticed'; reason: Reason } & Moderated)
  | ({ what: 'undeleted' } & Moderated)
  | ({ what: 'flag_noticed' } & Moderated)
  | { what: 'blocked'; settings: BlockSettings }
  | { what: 'unblocked' }

const commentPart = 16

function noticeOf(done: Moderation): Omit<Notice, 'actor' | 'to'> {
  if (done.what === 'blocked') return { type: blocked, data: { block_settings: done.settings } }
  if (done.what === 'unblocked') return { type: unblocked }
  const { contribution, comment } = done
  const on = {
    subject: contribution,
    ...(comment && { part: { kind: commentPart, id: comment.id, under: comment.parent } }),
  }
  if (done.what === 'undeleted') return { type: undeleted, ...on }
  if (done.what === 'flag_noticed') return { type: flagged, ...on }
  const byReason = { deleted: deletedFor, collapsed: collapsedFor, noticed: kindlyNotice }
  return { type: byReason[done.what][done.reason], ...on }
}

/**
 * Tells a member what moderators did with their content or account, at the end of the act's transaction. It does not
 * say who did it.
 * @param to the member concerned: the author, the flagger, or the one who is blocked
 */
export const tellModerated = (
  tx: Db,
  given: { now: Date; community: Community },
  to: number,
  done: Moderation,
): Promise<void> => tell(tx, given, [{ ...noticeOf(done), actor: null, to: [to] }])
