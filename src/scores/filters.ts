import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import type { Placeholders } from '../platform/sql/statement.ts'
import { manual, typeNumbers } from './worth.ts'

/** The filters of the list of entries and of the leaderboard. */
export const filterInputs = {
  search: Type.Optional(
    Type.String({ maxLength: 255, description: 'Part of the username, the comment or the context of an entry.' }),
  ),
  user_id: Type.Optional(
    Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Only entries of this member.' }),
  ),
  reputation_type: Type.Optional(
    Type.Enum(typeNumbers, {
      description: 'Only entries of this type, as `GET /api/v2/score/reputation_types/` lists them.',
    }),
  ),
  reputed_at_from: Type.Optional(momentInput('Only entries from then on.')),
  reputed_at_to: Type.Optional(momentInput('Only entries until then.')),
  exclude_manual: Type.Optional(Type.Boolean({ description: 'Without points given by hand.' })),
  exclude_reset: Type.Optional(Type.Boolean({ description: 'Kith resets nothing: this leaves nothing out.' })),
}

type Moment = number | string
export type Filters = {
  search?: string
  user_id?: number
  reputation_type?: number
  reputed_at_from?: Moment
  reputed_at_to?: Moment
  exclude_manual?: boolean
  exclude_reset?: boolean
}

export const filterTakes = {
  search: 'text?',
  type: 'int?',
  since: 'float8?',
  until: 'float8?',
  by_hand: 'boolean',
} as const

/** SQL of the conditions on an entry, each after an `and`. */
export const filterSql = ($: Placeholders<typeof filterTakes>, s: string) =>
  `and (${$.type} is null or ${s}.type = ${$.type}) and (${$.by_hand} or ${s}.type <> ${manual})
      and (${$.since} is null or ${s}.at >= to_timestamp(${$.since})) and (${$.until} is null or ${s}.at <= to_timestamp(${$.until}))
      and (${$.search} is null or lower(${s}.comment) like ${$.search} or lower(${s}.context) like ${$.search}
        or exists (select from users named where named.id = ${s}.member_id and lower(named.username) like ${$.search}))`

/** Reads the moments of a filter, or refuses them. */
const readSpan = ({ reputed_at_from: since, reputed_at_to: until }: Filters) => ({
  since: since === undefined ? null : readMoment('reputed_at_from', since),
  until: until === undefined ? null : readMoment('reputed_at_to', until),
})

/** The values of the filters, and whether there is any besides the member. */
export function readFilters(asked: Filters) {
  const search = asked.search?.trim()
    ? `%${asked.search
        .trim()
        .toLowerCase()
        .replace(/[\\%_]/g, '\\$&')}%`
    : null
  const values = { search, type: asked.reputation_type ?? null, ...readSpan(asked), by_hand: !asked.exclude_manual }
  const filtered =
    search !== null || values.type !== null || values.since !== null || values.until !== null || !values.by_hand
  return { filtered, values }
}
