import type { Role } from '../auth/actor.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import { type Community, loadCommunity } from '../community/state.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { rules } from '../platform/search/fold.ts'
import { foldName, sortKey } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Metadata } from '../users/metadata.ts'
import { onlyPath, type Pictures } from '../users/pictures.ts'
import { explainTaken } from '../users/taken.ts'
import { joinSql } from './join.ts'
import { checkPassword, hashPassword } from './password.ts'

export type NewMember = {
  username: string
  email?: string | null
  real_name?: string
  password?: string
  ext_id?: string | null
  role?: Role | null
  /** The address of the avatar. */
  avatar?: string | null
  /** Pictures that are already stored; the first overrules the address. */
  pictures?: Pictures
  /** Whether to fetch the picture at that address soon. */
  fetching?: boolean
  /** Values of the community's profile fields, as `readMetadata` gives them. */
  metadata?: Metadata
  /** Ids of tags, as `readTags` gives them. */
  tag_ids?: number[]
}

const creating = statement({
  name: 'accounts: create',
  takes: {
    ...{ username: 'text', email: 'text?', real_name: 'text', ext_id: 'text?', role: 'text?', avatar: 'text?' },
    ...{ cover: 'text?', avatar_file: 'bigint?', cover_file: 'bigint?', fetching: 'boolean' },
    ...{ now: 'timestamptz', hash: 'text?', version: 'int', folded_real_name: 'text', sort_name: 'text' },
    metadata: 'json',
    tag_ids: 'bigint[]',
  },
  gives: { id: 'bigint' },
  variants: byFlags,
  sql($, { flags }) {
    const asIs = `(select version from community) = ${$.version}`
    const made = (categories: string) => `insert into users (username, email, real_name, ext_id, role, avatar, cover,
        date_joined, categories, folded_real_name, sort_name, search_rules, metadata, tag_ids)
      select ${$.username}, ${$.email}, ${$.real_name}, ${$.ext_id}, ${$.role}, ${$.avatar}, ${$.cover}, ${$.now}, ${categories},
        ${$.folded_real_name}, ${$.sort_name}, ${rules}, jsonb_strip_nulls(${$.metadata}::jsonb), ${$.tag_ids}
      where ${asIs} returning *`
    const also = `secret as (
      insert into credential (user_id, password_hash) select id, ${$.hash} from made where ${$.hash} is not null
    ), kept as (
      update file set state = 'kept', owner_id = made.id from made
      where file.id in (${$.avatar_file}, ${$.cover_file}) and state = 'pending'
    ), pictured as (
      insert into avatar (user_id, file_id, path, uploaded_at) select id, ${$.avatar_file}, ${$.avatar}, ${$.now}
      from made where ${$.avatar_file} is not null
    ), unfetched as (
      insert into avatar_fetch (user_id, url, due) select id, ${$.avatar}, ${$.now} from made where ${$.fetching}
    )`
    return `with ${joinSql(flags, $.now, { made, also, asIs })} select id from made`
  },
})

/**
 * Creates a member in one statement: the row, the password in a table of its own, the community's count, the
 * categories that new members follow, the events. If the community's options have changed, it writes nothing and
 * starts over with the new ones.
 * @param also what is written with it, in the same transaction
 */
export async function createMember(
  { db, now, ...given }: { db: Db & Partial<Pick<Database, 'transaction'>>; community: Community; now: Date },
  member: NewMember,
  also?: (tx: Db, id: number) => Promise<void>,
): Promise<number> {
  if (member.password) checkPassword(member.password)
  const { real_name = '', pictures = {} } = member
  const values = {
    username: member.username,
    email: member.email || null,
    real_name,
    folded_real_name: foldName(real_name),
    sort_name: sortKey(real_name),
    ext_id: member.ext_id || null,
    role: member.role ?? null,
    avatar: pictures.avatar ? onlyPath(pictures.avatar) : member.avatar || null,
    cover: pictures.cover ? onlyPath(pictures.cover) : null,
    avatar_file: pictures.avatar?.id ?? null,
    cover_file: pictures.cover?.id ?? null,
    fetching: Boolean(member.fetching && member.avatar && !pictures.avatar),
    metadata: JSON.stringify(member.metadata ?? {}),
    tag_ids: member.tag_ids ?? [],
    now,
    hash: member.password ? await hashPassword(member.password) : null,
  }
  let { community } = given
  try {
    return await decide(async () => {
      const { version } = community
      const write = async (tx: Db) => {
        const made = await creating.row(tx, { ...values, version }, { flags: flagsFor(community, true) })
        if (made) await also?.(tx, made.id)
        return made
      }
      const row = await (also && db.transaction ? db.transaction(write) : write(db))
      if (row) return row.id
      community = await loadCommunity(db)
      return outdated
    })
  } catch (error) {
    // Whoever creates members may learn who has a name.
    throw await explainTaken(db, error, values, true)
  }
}
