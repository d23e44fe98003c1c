import { isStaff } from '../auth/actor.ts'
import { admitAgain, againGives, againSql } from '../auth/again.ts'
import type { MemberAudience } from '../auth/audience.ts'
import { type Flags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { type AskedTarget, admitEach, type LockedTarget, markJoin } from '../marks/target.ts'
import { defineHolder } from '../media/holder.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden, notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { lockSql } from '../platform/sql/lock-rows.ts'
import { one } from '../platform/sql/one.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { isForSql, publishedIsForSql } from '../users/addressed.ts'
import { relationJoin } from '../users/visibility.ts'
import { byKindAndFlags, type ContributionName, enabled, type Kind, kinds } from './kinds.ts'
import { authorSeenSql, betweenHiddenSql } from './seen.ts'
import { contributionViews, namedByContributions } from './views.ts'
import { veilJoin } from './withheld.ts'

export const noContribution = ({ name }: Kind) => notFound(`No ${name} has this id.`)

/** Joins what the viewer needs of a contribution c: its author u, their relation v, their mark m, its veil. */
export const viewerJoins = (viewer: string) => `join users u on u.id = c.author_id
  ${relationJoin(viewer, 'c.author_id')}
  ${markJoin('c.id', 'c.kind', viewer)} ${veilJoin(viewer)}`

/** Joins a contribution c by its id, with what the viewer needs of it: for lists whose rows are contributions. */
export const contributionJoins = (id: string, viewer: string) =>
  `join contribution c on c.id = ${id} ${viewerJoins(viewer)}${namedByContributions(viewer)}`

/** SQL of a contribution in a list. */
export const renderContribution = (kind: Kind, flags: Flags, viewer: string) =>
  renderSql(contributionViews[kind.name], flags, viewer)

/**
 * SQL of whether the viewer may read the contribution c. Its author and the staff read a deleted one; only its author
 * an unpublished one; nobody one by an author they do not see, or addressed to others.
 */
export const readableSql = (viewer: string, staff: string, c = 'c') =>
  `(not ${c}.deleted or ${c}.author_id = ${viewer} or ${staff} and ${c}.published) and not ${c}.erased and ${publishedIsForSql(c, viewer)} and ${authorSeenSql(c, viewer)}`

const sharing = statement({
  name: 'contributions: one to be shared',
  takes: { id: 'bigint', viewer: 'bigint' },
  gives: { kind: 'int' },
  sql: ($) => `select c.kind::int as kind from contribution c
    where c.id = ${$.id} and not c.deleted and ${isForSql('c', $.viewer)} and ${authorSeenSql('c', $.viewer)}`,
})

/** Those who may read a contribution get its medias; those who see it may share it. */
defineHolder({
  seen: (m, viewer, staff) =>
    `exists (select from contribution c where c.id = ${m}.contribution_id and ${readableSql(viewer, staff)})`,
  async shared(ctx, id) {
    const row = await sharing.row(ctx.db, { id, viewer: ctx.actor.id })
    const kind = Object.values(kinds).find((each) => each.id === row?.kind)
    return kind && ctx.community.options[kind.option] ? kind.name : null
  },
})

const showing = one({
  name: 'contributions: show',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  gives: { json: shown(...Object.values(contributionViews)) },
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `select ${renderContribution(kind, flags, $.viewer)}::text as json
    from contribution c ${viewerJoins($.viewer)}
    where c.id = ${$.id} and c.kind = ${kind.id} and ${readableSql($.viewer, $.staff)}`,
})

/**
 * A contribution as the caller may see it; 404 if they may not.
 * @param written whether they have just written it
 */
export async function showContribution(
  ctx: Ctx,
  kind: Kind,
  id: number,
  written = false,
): Promise<Json<ContributionName>> {
  const { actor, community, db } = ctx
  const values = { viewer: actor?.id ?? null, id, staff: isStaff(actor) }
  const row = await showing.row(db, values, { kind, flags: flagsSeenBy(actor, community) }, written)
  if (!row) throw noContribution(kind)
  return row
}

/** What a moderator needs of a locked contribution: whether it is hidden, and whether a moderator deleted it. */
export type LockedForModeration = { collapsed: boolean; moderated: boolean }

const locking = statement({
  name: 'contributions: lock',
  takes: { id: 'bigint', kind: 'smallint', member: 'bigint' },
  gives: {
    ...{ author: 'bigint', deleted: 'boolean', published: 'boolean', collapsed: 'boolean', moderated: 'boolean' },
    ...{ hidden: 'boolean', kept: 'boolean', ...againGives },
  },
  forEach: true,
  variants: () => [{ waits: true }, { waits: false }],
  sql: ($, { waits }) => `select c.author_id as author, c.deleted, c.published, c.collapsed, c.moderated,
      ${betweenHiddenSql('v', $.member, 'c.author_id')} as hidden, not ${isForSql('c', $.member)} as kept,
      ${againSql}
    from contribution c join users me on me.id = ${$.member}
    ${relationJoin($.member, 'c.author_id')}
    where c.id = ${$.id} and c.kind = ${$.kind} and not c.erased
    ${lockSql('no key update of c', waits)} ${lockSql('key share of me', waits)}`,
})

type Locked = LockedTarget & { published: boolean } & LockedForModeration

/** What was locked, if the caller may act on it. */
async function admit(
  tx: Db,
  ctx: MemberCtx,
  kind: Kind,
  id: number,
  who: MemberAudience,
  row: Awaited<ReturnType<typeof locking.row>>,
  moderating = false,
): Promise<Locked> {
  if (!row) throw noContribution(kind)
  const community = await admitAgain(tx, ctx, who, row, enabled(kind))
  if (moderating ? !row.published : row.kept || (row.deleted && row.author !== ctx.actor.id)) throw noContribution(kind)
  if (row.hidden && !moderating) throw forbidden('One of you has hidden the other.')
  const { author, deleted, published, collapsed, moderated } = row
  who.checkOwner(ctx.actor, author, kind.name)
  const about = { subject: { kind: kind.id, id, owner: author } }
  return { author, deleted, published, collapsed, moderated, community, about }
}

/**
 * Locks a contribution for an act, so that acts on it come one after the other. Refuses contributions that are
 * deleted, addressed to others, or by somebody who hides the caller or whom the caller hides. The caller is checked
 * again, and cannot leave before the act ends. The community's kinds are checked again too: this node may not know of
 * a change yet.
 * @param who the audience of the act; for authors, only the author of this one
 * @param moderating an act of moderators: on anything published, whoever hides whom
 */
export async function lockContribution(
  tx: Db,
  ctx: MemberCtx,
  kind: Kind,
  id: number,
  who: MemberAudience,
  moderating = false,
): Promise<Locked> {
  const row = await locking.row(tx, { id, kind: kind.id, member: ctx.actor.id }, { waits: true })
  return admit(tx, ctx, kind, id, who, row, moderating)
}

/** The same for acts that are done together: see `Target`. */
export async function lockContributions(tx: Db, kind: Kind, asked: AskedTarget[], who: MemberAudience) {
  const waits = asked.length === 1
  const sets = asked.map(({ ctx, id }) => ({ id, kind: kind.id, member: ctx.actor.id }))
  const rows = await locking.each(tx, sets, { waits })
  return admitEach(asked, async ({ ctx, id }, i) => {
    const row = rows[i]?.[0]
    return row || waits ? admit(tx, ctx, kind, id, who, row) : undefined
  })
}

/** SQL of the contribution c of a kind, if the viewer may read it. */
export const readableOneSql = (id: string, kind: string | number, viewer: string, staff: string) =>
  `contribution c where c.id = ${id} and c.kind = ${kind} and (c.published or c.author_id = ${viewer})
     and ${readableSql(viewer, staff)}`

const existence = statement({
  name: 'contributions: existence',
  takes: { id: 'bigint', kind: 'smallint', viewer: 'bigint?', staff: 'boolean' },
  gives: { id: 'bigint' },
  variants: () => [{ readable: true }, { readable: false }],
  sql: ($, { readable }) =>
    readable
      ? `select c.id from ${readableOneSql($.id, $.kind, $.viewer, $.staff)}`
      : `select c.id from contribution c
    where c.id = ${$.id} and c.kind = ${$.kind} and not c.erased and (c.published or c.author_id = ${$.viewer})
     and ${isForSql('c', $.viewer)} and not exists (select from erasure e where e.member_id = c.author_id)`,
})

async function mustBeThere({ db, actor }: Ctx, kind: Kind, id: number, readable: boolean): Promise<void> {
  const values = { id, kind: kind.id, viewer: actor?.id ?? null, staff: isStaff(actor) }
  if (!(await existence.row(db, values, { readable }))) throw noContribution(kind)
}

/** Throws 404 unless a contribution of this kind and id exists and is not addressed to others. */
export const findContribution = (ctx: Ctx, kind: Kind, id: number): Promise<void> => mustBeThere(ctx, kind, id, false)

/** Throws 404 unless the caller may see such a contribution. */
export const seeContribution = (ctx: Ctx, kind: Kind, id: number): Promise<void> => mustBeThere(ctx, kind, id, true)

const polling = statement({
  name: 'contributions: poll of one',
  takes: { id: 'bigint' },
  gives: { poll: 'bigint?' },
  sql: ($) => `select poll_id as poll from contribution where id = ${$.id}`,
})

/** The id of the poll in a contribution, if it has one. */
export const pollOf = async (db: Db, id: number): Promise<number | null> =>
  (await polling.row(db, { id }))?.poll ?? null
