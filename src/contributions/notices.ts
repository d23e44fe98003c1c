import type { Community } from '../community/state.ts'
import { audienceOf } from '../connections/audience.ts'
import { about, declareNotification } from '../notifications/declare.ts'
import type { Notice } from '../notifications/tell.ts'
import { notified } from './events.ts'

/** Somebody publishes whom the member is connected with, or follows. */
const publishNotice = declareNotification({
  name: 'contribution',
  activity: 1,
  aggregates: true,
  once: true,
  shows: [about],
  event: notified.contribution,
  audience: audienceOf,
  mail: { en: 'has published something', it: 'ha pubblicato qualcosa' },
})

/** Somebody mentions the member in a text. */
export const mentionNotice = declareNotification({
  name: 'mention',
  activity: 19,
  aggregates: true,
  once: true,
  shows: [about],
  event: notified.mention,
  mail: { en: 'has mentioned you', it: 'ti ha menzionato' },
})

/** The ids of the members that a cleaned text mentions. */
export const mentionedIn = (html: string): number[] => [
  ...new Set([...html.matchAll(/<mention id="(\d{1,15})"/g)].map(([, id]) => Number(id))),
]

/**
 * The notices of a published contribution: to those it mentions, and to the author's connections or followers if the
 * option says so.
 */
export function publishedNotices(
  { options }: Community,
  kind: number,
  id: number,
  author: number,
  html: string,
): (Notice & Required<Pick<Notice, 'subject'>>)[] {
  const subject = { kind, id, owner: author }
  return [
    { type: mentionNotice, actor: author, subject, to: mentionedIn(html) },
    {
      ...{ type: publishNotice, actor: author, subject },
      audience: options['kith.new_contribution_notification_enabled'],
    },
  ]
}
