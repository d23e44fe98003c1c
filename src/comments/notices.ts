import { mentionedIn, mentionNotice } from '../contributions/notices.ts'
import { about, declareNotification, type NotificationType } from '../notifications/declare.ts'
import type { Notice } from '../notifications/tell.ts'
import { commentNotified, replyNotified } from './events.ts'

/** Whoever follows the contribution. */
const audience: NotificationType['audience'] = (_, after, most) => `select m.member_id from mark m
  where m.target_id = n.subject_id and m.kind = n.kind and m.followed_at is not null and m.member_id > ${after}
  order by m.member_id limit ${most}`

const commentNotice = declareNotification({
  name: 'comment',
  activity: 2,
  aggregates: true,
  shows: [about],
  event: commentNotified,
  audience,
  mail: {
    en: 'has commented on something you wrote or follow',
    it: 'ha commentato qualcosa che hai scritto o che segui',
  },
})

const replyNotice = declareNotification({
  name: 'nested_comment',
  activity: 4,
  aggregates: true,
  shows: [about],
  event: replyNotified,
  audience,
  mail: { en: 'has replied to a comment', it: 'ha risposto a un commento' },
})

/** A comment as it is told of: what it is on, and whose comment it is a reply to. */
type Written = {
  about: Required<Pick<Notice, 'subject' | 'part'>>
  actor: number
  html: string
}

/** Those whom a comment mentions are told of that; not again when it is written anew. */
export const mentionOf = ({ about, actor, html }: Written): Notice => ({
  ...about,
  ...{ type: mentionNotice, actor, to: mentionedIn(html) },
})

/** Who hears of a comment: whoever wrote what it is on, is replied to, or follows that. */
export const commentOf = ({ about, actor }: Written, to: (number | null | undefined)[]): Notice => ({
  ...about,
  ...{ type: about.part.under ? replyNotice : commentNotice, actor, audience: true },
  to: [about.subject.owner, ...to].flatMap((each) => each ?? []),
})
