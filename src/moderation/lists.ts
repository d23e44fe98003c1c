import type { Role } from '../auth/actor.ts'
import { byFlags, type Flags, flagsSeenBy } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { foldName } from '../platform/search/names.ts'
import { type ListKey, list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { namedSql, partOfName } from '../users/search.ts'
import type { Thing } from './things.ts'
import { FlaggedContribution, ModerationStatus, ModerationUser, memberJoins, statuses, thingSql } from './views.ts'

/** A pattern for part of a text, in any case. */
const partOf = (sent: string | undefined) =>
  sent?.trim()
    ? `%${sent
        .trim()
        .toLowerCase()
        .replace(/[\\%_]/g, '\\$&')}%`
    : null

const fields = { last_flagged_at: 'flagged_at', flag_count: 'flags', last_moderated_at: 'moderated_at' } as const
const both = <Name extends string>(names: Name[]) =>
  names.flatMap((name) => [name, `-${name}` as const]) as (Name | `-${Name}`)[]
export const caseOrderings = both(Object.keys(fields) as (keyof typeof fields)[])

const erased = (k: string) => `exists (select from erasure e where e.member_id = ${k}.author_id)`

const cases = list({
  name: 'moderation: cases',
  takes: {
    ...{ viewer: 'bigint', min_flags: 'int', kind: 'smallint?', id: 'bigint?', status: 'text?' },
    ...{ author: 'text?', flagged_by: 'text?', content: 'text?' },
  },
  variants: () => byFlags().flatMap((each) => caseOrderings.map((ordering) => ({ ...each, ordering }))),
  eachTime: () => true,
  sql($, { flags, ordering }) {
    const column = fields[ordering.replace('-', '') as keyof typeof fields]
    const descending = ordering.startsWith('-')
    const type = column === 'flags' ? 'bigint' : 'timestamptz'
    const from = `from moderation_case k where (k.flags > 0 or k.status <> 'o') and k.flags >= ${$.min_flags}
      and (${$.kind} is null or k.kind = ${$.kind}) and (${$.id} is null or k.target_id = ${$.id})
      and (${$.status} is null or k.status::text = ${$.status}) and not ${erased('k')}
      and (${$.author} is null or exists (select from users a where a.id = k.author_id and lower(a.username) like ${$.author}))
      and (${$.flagged_by} is null or exists (select from mark f join users a on a.id = f.member_id
        where f.target_id = k.target_id and f.kind = k.kind and f.flag_type is not null and lower(a.username) like ${$.flagged_by}))
      and case when k.kind = 16
        then exists (select from comment t where t.id = k.target_id and not t.erased
          and (${$.content} is null or lower(t.html) like ${$.content}))
        else exists (select from contribution t where t.id = k.target_id and not t.erased
          and (${$.content} is null or lower(t.title || ' ' || t.html) like ${$.content})) end`
    return {
      columns: '',
      from,
      keys: [
        { sql: `k.${column}`, descending, type },
        { sql: 'k.target_id', descending, type: 'bigint' },
        { sql: 'k.kind', descending, type: 'bigint' },
      ],
      joins: `join moderation_case k on k.target_id = p.k1 and k.kind = p.k2 cross join lateral ${thingSql} c
        join users u on u.id = c.author_id ${memberJoins($.viewer)}`,
      weight: `(select octet_length(c.html) from moderation_case k cross join lateral ${thingSql} c
        where k.target_id = p.k1 and k.kind = p.k2)`,
      render: renderSql(FlaggedContribution, flags, $.viewer),
      count: `select count(*) ${from}`,
    }
  },
})

export type CaseFilters = {
  min_flags?: number
  contribution_id?: number
  author?: string
  flagged_by?: string
  content?: string
  moderation_status?: keyof typeof statuses
  order_by?: (typeof caseOrderings)[number]
}

/** What was flagged or dealt with, for moderators. */
export function listCases(
  ctx: MemberCtx,
  thing: Thing | null,
  asked: CaseFilters,
  page: PageRequest,
): Promise<PageRows<'FlaggedContribution'>> {
  const values = {
    viewer: ctx.actor.id,
    min_flags: asked.min_flags ?? 0,
    kind: thing?.target.id ?? null,
    id: asked.contribution_id ?? null,
    status: asked.moderation_status ? statuses[asked.moderation_status] : null,
    author: partOf(asked.author),
    flagged_by: partOf(asked.flagged_by),
    content: partOf(asked.content),
  }
  const variant = { flags: flagsSeenBy(ctx.actor, ctx.community), ordering: asked.order_by ?? '-last_flagged_at' }
  return cases.page(ctx.db, values, page, variant)
}

const showing = statement({
  name: 'moderation: status of something',
  takes: { kind: 'smallint', id: 'bigint' },
  gives: { json: shown(ModerationStatus) },
  variants: byFlags,
  sql: ($, { flags }) => `select ${renderSql(ModerationStatus, flags)}::text as json
    from (values (1)) one left join moderation_case k on k.kind = ${$.kind} and k.target_id = ${$.id}`,
})

/** What moderators decided about something. */
export async function showStatus(ctx: MemberCtx, thing: Thing, id: number): Promise<Json<'ModerationStatus'>> {
  const variant = { flags: flagsSeenBy(ctx.actor, ctx.community) }
  return (await showing.row(ctx.db, { kind: thing.target.id, id }, variant)) as Json<'ModerationStatus'>
}

export const memberOrderings = both(['date_joined', 'expire_at', 'blocked_at'])

type Variant = { flags: Flags; ordering: (typeof memberOrderings)[number]; named: boolean; ranked: boolean }

const members = list({
  name: 'moderation: members',
  takes: { viewer: 'bigint', search: 'text[]?', status: 'text?', forever: 'boolean?', role: 'text?', since: 'float8' },
  eachTime: () => true,
  variants: (): Variant[] =>
    byFlags().flatMap((each) =>
      memberOrderings.flatMap((ordering) =>
        [false, true].flatMap((named) => [false, true].map((ranked) => ({ ...each, ordering, named, ranked }))),
      ),
    ),
  sql($, { flags, ordering, named, ranked }) {
    const field = ordering.replace('-', '')
    const descending = ordering.startsWith('-')
    const blocked = field !== 'date_joined'
    const key: ListKey = { sql: blocked ? `b.${field}` : 'u.date_joined', descending, type: 'timestamptz' }
    const from = `from ${blocked ? 'block b join users u on u.id = b.member_id' : 'users u'}
      where u.status <> 'w' ${field === 'expire_at' ? 'and b.expire_at is not null' : ''}
      and u.date_joined >= to_timestamp(${$.since}) ${ranked ? `and u.role = ${$.role}` : ''}
      and (${$.status} is null or u.status::text = ${$.status}) ${named ? `and ${namedSql($.search)}` : ''}
      and (${$.forever} is null or u.status = 'b' and ${$.forever} <> exists (
        select from block f where f.member_id = u.id and f.expire_at is not null))`
    return {
      columns: '',
      from,
      keys: [key, { sql: 'u.id', descending, type: 'bigint' }],
      joins: `join users u on u.id = p.k1 ${memberJoins($.viewer)}`,
      render: renderSql(ModerationUser, flags, $.viewer),
      count: `select count(*) ${from}`,
    }
  },
})

export type MemberFilters = {
  search?: string
  status?: string
  days_blocked?: 'days' | 'forever'
  role?: Role
  /** Unix time in seconds. */
  since?: number
  order_by?: (typeof memberOrderings)[number]
}

/** Members, for moderators. */
export function listForModeration(
  ctx: MemberCtx,
  { search, status, days_blocked, role, since = 0, order_by }: MemberFilters,
  page: PageRequest,
): Promise<PageRows<'ModerationUser'>> {
  const named = search !== undefined && foldName(search) !== ''
  const values = {
    viewer: ctx.actor.id,
    search: named ? partOfName(search) : null,
    status: status ?? null,
    forever: days_blocked === undefined ? null : days_blocked === 'forever',
    role: role ?? null,
    since,
  }
  const ranked = role !== undefined
  const variant = { flags: flagsSeenBy(ctx.actor, ctx.community), ordering: order_by ?? '-date_joined', named, ranked }
  return members.page(ctx.db, values, page, variant)
}
