import type { Role } from '../auth/actor.ts'
import { joining } from '../categories/follow.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import { type Community, loadCommunity } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { emit } from '../platform/events/emit.ts'
import { rules } from '../platform/search/fold.ts'
import { foldName, sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { userCreated } from '../users/events.ts'
import type { Metadata } from '../users/metadata.ts'
import { explainTaken } from '../users/taken.ts'
import { WebhookUser } from '../users/views.ts'
import { checkPassword, hashPassword } from './password.ts'

export type NewMember = {
  username: string
  email?: string | null
  real_name?: string
  password?: string
  ext_id?: string | null
  role?: Role | null
  avatar?: string | null
  /** Values of the fields that the community has added to profiles, as `readMetadata` gives them. */
  metadata?: Metadata
  /** Ids of tags, as `readTags` gives them. */
  tag_ids?: number[]
}

const creating = statement({
  name: 'accounts: create',
  takes: {
    ...{ username: 'text', email: 'text?', real_name: 'text', ext_id: 'text?', role: 'text?', avatar: 'text?' },
    ...{ now: 'timestamptz', hash: 'text?', version: 'int', folded_real_name: 'text', sort_name: 'text' },
    metadata: 'json',
    tag_ids: 'bigint[]',
  },
  gives: { id: 'bigint' },
  variants: byFlags,
  sql($, { flags }) {
    const asIs = `(select version from community) = ${$.version}`
    const follows = joining(flags, $.now, asIs)
    return `with ${follows.before}, made as (
      insert into users (username, email, real_name, ext_id, role, avatar, date_joined, categories,
        folded_real_name, sort_name, search_rules, metadata, tag_ids)
      select ${$.username}, ${$.email}, ${$.real_name}, ${$.ext_id}, ${$.role}, ${$.avatar}, ${$.now}, ${follows.count},
        ${$.folded_real_name}, ${$.sort_name}, ${rules}, jsonb_strip_nulls(${$.metadata}::jsonb), ${$.tag_ids}
      where ${asIs} returning *
    ), ${follows.after}, secret as (
      insert into credential (user_id, password_hash) select id, ${$.hash} from made where ${$.hash} is not null
    ), counted as (
      update community set members = members + 1 where exists (select from made)
    ), emitted as (
      ${emit($.now, [userCreated, renderSql(WebhookUser, flags), 'from made u'], follows.emitted)}
    )
    select id from made`
  },
})

/**
 * Makes a member: the row, the password apart from it, the community's count, the categories that new members follow,
 * the events, in one statement. It writes nothing if the options of the community have changed; then it is done by those.
 */
export async function createMember(
  { db, now, ...given }: { db: Db; community: Community; now: Date },
  member: NewMember,
): Promise<number> {
  if (member.password) checkPassword(member.password)
  const { real_name = '' } = member
  const values = {
    username: member.username,
    email: member.email || null,
    real_name,
    folded_real_name: foldName(real_name),
    sort_name: sortKey(real_name),
    ext_id: member.ext_id || null,
    role: member.role ?? null,
    avatar: member.avatar || null,
    metadata: JSON.stringify(member.metadata ?? {}),
    tag_ids: member.tag_ids ?? [],
    now,
    hash: member.password ? await hashPassword(member.password) : null,
  }
  let { community } = given
  try {
    return await decide(async () => {
      const { version } = community
      const row = await creating.row(db, { ...values, version }, { flags: flagsFor(community, true) })
      if (row) return row.id
      community = await loadCommunity(db)
      return outdated
    })
  } catch (error) {
    // Whoever makes members may know them all.
    throw await explainTaken(db, error, values, true)
  }
}
