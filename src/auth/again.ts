import { type Community, loadCommunity } from '../community/state.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { unauthorized } from '../platform/errors.ts'
import type { Gate } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Actor } from './actor.ts'
import type { MemberAudience } from './audience.ts'
import { isActive } from './status.ts'

/** What an act reads again of the caller and the community, beside what it locks. */
export type Again = { status: string; role: string | null; version: number }

/** SQL of those columns; the caller's row is `me`. */
export const againSql = 'me.status::text as status, me.role, (select version from community) as version'

/** Their types, for the `gives` of a statement. */
export const againGives = { status: 'text', role: 'text?', version: 'int' } as const

/**
 * Refuses a caller who has left since they were admitted, or no longer belongs to the audience.
 * @param now the member's present row, undefined if there is none
 */
export function checkAgain(
  { actor }: Pick<MemberCtx, 'actor'>,
  who: MemberAudience,
  now: { status: string; role?: string | null } | undefined,
): void {
  if (!now || !isActive(now.status)) throw unauthorized('The member of this token is no longer here.')
  const role = now.role === undefined ? actor.role : now.role
  who.check({ ...actor, status: now.status, role } as Actor)
}

/**
 * The other way in which concurrent acts get along, besides `decide`: an act locks a row, in a statement that also
 * gives `Again`, and passes that here. The caller and the mode are checked again as they are by now, and hold until
 * the transaction ends as far as the act depends on them: another node may have changed them without this one
 * knowing.
 *
 * @param gate the condition of the community that the act needs
 * @returns the community as it is
 */
export async function admitAgain(
  tx: Db,
  ctx: MemberCtx,
  who: MemberAudience,
  row: Again | undefined,
  gate?: Gate<Ctx>,
): Promise<Community> {
  checkAgain(ctx, who, row)
  const community = row?.version === ctx.community.version ? ctx.community : await loadCommunity(tx)
  gate?.check({ ...ctx, community })
  return community
}

const reading = statement({
  name: 'auth: look at who calls again',
  takes: { member: 'bigint' },
  gives: againGives,
  sql: ($) => `select ${againSql} from users me where me.id = ${$.member}`,
})

/** The same for an act that locks a table or the community's row, and cannot read this in the same statement. */
export const lookAgain = async (tx: Db, ctx: MemberCtx, who: MemberAudience, gate?: Gate<Ctx>): Promise<Community> =>
  admitAgain(tx, ctx, who, await reading.row(tx, { member: ctx.actor.id }), gate)
