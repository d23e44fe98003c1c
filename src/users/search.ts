import { activeSql } from '../auth/status.ts'
import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { anywhere, foldName, gramsOf } from '../platform/search/names.ts'
import { type ListKey, list } from '../platform/sql/list.ts'
import { renderSql, type View } from '../platform/sql/view.ts'
import { hasTagSql } from '../tags/views.ts'
import { gender } from './inputs.ts'
import { metresSql, type Near, nearInputs, nearSql, placeTable } from './near.ts'
import { AutocompleteUser, User, UserForAdmins } from './views.ts'
import { hiddenSql, hidesSql, relationJoin, seenMemberSql } from './visibility.ts'

const orderings = ['id', 'username', 'real_name', 'date_joined', 'location'] as const

const orderingOf = (names: readonly string[]) =>
  Type.Optional(
    Type.Enum([...names, ...names.map((each) => `-${each}`)], { description: 'Field; `-` for descending.' }),
  )

/** The filters of every list of members. */
export const memberFilters = {
  search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the username or the real name.' })),
  username: Type.Optional(Type.String({ maxLength: 255 })),
  real_name: Type.Optional(Type.String({ maxLength: 255 })),
  gender: Type.Optional(gender),
  location: Type.Optional(Type.String({ maxLength: 255 })),
  description: Type.Optional(Type.String({ maxLength: 255 })),
  ordering: orderingOf(orderings),
}

const anId = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description })

/** The filters of the search for people. */
export const searchFilters = {
  user: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the username or the real name.' })),
  ...memberFilters,
  age: Type.Optional(Type.Enum(['-30', '30-45', '45+'])),
  is_staff: Type.Optional(Type.Boolean()),
  ...nearInputs,
  tag: Type.Optional(anId('Those who have the tag of this id.')),
  category: Type.Optional(anId('Those who follow the category of this id.')),
  ordering: orderingOf([...orderings, 'distance']),
}

/** What only administrators may search members by: the whole stored value. */
export const lookUps = {
  email: Type.Optional(Type.String({ maxLength: 254, description: 'The whole e-mail address. For administrators.' })),
  ext_id: Type.Optional(Type.String({ maxLength: 255, description: 'The whole id elsewhere. For administrators.' })),
}

export type MemberFilters = {
  email?: string
  ext_id?: string
  search?: string
  user?: string
  username?: string
  real_name?: string
  gender?: string
  location?: string
  description?: string
  age?: string
  is_staff?: boolean
  tag?: number
  category?: number
  near?: Near
  ordering?: string
}

/** SQL of what a member is found by: the username, which has no accents, and the folded real name. */
const nameSql = `lower(u.username collate "C") || ' ' || u.folded_real_name`
const usernameSql = 'lower(u.username collate "C")'

/** SQL of whether `field` contains a text; the index of names helps if the text is part of the name. */
const inName = (field: string) => (n: string) =>
  `u.search_rules <> 0 and grams(${nameSql}) @@ (${n})[1]::tsquery and ${field} like (${n})[2]`
export const partOfName = (sent: string) => [gramsOf(sent), anywhere(sent)]
/** SQL of whether the member u is found by a part of their name; `n` is what `partOfName` makes of it. */
export const namedSql = inName(nameSql)

// For each filter: its SQL, the type of its parameter, and the value.
const conditions = {
  email: { sql: (n: string) => `lower(u.email) = lower(${n})`, type: 'text?', value: (sent: string) => sent },
  ext_id: { sql: (n: string) => `u.ext_id = ${n}`, type: 'text?', value: (sent: string) => sent },
  search: { sql: inName(nameSql), type: 'text[]?', value: partOfName },
  user: { sql: inName(nameSql), type: 'text[]?', value: partOfName },
  username: { sql: inName(usernameSql), type: 'text[]?', value: partOfName },
  real_name: { sql: inName('u.folded_real_name'), type: 'text[]?', value: partOfName },
  gender: { sql: (n: string) => `u.gender = ${n}`, type: 'text?', value: (sent: string) => sent },
  location: { sql: (n: string) => `u.folded_location like ${n}`, type: 'text?', value: anywhere },
  description: { sql: (n: string) => `u.folded_description like ${n}`, type: 'text?', value: anywhere },
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
  tag: { sql: (n: string) => hasTagSql('u', n), type: 'bigint?', value: (sent: number) => sent },
  category: {
    sql: (n: string) => `exists (select from category_follower g where g.category_id = ${n} and g.member_id = u.id)`,
    type: 'bigint?',
    value: (sent: number) => sent,
  },
  near: { sql: nearSql, type: 'float8[]?', value: (sent: Near) => sent },
} as const

type Filter = keyof typeof conditions
const filters = Object.keys(conditions) as Filter[]

/** Whom a list is about: everybody the viewer sees, those the viewer hides, or everybody, for administrators. */
export type Scope = 'seen' | 'hidden' | 'all'

type Variant = { flags: Flags; scope: Scope; ordering: string; names: Filter[] }

/** Each filter alone, and all together: filters do not depend on each other. */
const usual = (): Variant[] =>
  byFlags().flatMap(({ flags }) =>
    (['seen', 'hidden', 'all'] as Scope[]).flatMap((scope) => [
      ...orderings.map((ordering) => ({ flags, scope, ordering, names: [] as Filter[] })),
      ...[...filters.map((name) => [name]), filters].map((names) => ({ flags, scope, ordering: '-id', names })),
      ...['distance', '-distance'].map((ordering) => ({ flags, scope, ordering, names: ['near'] as Filter[] })),
    ]),
  )

type Sorted = Exclude<(typeof orderings)[number], 'id'> | 'distance'

/** The sort keys of members: texts no longer than the address of a page can carry, in ASCII order. */
const sortedBy = ({ near }: { near: string }): Record<Sorted, Pick<ListKey, 'sql' | 'type'>> => ({
  username: { sql: 'lower(u.username)', type: 'text' },
  real_name: { sql: 'u.sort_name', type: 'text' },
  location: { sql: 'left(u.folded_location, 60)', type: 'text' },
  date_joined: { sql: 'u.date_joined', type: 'timestamptz' },
  distance: { sql: metresSql(near), type: 'bigint' },
})

const listOf = <Name extends string>(name: string, view: View<Flags, Name>) =>
  list({
    name,
    takes: {
      viewer: 'bigint?',
      ...(Object.fromEntries(filters.map((name) => [name, conditions[name].type])) as {
        [Name in Filter]: (typeof conditions)[Name]['type']
      }),
    },
    variants: usual,
    eachTime: ({ names }) => names.length > 0,
    sql($, { flags, scope, ordering, names }) {
      const field = ordering.replace('-', '')
      const descending = ordering.startsWith('-')
      const hides = `from relation h where h.member_id = ${$.viewer} and h.other_id = u.id`
      const who =
        scope === 'hidden'
          ? `exists (select ${hides} and ${hidesSql('h.')})`
          : scope === 'all'
            ? 'true'
            : seenMemberSql($.viewer, 'u.id')
      const filter = names.map((name) => ` and ${conditions[name].sql($[name])}`).join('')
      const where = `${activeSql('u.')} and ${who}${filter}`
      const from = names.includes('near') ? `from ${placeTable} join users u on u.id = m.member_id` : 'from users u'
      return {
        columns: 'u.id',
        from: `${from} where ${where}`,
        keys: [
          ...(field === 'id' ? [] : [{ ...sortedBy($)[field as Sorted], descending }]),
          { sql: 'u.id', descending, type: 'bigint' },
        ],
        joins: `join users u on u.id = p.id ${relationJoin($.viewer, 'u.id')}`,
        render: renderSql(view, flags),
        // Without a filter everybody is counted already, except those hidden from the viewer.
        count:
          names.length || scope === 'hidden'
            ? `select count(*) ${from} where ${where}`
            : scope === 'all'
              ? 'select members from community'
              : `select members - (select count(*) from relation h join users u on u.id = h.other_id and ${activeSql('u.')}
            where h.member_id = ${$.viewer} and ${hiddenSql('h.')}) from community`,
      }
    },
  })

/** Members as everybody sees them, as administrators do, and as suggestions are shown. */
export const lists = {
  members: listOf('users: members', User),
  forAdmins: listOf('users: members, for administrators', UserForAdmins),
  suggested: listOf('users: members, suggested', AutocompleteUser),
}

/** A page of the members that match the filters: without those hidden from the viewer, or of those they hide. */
export function listMembers<Name extends string>(
  ctx: Ctx,
  members: ReturnType<typeof listOf<Name>>,
  sent: MemberFilters,
  page: PageRequest,
  scope: Scope = 'seen',
): Promise<PageRows<Name>> {
  // A search text with nothing visible in it is ignored.
  const asked = (name: Filter) => typeof sent[name] !== 'string' || foldName(sent[name] as string) !== ''
  const names = filters.filter((name) => sent[name] !== undefined && asked(name))
  const given = (name: Filter) => (names.includes(name) ? conditions[name].value(sent[name] as never) : null)
  const values = Object.fromEntries(filters.map((name) => [name, given(name)])) as Record<Filter, never>
  const variant = {
    ...{ flags: flagsSeenBy(ctx.actor, ctx.community), scope },
    ...{ ordering: sent.ordering ?? 'id', names },
  }
  return members.page(ctx.db, { viewer: ctx.actor?.id ?? null, ...values }, page, variant)
}
