import { mentionedIn, mentionNotice } from '../contributions/notices.ts'
import { about, declareNotification, type NotificationType } from '../notifications/declare.ts'
import type { Notice } from '../notifications/tell.ts'
import { commentNotified, replyNotified } from './events.ts'

/** The followers of the contribution. */
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

/** A comment as notices know it: what it is on, and whose comment it replies to. */
type Written = {
  about: Required<Pick<Notice, 'subject' | 'part'>>
  actor: number
  html: string
}

/** Tells those whom a comment mentions; not again after a change. */
export const mentionOf = ({ about, actor, html }: Written): Notice => ({
  ...about,
  ...{ type: mentionNotice, actor, to: mentionedIn(html) },
})

/** Tells the author of the contribution, the author of the comment replied to, and followers. */
export const commentOf = ({ about, actor }: Written, to: (number | null | undefined)[]): Notice => ({
  ...about,
  ...{ type: about.part.under ? replyNotice : commentNotice, actor, audience: true },
  to: [about.subject.owner, ...to].flatMap((each) => each ?? []),
})
