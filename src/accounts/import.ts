import { joining } from '../categories/follow.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { codeOf } from '../platform/db/database.ts'
import { type ErrorItem, Refusal, readAll, refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { failpoint } from '../platform/failpoint.ts'
import type { Input } from '../platform/http/input.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { nullable, renderSql } from '../platform/sql/view.ts'
import { pickTags, tagsInput, tagsInUse } from '../tags/find.ts'
import { userCreated } from '../users/events.ts'
import { email, extId, profileColumns, role, url, username } from '../users/inputs.ts'
import { metadataInput, readMetadata } from '../users/metadata.ts'
import { searchedColumns, searchedOf } from '../users/searched.ts'
import { taken } from '../users/taken.ts'
import { WebhookUser } from '../users/views.ts'
import { checkPasswordHash, passwordHash } from './password.ts'

/** A member of another system, as a line of an import has them. */
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

/** One to be imported: as a line has them, or known by the username alone. */
export type Newcomer = Omit<Input<typeof memberLine>, 'ext_id'> & { ext_id?: string }

export type ImportedMember = { id: number; made: boolean } | { errors: ErrorItem[] }

/** Columns that are written as they are given, each with what stands there otherwise. */
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
    const follows = joining(flags, $.now)
    const emitted = events
      ? emit(
          $.now,
          [userCreated, renderSql(WebhookUser, flags), 'from (select * from made order by id) u'],
          follows.emitted,
        )
      : 'select 1'
    return `with ${follows.before}, made as (
      insert into users (${columns}, categories, search_rules)
      select ${columns}, ${follows.count}, ${rules} from json_populate_recordset(null::users, ${$.rows})
      on conflict do nothing returning *
    ), ${follows.after}, secret as (
      insert into credential (user_id, password_hash)
      select made.id, h.hash from made join json_to_recordset(${$.hashed}) h(username text, ext_id text, hash text)
        on lower(h.username) = lower(made.username) and h.ext_id is not distinct from made.ext_id
    ), counted as (
      update community set members = members + many.n from (select count(*)::int as n from made) many where many.n > 0
    ), emitted as (${emitted})
    select id, lower(username) as name from made`
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

/** What is known before the first line: when it is, in which community, and which of the tags that are named are there. */
type Given = { now: Date; community: Community; tags: ReadonlySet<number> }

/** What the row of a member is made of. All that is wrong with it is refused at once. */
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
    // What is empty is not kept.
    metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)),
    tag_ids,
    date_joined: new Date(joined * 1000).toISOString(),
  }
}

/**
 * Imports members, in one transaction: those that are not there yet are made, with the password hash they bring or none,
 * and follow what new members follow. Who is known by their `ext_id` (without one, by the username) stays as they are, so
 * an import can be repeated.
 * @param events tell each as `user.created`
 * @returns what came of each, in the order given
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
    // One of them is what no column takes. It is named; the others are imported.
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
      // The name is of somebody who waits to be let in, and may never be.
      if (own?.status === 'w') return { errors: taken('username', own.id).errors }
      if (own?.status === 'd') return { errors: refused('deleted', `This is member ${own.id}, who is deleted.`).errors }
      // The first line of several about one member is the one that made them.
      if (own) return { id: own.id, made: made.delete(own.id) }
      const [field, owner] = name
        ? (['username', name] as const)
        : (['email', byAddress.get(of.email?.toLowerCase())] as const)
      return { errors: taken(field, owner?.id).errors }
    })
  })
}
