import { isModerator } from '../auth/actor.ts'
import { checkAgain } from '../auth/again.ts'
import { activeSql } from '../auth/status.ts'
import type { MemberCtx } from '../context.ts'
import { badField, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { scorer } from './audience.ts'
import { givingSql } from './settle.ts'
import { Score } from './views.ts'
import { manual, mostPoints } from './worth.ts'

const locking = statement({
  name: 'scores: lock whose points change',
  takes: { id: 'bigint?', username: 'text?', actor: 'bigint' },
  gives: { id: 'bigint', reputation: 'int', status: 'text', role: 'text?' },
  sql: ($) => `select u.id, u.reputation, me.status::text, me.role from users u join users me on me.id = ${$.actor}
    where (u.id = ${$.id} or lower(u.username) = lower(${$.username})) and ${activeSql('u.')} for no key update of u`,
})

const giving = statement({
  name: 'scores: give by hand',
  takes: { id: 'bigint', points: 'int', comment: 'text?', context: 'text?', actor: 'bigint', now: 'timestamptz' },
  gives: { json: shown(Score) },
  sql: ($) => `with entry as (
      insert into score (member_id, points, type, comment, context, created_by, at)
      values (${$.id}, ${$.points}, ${manual}, ${$.comment}, ${$.context}, ${$.actor}, ${$.now}) returning *
    ), ${givingSql($.now)}
    select ${renderSql(Score, null)}::text as json from entry s join moved u on u.id = s.member_id`,
})

export type Sent = {
  user_id?: number
  user?: number
  username?: string
  score: number
  comment?: string | null
  reputation_context?: string | null
}

/** The member whose points change, as named in the request. */
function named(ctx: MemberCtx, { user_id, user, username }: Sent): { id: number | null; username: string | null } {
  const id = user_id ?? user
  if (id !== undefined && username !== undefined)
    throw badField('username', 'ambiguous', 'Send user_id or username, not both.')
  if (id === undefined && username === undefined) {
    if (isModerator(ctx.actor))
      throw badField('user_id', 'required', 'Say whose points change: send user_id or username.')
    return { id: ctx.actor.id, username: null }
  }
  return { id: id ?? null, username: username ?? null }
}

/** Gives a member points by hand, or takes them away: moderators anybody, others themselves. */
export async function giveScore(ctx: MemberCtx, sent: Sent): Promise<Json<'Score'>> {
  const [comment, context] = [sent.comment?.trim() || null, sent.reputation_context?.trim() || null]
  if (!comment && !context)
    throw badField('comment', 'required', 'Say what the points are for: send comment or reputation_context.')
  const whose = named(ctx, sent)
  const where = whose.id === null ? 'username' : 'user_id'
  return ctx.kith.db.transaction(async (tx) => {
    const row = await locking.row(tx, { ...whose, actor: ctx.actor.id })
    const others = () =>
      badField(where, 'not_yours', 'Only moderators change the points of others. Leave this out for your own.')
    if (!row) throw isModerator(ctx.actor) ? badField(where, 'unknown', 'There is no such member.') : others()
    checkAgain(ctx, scorer, row)
    if (row.id !== ctx.actor.id && !['admin', 'moderator'].includes(row.role ?? '')) throw others()
    if (Math.abs(row.reputation + sent.score) > mostPoints)
      throw refused('too_many', `Nobody has more than ${mostPoints} points, or fewer than -${mostPoints}.`)
    const values = { id: row.id, points: sent.score, comment, context, actor: ctx.actor.id, now: ctx.now }
    return (await giving.row(tx, values)) as Json<'Score'>
  })
}
