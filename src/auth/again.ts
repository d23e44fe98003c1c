import { type Community, loadCommunity } from '../community/state.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { unauthorized } from '../platform/errors.ts'
import type { Gate } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Actor } from './actor.ts'
import type { MemberAudience } from './audience.ts'
import { isActive } from './status.ts'

/** What an act reads again of who calls, and of the community, beside what it locks. */
export type Again = { status: string; role: string | null; version: number }

/** SQL of those columns; the row of the member who calls is `me`. */
export const againSql = 'me.status::text as status, me.role, (select version from community) as version'

/** Their types, for a statement that gives them. */
export const againGives = { status: 'text', role: 'text?', version: 'int' } as const

/**
 * Refuses one who has left since they were let in, or does not belong to the audience any more.
 * @param now the member's row as it is, undefined if there is none
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
 * The other way in which acts at the same moment get along, besides `decide`: an act locks a row, in a statement that gives
 * `Again` as well, and hands that on here. Who calls and the mode are looked at again as they are by now, and hold until
 * the transaction ends as far as the act depends on them: another node may have changed them without this one knowing.
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

/** The same for an act that cannot read this beside what it locks: a table, or the row of the community. */
export const lookAgain = async (tx: Db, ctx: MemberCtx, who: MemberAudience, gate?: Gate<Ctx>): Promise<Community> =>
  admitAgain(tx, ctx, who, await reading.row(tx, { member: ctx.actor.id }), gate)
