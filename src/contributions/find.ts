import { isStaff } from '../auth/actor.ts'
import { type Community, loadCommunity } from '../community/state.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { forbidden, notFound, unauthorized } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy } from '../users/views.ts'
import { authorSeenSql } from './hidden.ts'
import { enabled, type Kind } from './kinds.ts'
import { contributionViews } from './views.ts'

export const noContribution = ({ name }: Kind) => notFound(`There is no ${name} of this id.`)

/** Joins what the viewer `$1` needs of a contribution c: its author u, their relation v, their mark m. */
export const viewerJoins = `join users u on u.id = c.author_id
  left join relation v on v.member_id = $1::bigint and v.other_id = c.author_id
  left join contribution_mark m on m.contribution_id = c.id and m.member_id = $1::bigint`

/** SQL of a contribution in a list. */
export const renderContribution = (kind: Kind, shown: Shown) => renderSql(contributionViews[kind.name], shown)

/**
 * A contribution as the one who calls may see it: a deleted one its author and the staff, and nobody what is of
 * somebody they hide.
 */
export async function showContribution(ctx: Ctx, kind: Kind, id: number): Promise<Json> {
  const { actor, community, db } = ctx
  const shown = shownBy(community, actor !== null)
  const text = textFor(`show ${kind.name}`, shown, () => {
    return `select ${renderContribution(kind, shown)}::text as json
      from (select * from contribution where id = $2 and kind = ${kind.id}) c ${viewerJoins}
      where (not c.deleted or c.author_id = $1 or $3::boolean) and ${authorSeenSql('c')}`
  })
  const [row] = await db.query<Json>(text, [actor?.id ?? null, id, isStaff(actor)])
  if (!row) throw noContribution(kind)
  return row
}

/** What an act on a contribution must know before: also, the community as it is now. */
export type Standing = { author: number; deleted: boolean; community: Community }

/** Whom an act is for: every member, or only those who are not blocked. */
type For = 'member' | 'active member'

/** Refuses one who has left, or been blocked, since they were let in. */
export function checkStatus(status: string | undefined, who: For): void {
  if (status !== 'a' && status !== 'b') throw unauthorized('The member of this token is no longer here.')
  if (status === 'b' && who === 'active member')
    throw forbidden('Your account is blocked: you may read, but not do this.')
}

/**
 * Takes a contribution for an act, so that acts on it come one after the other. Nobody acts on what is deleted, nor on
 * what is of somebody they hide or who hides them. Who acts is looked at again, and cannot leave before the act is done;
 * and so is whether the community has this kind, of which this node may not have heard yet.
 */
export async function takeContribution(tx: Db, ctx: MemberCtx, kind: Kind, id: number, who: For): Promise<Standing> {
  const member = ctx.actor.id
  const [row] = await tx.query<Omit<Standing, 'community'> & { hidden: boolean; status: string; version: number }>(
    `select c.author_id as author, c.deleted, me.status::text as status,
       coalesce(v.hidden_place is not null or v.hidden_by, false)
         or exists (select from hidden_author h where h.member_id = $3 and h.author_id = c.author_id) as hidden, (select version from community) as version
     from contribution c join users me on me.id = $3
     left join relation v on v.member_id = $3 and v.other_id = c.author_id
     where c.id = $1 and c.kind = $2 for no key update of c for key share of me`,
    [id, kind.id, member],
  )
  if (!row) throw noContribution(kind)
  checkStatus(row.status, who)
  const community = row.version === ctx.community.version ? ctx.community : await loadCommunity(tx)
  enabled(kind).check({ ...ctx, community })
  if (row.deleted && row.author !== member) throw noContribution(kind)
  if (row.hidden) throw forbidden('One of you has hidden the other.')
  const { author, deleted } = row
  return { author, deleted, community }
}

/** What the one who calls does with a contribution. */
export async function findMarks(ctx: MemberCtx, kind: Kind, id: number) {
  const [row] = await ctx.db.query<{ followed: boolean; suspended: boolean; hidden: boolean }>(
    `select m.followed_at is not null as followed, m.suspended_at is not null as suspended,
       coalesce(m.hidden, false) as hidden
     from contribution c left join contribution_mark m on m.contribution_id = c.id and m.member_id = $3
     where c.id = $1 and c.kind = $2`,
    [id, kind.id, ctx.actor.id],
  )
  if (!row) throw noContribution(kind)
  return row
}
