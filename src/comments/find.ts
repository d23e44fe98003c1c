import { isStaff } from '../auth/actor.ts'
import { admitAgain, againGives, againSql } from '../auth/again.ts'
import type { MemberAudience } from '../auth/audience.ts'
import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { type LockedForModeration, readableSql } from '../contributions/find.ts'
import { enabled, type Kind, kinds } from '../contributions/kinds.ts'
import { authorSeenSql, betweenHiddenSql } from '../contributions/seen.ts'
import { type AskedTarget, admitEach, type LockedTarget } from '../marks/target.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden, notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { lockSql } from '../platform/sql/lock-rows.ts'
import { one } from '../platform/sql/one.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { isForSql } from '../users/addressed.ts'
import { relationJoin } from '../users/visibility.ts'
import { commentsId, thereSql } from './kept.ts'
import { Comment, commentJoins, renderComment } from './views.ts'

export const noComment = () => notFound('No comment has this id.')

/** The kind of contribution that a row is on. */
const kindOf = (id: number): Kind => {
  const kind = Object.values(kinds).find((each) => each.id === id)
  if (!kind) throw new Error(`No kind of contribution has the number ${id}`)
  return kind
}

/** SQL of whether the viewer sees the comment that c replies to, if there is one. */
export const parentSeenSql = (c: string, viewer: string, staff: string) =>
  `(${c}.parent_id is null or exists (select from comment q
    where q.id = ${c}.parent_id and ${thereSql('q', viewer, staff)} and ${authorSeenSql('q', viewer)}))`

const showing = one({
  name: 'comments: show',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  gives: { kind: 'int', json: shown(Comment) },
  variants: byFlags,
  sql: ($, { flags }) => `select c.kind::int as kind, ${renderComment(flags, $.viewer)}::text as json
    from comment c ${commentJoins($.viewer)}
    where c.id = ${$.id} and ${thereSql('c', $.viewer, $.staff)} and ${authorSeenSql('c', $.viewer)} and ${parentSeenSql('c', $.viewer, $.staff)}
      and ${readableSql($.viewer, $.staff, 'x')}`,
})

/**
 * A comment as the caller may see it; 404 if they may not see it or its contribution.
 * @param db the transaction of an act that shows what it wrote: afterwards somebody may have deleted the contribution
 */
export async function showComment(ctx: Ctx, id: number, db: Db = ctx.db): Promise<Json<'Comment'>> {
  const { actor, community } = ctx
  const values = { viewer: actor?.id ?? null, id, staff: isStaff(actor) }
  const row = await showing.row(db, values, { flags: flagsSeenBy(actor, community) })
  if (!row) throw noComment()
  enabled(kindOf(row.kind)).check(ctx)
  return row
}

const existence = statement({
  name: 'comments: existence',
  takes: { id: 'bigint', viewer: 'bigint?', staff: 'boolean' },
  gives: { kind: 'int', contribution: 'bigint' },
  variants: () => [{ readable: true }, { readable: false }],
  sql: ($, { readable }) => `select x.kind::int as kind, x.id as contribution
    from comment c join contribution x on x.id = c.contribution_id
    where c.id = ${$.id} and not c.erased and not exists (select from erasure e where e.member_id in (c.author_id, x.author_id))
    and ${isForSql('x', $.viewer)}
    ${
      readable
        ? `and ${thereSql('c', $.viewer, $.staff)} and ${authorSeenSql('c', $.viewer)} and ${parentSeenSql('c', $.viewer, $.staff)}
      and ${readableSql($.viewer, $.staff, 'x')}`
        : ''
    }`,
})

async function mustBeThere(ctx: Ctx, id: number, readable: boolean): Promise<{ contribution: number }> {
  const values = { id, viewer: ctx.actor?.id ?? null, staff: isStaff(ctx.actor) }
  const row = await existence.row(ctx.db, values, { readable })
  if (!row) throw noComment()
  enabled(kindOf(row.kind)).check(ctx)
  return row
}

/** Throws 404 unless a comment with this id exists. */
export const findComment = (ctx: Ctx, id: number) => mustBeThere(ctx, id, false)

/** Throws 404 unless the caller may see such a comment. Gives the id of its contribution. */
export const seeComment = (ctx: Ctx, id: number) => mustBeThere(ctx, id, true)

const lockingThread = statement({
  name: 'comments: lock what one is on',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `select from contribution where id = (select contribution_id from comment where id = ${$.id})
    for no key update`,
})

const lockingParent = statement({
  name: 'comments: lock what one is a reply to',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `select from comment where id = (select parent_id from comment where id = ${$.id}) for no key update`,
})

const holdingThread = statement({
  name: 'comments: hold what one is on',
  takes: { id: 'bigint' },
  gives: { held: 'boolean' },
  forEach: true,
  variants: () => [{ waits: true }, { waits: false }],
  sql: ($, { waits }) => {
    const share = lockSql('share', waits)
    return `select exists (select from contribution x where x.id = c.contribution_id ${share})
        and (c.parent_id is null or exists (select from comment q where q.id = c.parent_id ${share})) as held
      from comment c where c.id = ${$.id}`
  },
})

const locking = statement({
  name: 'comments: lock',
  takes: { id: 'bigint', member: 'bigint' },
  gives: {
    ...{ author: 'bigint', deleted: 'boolean', kind: 'int', contribution: 'bigint' },
    ...{ owner: 'bigint', parent: 'bigint?', parent_author: 'bigint?', hidden: 'boolean' },
    ...{ gone: 'boolean', unseen: 'boolean', collapsed: 'boolean', moderated: 'boolean', ...againGives },
  },
  forEach: true,
  variants: () => [{ waits: true }, { waits: false }],
  sql: (
    $,
    { waits },
  ) => `select c.author_id as author, c.deleted, c.kind::int as kind, c.contribution_id as contribution,
      x.author_id as owner, q.id as parent, q.author_id as parent_author,
      ${betweenHiddenSql('v', $.member, 'c.author_id')} or ${betweenHiddenSql('w', $.member, 'x.author_id')} as hidden,
      x.deleted or coalesce(q.deleted, false) as gone,
      c.deleted and c.author_id <> ${$.member} or x.deleted and x.author_id <> ${$.member}
        or coalesce(q.deleted and q.author_id <> ${$.member}, false) or not ${isForSql('x', $.member)} as unseen,
      c.collapsed, c.moderated, ${againSql}
    from comment c join contribution x on x.id = c.contribution_id join users me on me.id = ${$.member}
    left join comment q on q.id = c.parent_id
    ${relationJoin($.member, 'c.author_id')}
    ${relationJoin($.member, 'x.author_id', 'w')}
    where c.id = ${$.id} and not c.erased
    ${lockSql('no key update of c', waits)} ${lockSql('key share of me', waits)}`,
})

type Locked = LockedTarget & { about: Required<LockedTarget['about']> } & LockedForModeration

/** What was locked, if the caller may act on it. */
async function admit(
  tx: Db,
  ctx: MemberCtx,
  id: number,
  who: MemberAudience,
  row: Awaited<ReturnType<typeof locking.row>>,
  moderating = false,
): Promise<Locked> {
  if (!row) throw noComment()
  const community = await admitAgain(tx, ctx, who, row, enabled(kindOf(row.kind)))
  if (row.unseen && !moderating) throw noComment()
  if (row.hidden && !moderating) throw forbidden('One of you has hidden the other.')
  const { author, deleted, gone, collapsed, moderated } = row
  who.checkOwner(ctx.actor, author, 'comment')
  if (gone) throw refused('deleted', 'What this comment is on is deleted. Restore that first.')
  const subject = { kind: row.kind, id: row.contribution, owner: row.owner }
  const under = row.parent === null ? null : { id: row.parent, owner: row.parent_author as number }
  return { author, deleted, collapsed, moderated, community, about: { subject, part: { kind: commentsId, id, under } } }
}

/**
 * Locks a comment for an act. Refuses comments that the caller does not see, and comments by or on contributions of
 * somebody who hides the caller or whom the caller hides. The contribution, and the comment replied to, are locked
 * first: once one is deleted, nobody may be told of its comments any more.
 * @param thread whether those two are locked for a change of their counts
 * @param moderating an act of moderators: on anything deleted, whoever hides whom
 */
export async function lockComment(
  tx: Db,
  ctx: MemberCtx,
  id: number,
  who: MemberAudience,
  thread = false,
  moderating = false,
): Promise<Locked> {
  if (thread) {
    await lockingThread.rows(tx, { id })
    await lockingParent.rows(tx, { id })
  } else await holdingThread.rows(tx, { id }, { waits: true })
  const row = await locking.row(tx, { id, member: ctx.actor.id }, { waits: true })
  return admit(tx, ctx, id, who, row, moderating)
}

/** The same for acts that are done together: see `Target`. */
export async function lockComments(tx: Db, asked: AskedTarget[], who: MemberAudience) {
  const waits = asked.length === 1
  const held = await holdingThread.each(
    tx,
    asked.map(({ id }) => ({ id })),
    { waits },
  )
  const rows = await locking.each(
    tx,
    asked.map(({ ctx, id }) => ({ id, member: ctx.actor.id })),
    { waits },
  )
  return admitEach(asked, async ({ ctx, id }, i) => {
    const row = rows[i]?.[0]
    return waits || (row && held[i]?.[0]?.held) ? admit(tx, ctx, id, who, row) : undefined
  })
}
