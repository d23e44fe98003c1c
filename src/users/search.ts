import Type from 'typebox'
import { type Flags, flagsFor } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import { fetchPage, keptLists, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { renderSql, type View } from '../platform/http/view.ts'
import { gender } from './inputs.ts'

const orderings = ['id', 'username', 'real_name', 'date_joined', 'location'] as const

/** Filters that every list of members takes. */
export const memberFilters = {
  search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the username or the real name.' })),
  username: Type.Optional(Type.String({ maxLength: 255 })),
  real_name: Type.Optional(Type.String({ maxLength: 255 })),
  gender: Type.Optional(gender),
  location: Type.Optional(Type.String({ maxLength: 255 })),
  description: Type.Optional(Type.String({ maxLength: 255 })),
  ordering: Type.Optional(
    Type.Enum([...orderings, ...orderings.map((each) => `-${each}`)], { description: 'Field; `-` for descending.' }),
  ),
}

/** Filters of the search for people. */
export const searchFilters = {
  user: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the username or the real name.' })),
  ...memberFilters,
  age: Type.Optional(Type.Enum(['-30', '30-45', '45+'])),
  is_staff: Type.Optional(Type.Boolean()),
}

export type MemberFilters = {
  search?: string
  user?: string
  username?: string
  real_name?: string
  gender?: string
  location?: string
  description?: string
  age?: string
  is_staff?: boolean
  ordering?: string
}

/** A pattern that finds `part` anywhere, whatever its case, with its own % and _ taken as they are. */
const anywhere = (part: string) => `%${part.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`

// Each: what it adds to the statement, and the value it adds to the parameters.
const conditions: { [Name in keyof MemberFilters]?: { sql: (n: string) => string; value: (sent: never) => unknown } } =
  {
    search: { sql: (n) => `lower(u.username || ' ' || u.real_name) like ${n}`, value: anywhere },
    user: { sql: (n) => `lower(u.username || ' ' || u.real_name) like ${n}`, value: anywhere },
    username: { sql: (n) => `lower(u.username) like ${n}`, value: anywhere },
    real_name: { sql: (n) => `lower(u.real_name) like ${n}`, value: anywhere },
    gender: { sql: (n) => `u.gender = ${n}`, value: (sent: string) => sent },
    location: { sql: (n) => `lower(u.location) like ${n}`, value: anywhere },
    description: { sql: (n) => `lower(u.description) like ${n}`, value: anywhere },
    age: {
      sql: (n) => `date_part('year', age(u.date_of_birth)) between (${n}::int[])[1] and (${n}::int[])[2]`,
      value: (sent: string) => (sent === '-30' ? [0, 29] : sent === '30-45' ? [30, 45] : [46, 200]),
    },
    is_staff: {
      sql: (n) => `(coalesce(u.role, '') in ('admin', 'moderator', 'editor')) = ${n}`,
      value: (sent: boolean) => sent,
    },
  }

/** SQL: neither of the viewer `$1` and u hides the other. */
const notHidden = `not exists (select from relation h where h.member_id = $1 and h.other_id = u.id
  and (h.hidden_place is not null or h.hidden_by))`

const lists = keptLists()

/** SQL: the viewer `$1` hides u. */
const hidden = `exists (select from relation h where h.member_id = $1 and h.other_id = u.id and h.hidden_place is not null)`

/** Whom a list is about: everybody who can be seen, or those the viewer hides. */
export type Scope = 'seen' | 'hidden'

function listFor(
  shown: Flags,
  shownAs: View<Flags>,
  names: (keyof MemberFilters)[],
  ordering: string,
  scope: Scope,
): List {
  const key = [shownAs.name, shown.key, scope, ordering, ...names].join(' ')
  const kept = lists.get(key)
  if (kept) return kept
  const field = ordering.replace('-', '')
  const descending = ordering.startsWith('-')
  const filter = names.map((name, i) => ` and ${conditions[name]?.sql(`$${i + 2}`)}`).join('')
  const who = scope === 'hidden' ? hidden : `($1::bigint is null or ${notHidden})`
  const where = `u.status in ('a', 'b') and ${who}${filter}`
  const list: List = {
    columns: 'u.id',
    from: `from users u where ${where}`,
    keys: [
      ...(field === 'id'
        ? []
        : field === 'date_joined'
          ? [{ sql: 'u.date_joined', descending, type: 'timestamptz' as const }]
          : [{ sql: `lower(u.${field})`, descending, type: 'text' as const }]),
      { sql: 'u.id', descending, type: 'bigint' },
    ],
    joins: `join users u on u.id = p.id left join relation v on v.member_id = $1 and v.other_id = u.id`,
    render: renderSql(shownAs, shown),
    // Without a filter everybody is counted already, but for those hidden from the one who looks.
    count:
      names.length || scope === 'hidden'
        ? `select count(*)::int from users u where ${where}`
        : `select members - (select count(*)::int from relation h join users u on u.id = h.other_id and u.status in ('a', 'b')
          where h.member_id = $1 and (h.hidden_place is not null or h.hidden_by)) from community`,
  }
  lists.set(key, list)
  return list
}

/** A page of the members that fit the filters: without those hidden from the one who looks, or of those they hide. */
export function listMembers(
  ctx: Ctx,
  shownAs: View<Flags>,
  filters: MemberFilters,
  page: PageRequest,
  scope: Scope = 'seen',
): Promise<PageRows> {
  const names = (Object.keys(conditions) as (keyof MemberFilters)[]).filter(
    (name) => filters[name] !== undefined && filters[name] !== '',
  )
  const list = listFor(flagsFor(ctx.community, ctx.actor !== null), shownAs, names, filters.ordering ?? 'id', scope)
  const values = names.map((name) => conditions[name]?.value(filters[name] as never))
  return fetchPage(ctx.db, list, [ctx.actor?.id ?? null, ...values], page)
}
