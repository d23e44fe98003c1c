import { isStaff } from '../auth/actor.ts'
import { type Flags, flagsFor } from '../community/flags.ts'
import { loadCommunity } from '../community/state.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { type For, type LockedTarget, markJoin } from '../marks/target.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden, notFound, unauthorized } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql } from '../platform/http/view.ts'
import { statement } from '../platform/sql/statement.ts'
import { authorSeenSql } from './hidden.ts'
import { byKindAndFlags, enabled, type Kind } from './kinds.ts'
import { contributionViews } from './views.ts'

export const noContribution = ({ name }: Kind) => notFound(`No ${name} has this id.`)

/** Joins what the viewer needs of a contribution c: its author u, their relation v, their mark m. */
export const viewerJoins = (viewer: string) => `join users u on u.id = c.author_id
  left join relation v on v.member_id = ${viewer} and v.other_id = c.author_id
  ${markJoin('c.id', 'c.kind', viewer)}`

/** SQL of a contribution in a list. */
export const renderContribution = (kind: Kind, flags: Flags, viewer: string) =>
  renderSql(contributionViews[kind.name], flags, viewer)

const showing = statement({
  name: 'contributions: show',
  takes: { viewer: 'bigint?', id: 'bigint', staff: 'boolean' },
  gives: { json: 'text' },
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `select ${renderContribution(kind, flags, $.viewer)}::text as json
    from (select * from contribution where id = ${$.id} and kind = ${kind.id}) c ${viewerJoins($.viewer)}
    where (not c.deleted or c.author_id = ${$.viewer} or ${$.staff}) and not c.erased and ${authorSeenSql('c', $.viewer)}`,
})

/**
 * A contribution as the one who calls may see it: a deleted one its author and the staff, and nobody what is of
 * somebody they hide.
 */
export async function showContribution(ctx: Ctx, kind: Kind, id: number): Promise<Json> {
  const { actor, community, db } = ctx
  const values = { viewer: actor?.id ?? null, id, staff: isStaff(actor) }
  const row = await showing.row(db, values, { kind, flags: flagsFor(community, actor !== null) })
  if (!row) throw noContribution(kind)
  return row
}

/** Refuses one who has left, or been blocked, since they were let in. */
export function checkStatus(status: string | undefined, who: For): void {
  if (status !== 'a' && status !== 'b') throw unauthorized('The member of this token is no longer here.')
  if (status === 'b' && who === 'active member')
    throw forbidden('Your account is blocked: you may read, but not do this.')
}

const locking = statement({
  name: 'contributions: lock',
  takes: { id: 'bigint', kind: 'smallint', member: 'bigint' },
  gives: { author: 'bigint', deleted: 'boolean', status: 'text', hidden: 'boolean', version: 'int' },
  sql: ($) => `select c.author_id as author, c.deleted, me.status::text as status,
      coalesce(v.hidden_place is not null or v.hidden_by, false)
        or exists (select from hidden_author h where h.member_id = ${$.member} and h.author_id = c.author_id) as hidden,
      (select version from community) as version
    from contribution c join users me on me.id = ${$.member}
    left join relation v on v.member_id = ${$.member} and v.other_id = c.author_id
    where c.id = ${$.id} and c.kind = ${$.kind} for no key update of c for key share of me`,
})

/**
 * Locks a contribution for an act, so that acts on it come one after the other. Nobody acts on what is deleted, nor on
 * what is of somebody they hide or who hides them. Who acts is looked at again, and cannot leave before the act is done;
 * and so is whether the community has this kind, of which this node may not have heard yet.
 */
export async function lockContribution(
  tx: Db,
  ctx: MemberCtx,
  kind: Kind,
  id: number,
  who: For,
): Promise<LockedTarget> {
  const member = ctx.actor.id
  const row = await locking.row(tx, { id, kind: kind.id, member })
  if (!row) throw noContribution(kind)
  checkStatus(row.status, who)
  const community = row.version === ctx.community.version ? ctx.community : await loadCommunity(tx)
  enabled(kind).check({ ...ctx, community })
  if (row.deleted && row.author !== member) throw noContribution(kind)
  if (row.hidden) throw forbidden('One of you has hidden the other.')
  const { author, deleted } = row
  return { author, deleted, community }
}

const existence = statement({
  name: 'contributions: existence',
  takes: { id: 'bigint', kind: 'smallint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from contribution c where id = ${$.id} and kind = ${$.kind} and not erased
    and not exists (select from erasure e where e.member_id = c.author_id)`,
})

/** Throws 404 unless there is a contribution of this kind and id, whoever may see it. */
export async function findContribution(ctx: Ctx, kind: Kind, id: number): Promise<void> {
  if (!(await existence.row(ctx.db, { id, kind: kind.id }))) throw noContribution(kind)
}
