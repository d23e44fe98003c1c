import { activeMember } from '../auth/audience.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { lockContribution } from '../contributions/find.ts'
import { betweenHiddenSql } from '../contributions/seen.ts'
import { tell } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, forbidden } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { relationJoin } from '../users/visibility.ts'
import { commentCreated } from './events.ts'
import { showComment } from './find.ts'
import { checkCommenting, commentsOnDeleted, readComment, type Sent } from './inputs.ts'
import { commentsId } from './kept.ts'
import { commentOf, mentionOf } from './notices.ts'
import { eventData } from './views.ts'

const creating = statement({
  name: 'comments: create',
  takes: {
    ...{ contribution: 'bigint', parent: 'bigint?', in_reply_to: 'bigint?', author: 'bigint' },
    ...{ html: 'text', summary: 'text', now: 'timestamptz' },
  },
  gives: { id: 'bigint' },
  variants: byFlags,
  sql: ($, { flags }) => `with x as (
      update contribution set comment_count = comment_count + 1, thread_count = thread_count + (${$.parent} is null)::int,
        last_activity_at = greatest(last_activity_at, ${$.now})
      where id = ${$.contribution} returning *
    ), parent as (
      update comment set comment_count = comment_count + 1 where id = ${$.parent}
    ), c as (
      insert into comment (contribution_id, kind, parent_id, in_reply_to_id, author_id, html, summary, added_at)
      select x.id, x.kind, ${$.parent}, ${$.in_reply_to}, ${$.author}, ${$.html}, ${$.summary}, ${$.now} from x
      returning *
    ), counted as (
      update contribution_total t set uncommented = t.uncommented - 1
      from x where x.comment_count = 1 and t.kind = x.kind and t.part = x.author_id % 16
    ), contributed as (
      insert into contributor as k (contribution_id, author_id, comments)
      select contribution_id, author_id, 1 from c
      on conflict (contribution_id, author_id) do update set comments = k.comments + 1
    ), author as materialized (
      select * from users where id = ${$.author}
    ), emitted as (
      ${emit($.now, [commentCreated, eventData(flags), 'from c'])}
    )
    select id from c`,
})

const lockingReplied = statement({
  name: 'comments: lock what is replied to',
  takes: { ids: 'bigint[]', member: 'bigint' },
  gives: {
    id: 'bigint',
    author: 'bigint',
    contribution: 'bigint',
    parent: 'bigint?',
    deleted: 'boolean',
    hidden: 'boolean',
  },
  sql: ($) => `select c.id, c.author_id as author, c.contribution_id as contribution, c.parent_id as parent, c.deleted,
      ${betweenHiddenSql('v', $.member, 'c.author_id')} as hidden
    from comment c ${relationJoin($.member, 'c.author_id')}
    where c.id = any(${$.ids}) order by c.id for no key update of c`,
})

/** The comment that a comment replies to: one on the same contribution, or a reply under it. */
async function lockReplied(
  tx: Db,
  { actor }: MemberCtx,
  contribution: number,
  sent: Pick<Sent, 'parent' | 'in_reply_to'>,
): Promise<{ parent: number | null; in_reply_to: number | null; authors: Map<number, number> }> {
  const { parent = null, in_reply_to = null } = sent
  if (parent === null && in_reply_to === null) return { parent, in_reply_to, authors: new Map() }
  if (parent === null) throw badField('parent', 'required', 'Send the comment that is replied under as `parent`, too.')
  const ids = in_reply_to === null ? [parent] : [parent, in_reply_to]
  const rows = new Map((await lockingReplied.rows(tx, { ids, member: actor.id })).map((row) => [row.id, row]))
  for (const [field, id] of Object.entries({ parent, in_reply_to })) {
    if (id === null) continue
    const row = rows.get(id)
    if (!row || row.deleted || row.contribution !== contribution)
      throw badField(field, 'unknown', `There is no comment ${id} here.`)
    if (row.hidden) throw forbidden('One of you has hidden the other.')
    if (field === 'parent' && row.parent !== null)
      throw badField(
        field,
        'invalid',
        `Comment ${id} is a reply: send it as \`in_reply_to\`, and its own parent as \`parent\`.`,
      )
    if (field === 'in_reply_to' && id !== parent && row.parent !== parent)
      throw badField(field, 'invalid', `Comment ${id} is no reply to comment ${parent}.`)
  }
  return { parent, in_reply_to, authors: new Map([...rows].map(([id, { author }]) => [id, author])) }
}

/**
 * Comments on a contribution, in one transaction: the row, the counts of the contribution and of the comment it
 * replies to, the event.
 */
export async function createComment(ctx: MemberCtx, sent: Sent): Promise<Json<'Comment'>> {
  const { on, written } = await readComment(ctx, sent)
  if (!on) throw new Error('A comment is on something')
  return ctx.kith.db.transaction(async (tx) => {
    const { deleted, community, about } = await lockContribution(tx, ctx, on.kind, on.id, activeMember)
    if (deleted) throw commentsOnDeleted(on.kind.name)
    checkCommenting(community)
    const { authors, ...replied } = await lockReplied(tx, ctx, on.id, sent)
    const values = { contribution: on.id, ...replied, author: ctx.actor.id, ...written, now: ctx.now }
    const row = await creating.row(tx, values, { flags: flagsFor(community, true) })
    const { id } = row as { id: number }
    const authorOf = (id: number | null) => (id === null ? null : authors.get(id))
    const { parent } = replied
    const under = parent === null ? null : { id: parent, owner: authorOf(parent) as number }
    const said = { about: { ...about, part: { kind: commentsId, id, under } }, actor: ctx.actor.id, html: written.html }
    await tell(tx, { now: ctx.now, community }, [
      mentionOf(said),
      commentOf(said, [authorOf(parent), authorOf(replied.in_reply_to)]),
    ])
    return showComment(ctx, id, tx)
  })
}
