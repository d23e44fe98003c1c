import { isAdmin } from '../auth/actor.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { anywhere, foldName } from '../platform/search/names.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { arraySql, renderSql, shown } from '../platform/sql/view.ts'
import { momentOf } from '../texts/dated.ts'
import { noPage, policies } from './inputs.ts'
import { LegalPage, LegalPages, slugSql } from './views.ts'

const bothWays = () => [{ viewer: true }, { viewer: false }]

/** Joins a: the viewer's answer to the page l. */
const ackJoin = (viewer: string) => `left join legal_page_ack a on a.page_id = l.id and a.member_id = ${viewer}`

const showing = statement({
  name: 'legalpages: show',
  takes: { id: 'bigint', viewer: 'bigint?', admin: 'boolean' },
  gives: { json: shown(LegalPage) },
  variants: bothWays,
  sql: ($, looks) => `select ${renderSql(LegalPage, looks)}::text as json from legal_page l ${ackJoin($.viewer)}
    where l.id = ${$.id} and (l.active or ${$.admin})`,
})

const seenBy = ({ actor }: Ctx) => ({ viewer: actor?.id ?? null, admin: isAdmin(actor) })
const shownTo = ({ actor }: Ctx) => ({ viewer: actor !== null })

/** A revision. Administrators also see inactive ones. */
export async function renderPage(db: Db, ctx: Ctx, id: number): Promise<Json<'LegalPage'>> {
  const row = await showing.row(db, { id, ...seenBy(ctx) }, shownTo(ctx))
  if (!row) throw noPage()
  return row
}

/** SQL of the current revision of each policy, named l. */
export const holdingSql = (now: string, policy = 'true') => `from (
      select distinct on (policy) * from legal_page
      where active and coalesce(valid_from, created_at) <= ${now} and (valid_to is null or valid_to > ${now}) and ${policy}
      order by policy, revision desc
    ) l`

const current = statement({
  name: 'legalpages: what holds',
  takes: { viewer: 'bigint?', now: 'timestamptz' },
  gives: { json: shown(LegalPages) },
  variants: bothWays,
  sql: ($, looks) => `select ${arraySql(LegalPage, renderSql(LegalPage, looks), 'l.policy')} as json
    ${holdingSql($.now)} ${ackJoin($.viewer)}`,
})

/** The current revision of each policy. */
export const renderCurrent = async (ctx: Ctx) =>
  (await current.row(ctx.db, { viewer: ctx.actor?.id ?? null, now: ctx.now }, shownTo(ctx))) as Json<'LegalPage[]'>

const currentOf = statement({
  name: 'legalpages: what holds of a policy',
  takes: { viewer: 'bigint?', now: 'timestamptz', policy: 'text' },
  gives: { json: shown(LegalPage) },
  variants: bothWays,
  sql: ($, looks) => `select ${renderSql(LegalPage, looks)}::text as json
    ${holdingSql($.now, `policy = ${$.policy}`)} ${ackJoin($.viewer)}`,
})

/** A revision by its id, or the current one of a policy. */
export async function renderCalled(ctx: Ctx, called: string): Promise<Json<'LegalPage'>> {
  const id = /^\d{1,16}$/.test(called) ? Number(called) : Number.NaN
  if (Number.isSafeInteger(id)) return renderPage(ctx.db, ctx, id)
  const policy = (policies as readonly string[]).find((each) => each === called)
  const values = { viewer: ctx.actor?.id ?? null, now: ctx.now }
  const row = policy ? await currentOf.row(ctx.db, { ...values, policy }, shownTo(ctx)) : undefined
  if (!row) throw notFound('No legal page has this id, and none of this policy holds.')
  return row
}

const sortedBy = {
  id: { sql: 'l.id', type: 'bigint' },
  created_at: { sql: 'l.created_at', type: 'timestamptz' },
  valid_from: { sql: 'coalesce(l.valid_from, l.created_at)', type: 'timestamptz' },
  title: { sql: 'l.sort_title', type: 'text' },
} as const
const fields = Object.keys(sortedBy) as (keyof typeof sortedBy)[]
export const orderings = fields.flatMap((field) => [field, `-${field}` as const])

export type Filters = {
  policy?: string
  search?: string
  valid_from?: number | string
  valid_to?: number | string
  ordering?: (typeof orderings)[number]
}

const pages = list({
  name: 'legalpages: all',
  takes: {
    ...{ viewer: 'bigint?', admin: 'boolean', policy: 'text?', pattern: 'text?' },
    ...{ from: 'timestamptz?', to: 'timestamptz?' },
  },
  variants: () => bothWays().flatMap((each) => orderings.map((ordering) => ({ ...each, ordering }))),
  sql($, { viewer, ordering }) {
    const descending = ordering.startsWith('-')
    const field = ordering.replace('-', '') as keyof typeof sortedBy
    const from = `from legal_page l where (l.active or ${$.admin}) and (${$.policy} is null or l.policy = ${$.policy})
      and (${$.pattern} is null or l.folded_title || ' ' || ${slugSql('l')} like ${$.pattern})
      and (${$.from} is null or coalesce(l.valid_from, l.created_at) >= ${$.from})
      and (${$.to} is null or l.valid_to <= ${$.to})`
    return {
      columns: 'l.id',
      from,
      keys: [
        ...(field === 'id' ? [] : [{ ...sortedBy[field], descending }]),
        { sql: 'l.id', descending, type: 'bigint' as const },
      ],
      joins: `join legal_page l on l.id = p.id ${ackJoin($.viewer)}`,
      weight: `(select octet_length(coalesce(l.html_body, '')) from legal_page l where l.id = p.id)`,
      render: renderSql(LegalPage, { viewer }),
      count: `select count(*) ${from}`,
    }
  },
})

/** A page of the matching revisions, last published first by default. */
export function listPages(ctx: Ctx, filters: Filters, page: PageRequest): Promise<PageRows<'LegalPage'>> {
  const { search, policy, ordering = '-created_at' } = filters
  const values = {
    ...seenBy(ctx),
    policy: policy ?? null,
    pattern: search && foldName(search) ? anywhere(search) : null,
    from: momentOf('valid_from', filters.valid_from),
    to: momentOf('valid_to', filters.valid_to),
  }
  return pages.page(ctx.db, values, page, { ...shownTo(ctx), ordering })
}
