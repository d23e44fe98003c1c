import { moderator } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, refused } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { addDue, moderated } from '../scores/due.ts'
import { type Moderated, type Moderation, type Reason, reasons, tellModerated } from './notices.ts'
import { checkRank } from './rank.ts'
import type { Thing } from './things.ts'

export const actions = ['scold_author', 'scold_flagger', 'ignore', 'hide', 'delete'] as const
export type Action = (typeof actions)[number]

/** The decision of moderators: open, ignored, hidden, deleted. */
type Status = 'o' | 'i' | 'h' | 'd'

const looking = statement({
  name: 'moderation: look at a case',
  takes: { kind: 'smallint', id: 'bigint', author: 'bigint', flagger: 'bigint?' },
  gives: { status: 'text', reason: 'int?', role: 'text?', flagged: 'boolean' },
  sql: ($) => `select coalesce(k.status, 'o')::text as status, k.reason::int as reason, u.role,
      exists (select from mark m where m.target_id = ${$.id} and m.kind = ${$.kind} and m.member_id = ${$.flagger}
        and m.flag_type is not null) as flagged
    from users u left join moderation_case k on k.kind = ${$.kind} and k.target_id = ${$.id} where u.id = ${$.author}`,
})

const deciding = statement({
  name: 'moderation: decide a case',
  takes: {
    ...{ kind: 'smallint', id: 'bigint', author: 'bigint', status: '"char"' },
    ...{ reason: 'smallint?', moderator: 'bigint', now: 'timestamptz' },
  },
  gives: {},
  sql: ($) => `insert into moderation_case (kind, target_id, author_id, status, reason, moderated_by, moderated_at)
    values (${$.kind}, ${$.id}, ${$.author}, ${$.status}, ${$.reason}, ${$.moderator}, ${$.now})
    on conflict (target_id, kind) do update set status = excluded.status, reason = excluded.reason,
      moderated_by = excluded.moderated_by, moderated_at = excluded.moderated_at`,
})

/** The case in its present state. */
type Case = Awaited<ReturnType<Thing['lock']>> & { status: Status; reason: number | null }

/** What the author is told, if anything. */
type Said = 'deleted' | 'collapsed' | 'undeleted' | 'noticed' | null

type Change = { status: Status; reason: number | null; apply(): Promise<void>; says: Said }

const taken = (status: Status) => status === 'h' || status === 'd'

/** The effect of an action on a case: hiding, deleting or ignoring a second time takes it back. */
function changeOf(
  ctx: MemberCtx,
  tx: Db,
  thing: Thing,
  id: number,
  found: Case,
  action: Action,
  type?: number,
): Change {
  const { name } = thing.target
  const { status, deleted, community } = found
  const given = { now: ctx.now, community }
  const nothing = async () => {}
  const reason = () => {
    if (type === undefined)
      throw badField('moderation_type', 'required', 'Say why: 0 spam, 1 aggressive, 2 vulgar, 3 poor, 4 offtopic.')
    return type
  }

  if (action === 'hide') {
    if (status === 'h')
      return { status: 'o', reason: null, apply: () => thing.setCollapsed(tx, id, false, given), says: 'undeleted' }
    if (deleted) throw refused('deleted', `This ${name} is deleted.`)
    return { status: 'h', reason: reason(), apply: () => thing.setCollapsed(tx, id, true, given), says: 'collapsed' }
  }
  if (action === 'delete') {
    if (status === 'd')
      return { status: 'o', reason: null, apply: () => thing.setDeleted(tx, id, false, given), says: 'undeleted' }
    if (deleted) throw refused('already_deleted', `Its author has deleted this ${name} already.`)
    const apply = async () => {
      if (status === 'h') await thing.setCollapsed(tx, id, false, given)
      await thing.setDeleted(tx, id, true, given)
    }
    return { status: 'd', reason: reason(), apply, says: 'deleted' }
  }
  if (action === 'ignore') {
    if (taken(status))
      throw refused('moderated', `This ${name} is ${status === 'h' ? 'hidden' : 'deleted'}: take that back first.`)
    return { status: status === 'i' ? 'o' : 'i', reason: null, apply: nothing, says: null }
  }
  // A notice changes only who looked last.
  if (action === 'scold_author') reason()
  return { status, reason: found.reason, apply: nothing, says: action === 'scold_author' ? 'noticed' : null }
}

/** The subject of its notification. */
const subjectOf = ({ about: { subject, part } }: Pick<Case, 'about'>): Moderated => ({
  contribution: { ...subject, owner: subject.owner as number },
  ...(part && { comment: { id: part.id, parent: part.under } }),
})

/** The notice for the author. */
const saying = (found: Pick<Case, 'about'>, says: Exclude<Said, null>, type?: number): Moderation =>
  says === 'undeleted'
    ? { what: says, ...subjectOf(found) }
    : { what: says, reason: reasons[type ?? 0] as Reason, ...subjectOf(found) }

export type Sent = { action: Action; moderation_type?: number; user?: number }

/**
 * Deals with something as a moderator: sends its author or a flagger a notice, ignores it, hides it from all but its
 * author, or deletes it. Nobody deals with their own, or with something of somebody with a higher role.
 */
export async function moderate(ctx: MemberCtx, thing: Thing, id: number, sent: Sent): Promise<void> {
  const { action, moderation_type: type, user: flagger } = sent
  if (action === 'scold_flagger' && flagger === undefined)
    throw badField('user', 'required', 'Send the id of the member who flagged it as `user`.')
  await ctx.kith.db.transaction(async (tx) => {
    const locked = await thing.lock(tx, ctx, id, moderator)
    const kind = thing.target.id
    const row = await looking.row(tx, { kind, id, author: locked.author, flagger: flagger ?? null })
    if (!row) throw new Error('Whatever is moderated has an author')
    checkRank(ctx.actor, { id: locked.author, role: row.role })
    if (action === 'scold_flagger' && !row.flagged)
      throw badField('user', 'unknown', `This member has not flagged this ${thing.target.name}.`)
    const found = { ...locked, status: row.status as Status, reason: row.reason }
    const { status, reason, apply, says } = changeOf(ctx, tx, thing, id, found, action, type)
    await apply()
    const values = { kind, id, author: locked.author, status, reason, moderator: ctx.actor.id, now: ctx.now }
    await deciding.rows(tx, values)
    if (taken(status) !== taken(found.status))
      await addDue(tx, locked.author, taken(status) ? moderated.loses : moderated.regains)
    const said = { now: ctx.now, community: locked.community }
    if (says) await tellModerated(tx, said, locked.author, saying(locked, says, type))
    if (action === 'scold_flagger')
      await tellModerated(tx, said, flagger as number, { what: 'flag_noticed', ...subjectOf(locked) })
  })
}
