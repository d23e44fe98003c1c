import { isAdmin } from '../auth/actor.ts'
import type { Ctx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { anywhere, foldName } from '../platform/search/names.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { noTag } from './inputs.ts'
import { inUseSql, renderTag, Tag } from './views.ts'

/** SQL of whether a tag is visible: administrators see all, others those in use and visible. */
const seenSql = (admin: string) => `(${admin} or (${inUseSql} and t.visible))`

const showing = statement({
  name: 'tags: show',
  takes: { id: 'bigint', admin: 'boolean' },
  gives: { json: shown(Tag) },
  sql: ($) => `select ${renderTag}::text as json from tag t where t.id = ${$.id} and ${seenSql($.admin)}`,
})

export async function renderOne({ db, actor }: Ctx, id: number): Promise<Json<'Tag'>> {
  const row = await showing.row(db, { id, admin: isAdmin(actor) })
  if (!row) throw noTag()
  return row
}

const sortedBy = {
  id: { sql: 't.id', type: 'bigint' },
  name: { sql: 't.sort_name', type: 'text' },
  created_at: { sql: 't.created_at', type: 'timestamptz' },
} as const
const fields = Object.keys(sortedBy) as (keyof typeof sortedBy)[]
export const orderings = fields.flatMap((field) => [field, `-${field}` as const])

export type Filters = {
  search?: string
  type?: string
  active?: boolean
  deleted?: boolean
  visible?: boolean
  visibility_boost?: boolean
  ordering?: (typeof orderings)[number][]
}

const flags = ['active', 'deleted', 'visible', 'visibility_boost'] as const

const tags = list({
  name: 'tags: all',
  takes: {
    ...{ admin: 'boolean', pattern: 'text?', type: 'text?', owner: 'bigint?' },
    ...{ active: 'boolean?', deleted: 'boolean?', visible: 'boolean?', visibility_boost: 'boolean?' },
  },
  variants: () => orderings.flatMap((ordering) => [false, true].map((owned) => ({ ordering, owned }))),
  sql($, { ordering, owned }) {
    const descending = ordering.startsWith('-')
    const field = ordering.replace('-', '') as keyof typeof sortedBy
    const filters = flags.map((flag) => `and (${$[flag]} is null or t.${flag} = ${$[flag]})`).join(' ')
    const whose = owned ? `and t.id = any((select tag_ids from users where id = ${$.owner})::bigint[])` : ''
    const from = `from tag t where ${seenSql($.admin)} ${whose} and (${$.type} is null or t.type = ${$.type})
      and (${$.pattern} is null or t.folded_name like ${$.pattern}) ${filters}`
    return {
      columns: 't.id',
      from,
      keys: [
        ...(field === 'id' ? [] : [{ ...sortedBy[field], descending }]),
        { sql: 't.id', descending, type: 'bigint' as const },
      ],
      joins: 'join tag t on t.id = p.id',
      render: renderTag,
      count: `select count(*) ${from}`,
    }
  },
})

const values = ({ search, type, active, deleted, visible, visibility_boost }: Filters, admin: boolean) => ({
  admin,
  pattern: search && foldName(search) ? anywhere(search) : null,
  type: type ?? null,
  active: active ?? null,
  deleted: deleted ?? false,
  visible: visible ?? null,
  visibility_boost: visibility_boost ?? null,
})

/** A page of tags, newest first by default. Only administrators see those not in use or not visible. */
export const listTags = ({ db, actor }: Ctx, filters: Filters, page: PageRequest): Promise<PageRows<'Tag'>> =>
  tags.page(db, { ...values(filters, isAdmin(actor)), owner: null }, page, {
    // Names are unique within a type, so further fields decide nothing.
    ordering: filters.ordering?.[0] ?? '-created_at',
    owned: false,
  })

/** A page of all tags in use that a member has, for themselves and administrators: also those that are not visible. */
export const listTagsOf = ({ db }: Ctx, owner: number, page: PageRequest): Promise<PageRows<'Tag'>> =>
  tags.page(db, { ...values({ active: true }, true), owner }, page, { ordering: 'id', owned: true })
