import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { codeOf } from '../platform/db/database.ts'
import { type ErrorItem, Refusal, readAll, refused } from '../platform/errors.ts'
import { failpoint } from '../platform/failpoint.ts'
import type { Input } from '../platform/http/input.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { nullable } from '../platform/sql/view.ts'
import { pickTags, tagsInput, tagsInUse } from '../tags/find.ts'
import { email, extId, profileColumns, role, url, username } from '../users/inputs.ts'
import { metadataInput, readMetadata } from '../users/metadata.ts'
import { searchedColumns, searchedOf } from '../users/searched.ts'
import { taken } from '../users/taken.ts'
import { joinSql } from './join.ts'
import { checkPasswordHash, passwordHash } from './password.ts'

/** A member of another system: one line of an import. */
export const memberLine = {
  ...profileColumns,
  ext_id: extId,
  username,
  email: Type.Optional(nullable(email)),
  role: Type.Optional(nullable(role)),
  avatar: Type.Optional(nullable(url)),
  date_joined: Type.Optional(momentInput('When the member joined; now unless given.')),
  password_hash: Type.Optional(nullable(passwordHash)),
  tags: tagsInput,
  custom_user_metadata: metadataInput,
}

/** A member to import: a line, or one identified by username only. */
export type Newcomer = Omit<Input<typeof memberLine>, 'ext_id'> & { ext_id?: string }

export type ImportedMember = { id: number; made: boolean } | { errors: ErrorItem[] }

/** Columns that are written as given, each with its default. */
const defaults = {
  ...{ username: '', real_name: '', email: null, ext_id: null, role: null, avatar: null, bio: '', location: '' },
  ...{ location_lat_lng: '', position_lat_lng: '', date_of_birth: null, description: '', gender: 'Unspecified' },
  ...{ website: '', company_name: '', company_role: '', date_joined: null },
}
const columns = [...Object.keys(defaults), 'metadata', 'tag_ids', ...searchedColumns].join(', ')

const importing = statement({
  name: 'accounts: import',
  takes: { rows: 'json', hashed: 'json', now: 'timestamptz' },
  gives: { id: 'bigint', name: 'text' },
  variants: () => byFlags().flatMap((each) => [false, true].map((events) => ({ ...each, events }))),
  sql($, { flags, events }) {
    const made = (categories: string) => `insert into users (${columns}, categories, search_rules)
      select ${columns}, ${categories}, ${rules} from json_populate_recordset(null::users, ${$.rows})
      on conflict do nothing returning *`
    const also = `secret as (
      insert into credential (user_id, password_hash)
      select made.id, h.hash from made join json_to_recordset(${$.hashed}) h(username text, ext_id text, hash text)
        on lower(h.username) = lower(made.username) and h.ext_id is not distinct from made.ext_id
    )`
    return `with ${joinSql(flags, $.now, { made, also, told: events })} select id, lower(username) as name from made`
  },
})

const finding = statement({
  name: 'accounts: who is there of an import',
  takes: { ext_ids: 'text[]', names: 'text[]', addresses: 'text[]' },
  gives: { id: 'bigint', ext_id: 'text?', name: 'text', address: 'text?', status: 'text' },
  sql: ($) => `select id, ext_id, lower(username) as name, lower(email) as address, status::text as status from users
    where status <> 'u' and (lower(username) = any(${$.names}) or (ext_id is not null and ext_id = any(${$.ext_ids}))
      or (email is not null and lower(email) = any(${$.addresses})))`,
})

/** What is known before the first line: the time, the community, and which of the named tags exist. */
type Given = { now: Date; community: Community; tags: ReadonlySet<number> }

/** The row of a member. Everything that is wrong with it is refused at once. */
async function rowOf(sent: Newcomer, { now, community, tags }: Given): Promise<Record<string, unknown>> {
  const { password_hash, date_joined, custom_user_metadata } = sent
  const { joined, metadata, tag_ids } = await readAll({
    hash: () => password_hash && checkPasswordHash(password_hash),
    joined: () => (date_joined === undefined ? now.getTime() / 1000 : readMoment('date_joined', date_joined)),
    metadata: () => readMetadata(community, custom_user_metadata ?? {}),
    tag_ids: () => pickTags('user', sent.tags, tags),
  })
  const given = Object.keys(defaults).map((name) => [name, sent[name as keyof Newcomer] ?? defaults[name as never]])
  const row = Object.fromEntries(given)
  return {
    ...row,
    ...searchedOf(row),
    avatar: sent.avatar || null,
    // Empty fields are not stored.
    metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)),
    tag_ids,
    date_joined: new Date(joined * 1000).toISOString(),
  }
}

/**
 * Imports members, in one transaction. New ones are created, with the password hash they bring or none, and follow
 * what new members follow. Those whose `ext_id` (or else username) exists stay as they are, so an import can be
 * repeated.
 * @param events emit `user.created` for each
 * @returns the outcome of each, in the order given
 */
export async function importMembers(kith: Kith, sent: Newcomer[], events: boolean): Promise<ImportedMember[]> {
  const now = kith.clock.now()
  const named = [...new Set(sent.flatMap(({ tags }) => tags ?? []))]
  const given = { now, community: kith.community.current(), tags: await tagsInUse(kith.db, 'user', named) }
  const outcomes: (ImportedMember | undefined)[] = []
  const rows: { at: number; row: Record<string, unknown>; of: Newcomer }[] = []
  for (const [at, of] of sent.entries()) {
    try {
      rows.push({ at, row: await rowOf(of, given), of })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      outcomes[at] = { errors: error.errors }
    }
  }
  try {
    const found = await importRows(kith, rows, now, events)
    for (const [i, { at }] of rows.entries()) outcomes[at] = found[i]
  } catch (error) {
    // No column takes the value of one of them. That one is named; the others are imported.
    if (!/^2[23]/.test(codeOf(error) ?? '')) throw error
    for (const { at, of } of rows)
      outcomes[at] =
        rows.length > 1
          ? (await importMembers(kith, [of], events))[0]
          : { errors: refused('invalid', 'This member cannot be kept: a value is out of range.').errors }
  }
  return outcomes as ImportedMember[]
}

async function importRows(
  kith: Kith,
  rows: { row: Record<string, unknown>; of: Newcomer }[],
  now: Date,
  events: boolean,
): Promise<ImportedMember[]> {
  const hashed = rows.flatMap(({ of: { username, ext_id = null, password_hash: hash } }) =>
    hash ? [{ username, ext_id, hash }] : [],
  )
  const values = { rows: JSON.stringify(rows.map(({ row }) => row)), hashed: JSON.stringify(hashed), now }
  const flags = flagsFor(kith.community.current(), true)
  return kith.db.transaction(async (tx) => {
    const made = new Set((await importing.rows(tx, values, { flags, events })).map(({ id }) => id))
    const there = await finding.rows(tx, {
      ext_ids: rows.flatMap(({ of }) => of.ext_id ?? []),
      names: rows.map(({ of }) => of.username.toLowerCase()),
      addresses: rows.flatMap(({ of }) => of.email?.toLowerCase() ?? []),
    })
    const [byExtId, byName, byAddress] = (['ext_id', 'name', 'address'] as const).map(
      (name) => new Map(there.map((each) => [each[name], each])),
    ) as [Map<unknown, (typeof there)[0]>, Map<unknown, (typeof there)[0]>, Map<unknown, (typeof there)[0]>]
    failpoint('some members imported')
    return rows.map(({ of }) => {
      const name = byName.get(of.username.toLowerCase())
      const own = of.ext_id === undefined ? name : byExtId.get(of.ext_id)
      // The name belongs to somebody who waits to be admitted, and may never be.
      if (own?.status === 'w') return { errors: taken('username', own.id).errors }
      if (own?.status === 'd') return { errors: refused('deleted', `This is member ${own.id}, who is deleted.`).errors }
      // Of several lines about one member, the first one counts as the one that made them.
      if (own) return { id: own.id, made: made.delete(own.id) }
      const [field, owner] = name
        ? (['username', name] as const)
        : (['email', byAddress.get(of.email?.toLowerCase())] as const)
      return { errors: taken(field, owner?.id).errors }
    })
  })
}
