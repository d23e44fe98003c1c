import Type from 'typebox'
import { byFlags, type Flags, flagsFor } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import { notYet } from '../platform/http/input.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { renderSql, type View } from '../platform/http/view.ts'
import { list } from '../platform/sql/list.ts'
import { gender } from './inputs.ts'
import { AutocompleteUser, User } from './views.ts'

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
  lat_lng: notYet('Searches by distance'),
  user_position: notYet('Searches by distance'),
  tag: notYet('Tags of members'),
  category: notYet('Searches for those who follow a category'),
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

// Each: what it adds to the statement, the type of its parameter, and the value.
const conditions = {
  search: { sql: (n: string) => `lower(u.username || ' ' || u.real_name) like ${n}`, type: 'text?', value: anywhere },
  user: { sql: (n: string) => `lower(u.username || ' ' || u.real_name) like ${n}`, type: 'text?', value: anywhere },
  username: { sql: (n: string) => `lower(u.username) like ${n}`, type: 'text?', value: anywhere },
  real_name: { sql: (n: string) => `lower(u.real_name) like ${n}`, type: 'text?', value: anywhere },
  gender: { sql: (n: string) => `u.gender = ${n}`, type: 'text?', value: (sent: string) => sent },
  location: { sql: (n: string) => `lower(u.location) like ${n}`, type: 'text?', value: anywhere },
  description: { sql: (n: string) => `lower(u.description) like ${n}`, type: 'text?', value: anywhere },
  age: {
    sql: (n: string) => `date_part('year', age(u.date_of_birth)) between (${n})[1] and (${n})[2]`,
    type: 'int[]?',
    value: (sent: string) => (sent === '-30' ? [0, 29] : sent === '30-45' ? [30, 45] : [46, 200]),
  },
  is_staff: {
    sql: (n: string) => `(coalesce(u.role, '') in ('admin', 'moderator', 'editor')) = ${n}`,
    type: 'boolean?',
    value: (sent: boolean) => sent,
  },
} as const

type Filter = keyof typeof conditions
const filters = Object.keys(conditions) as Filter[]

/** Whom a list is about: everybody who can be seen, or those the viewer hides. */
export type Scope = 'seen' | 'hidden'

type Variant = { flags: Flags; view: View<Flags>; scope: Scope; ordering: string; names: Filter[] }

/** One filter at a time, and all of them: what they add to the statement, they add each for itself. */
const usual = (): Variant[] =>
  byFlags().flatMap(({ flags }) =>
    [User, AutocompleteUser].flatMap((view) =>
      (['seen', 'hidden'] as Scope[]).flatMap((scope) => [
        ...orderings.map((ordering) => ({ flags, view, scope, ordering, names: [] as Filter[] })),
        ...[...filters.map((name) => [name]), filters].map((names) => ({ flags, view, scope, ordering: '-id', names })),
      ]),
    ),
  )

const members = list({
  name: 'users: members',
  takes: {
    viewer: 'bigint?',
    ...(Object.fromEntries(filters.map((name) => [name, conditions[name].type])) as {
      [Name in Filter]: (typeof conditions)[Name]['type']
    }),
  },
  variants: usual,
  sql($, { flags, view, scope, ordering, names }) {
    const field = ordering.replace('-', '')
    const descending = ordering.startsWith('-')
    const hides = `from relation h where h.member_id = ${$.viewer} and h.other_id = u.id`
    const who =
      scope === 'hidden'
        ? `exists (select ${hides} and h.hidden_place is not null)`
        : `(${$.viewer} is null or not exists (select ${hides} and (h.hidden_place is not null or h.hidden_by)))`
    const filter = names.map((name) => ` and ${conditions[name].sql($[name])}`).join('')
    const where = `u.status in ('a', 'b') and ${who}${filter}`
    return {
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
      joins: `join users u on u.id = p.id left join relation v on v.member_id = ${$.viewer} and v.other_id = u.id`,
      render: renderSql(view, flags),
      // Without a filter everybody is counted already, but for those hidden from the one who looks.
      count:
        names.length || scope === 'hidden'
          ? `select count(*) from users u where ${where}`
          : `select members - (select count(*) from relation h join users u on u.id = h.other_id and u.status in ('a', 'b')
            where h.member_id = ${$.viewer} and (h.hidden_place is not null or h.hidden_by)) from community`,
    }
  },
})

/** A page of the members that fit the filters: without those hidden from the one who looks, or of those they hide. */
export function listMembers(
  ctx: Ctx,
  view: View<Flags>,
  sent: MemberFilters,
  page: PageRequest,
  scope: Scope = 'seen',
): Promise<PageRows> {
  const names = filters.filter((name) => sent[name] !== undefined && sent[name] !== '')
  const given = (name: Filter) => (names.includes(name) ? conditions[name].value(sent[name] as never) : null)
  const values = Object.fromEntries(filters.map((name) => [name, given(name)])) as Record<Filter, never>
  const variant = {
    ...{ flags: flagsFor(ctx.community, ctx.actor !== null), view, scope },
    ...{ ordering: sent.ordering ?? 'id', names },
  }
  return members.page(ctx.db, { viewer: ctx.actor?.id ?? null, ...values }, page, variant)
}
