import type { Actor } from '../auth/actor.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { anywhere, foldName } from '../platform/search/names.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { noPage } from './inputs.ts'
import { CustomPage, renderCustomPage } from './views.ts'

/** Whether somebody sees pages that are not active or do not hold now, and may ask for one or the other. */
export const seesAll = (actor: Actor | null): boolean =>
  actor?.status === 'a' && (actor.role === 'admin' || actor.role === 'editor')

/** SQL: a page c is there for everybody. */
const isOpen = (now: string) =>
  `(c.active and coalesce(c.valid_from, c.created_at) <= ${now} and (c.valid_to is null or c.valid_to > ${now}))`

const showing = statement({
  name: 'custompages: show',
  takes: { id: 'bigint?', slug: 'text?', all: 'boolean', now: 'timestamptz' },
  gives: { json: shown(CustomPage) },
  sql: ($) => `select ${renderCustomPage}::text as json from custom_page c
    where (c.id = ${$.id} or c.slug = ${$.slug}) and (${$.all} or ${isOpen($.now)})`,
})

/**
 * A page by its id, or by its slug.
 * @throws 404 also for pages that this caller does not see
 */
export async function renderPage(db: Db, { actor, now }: Ctx, called: number | string): Promise<Json<'CustomPage'>> {
  const id = typeof called === 'number' || /^\d{1,16}$/.test(called) ? Number(called) : null
  const slug = typeof called === 'string' && id === null ? called.toLowerCase() : null
  const row = await showing.row(db, {
    ...{ id: Number.isSafeInteger(id) ? id : null, slug },
    ...{ all: seesAll(actor), now },
  })
  if (!row) throw noPage()
  return row
}

const pages = list({
  name: 'custompages: all',
  takes: { all: 'boolean', active: 'boolean?', pattern: 'text?', now: 'timestamptz' },
  sql($) {
    const from = `from custom_page c where (${$.all} or ${isOpen($.now)}) and (${$.active} is null or c.active = ${$.active})
      and (${$.pattern} is null or c.folded_title || ' ' || c.slug like ${$.pattern})`
    return {
      columns: 'c.id',
      from,
      keys: [
        { sql: 'c.sort_title', descending: false, type: 'text' },
        { sql: 'c.id', descending: false, type: 'bigint' },
      ],
      joins: 'join custom_page c on c.id = p.id',
      weight: `(select octet_length(coalesce(c.html_body, '')) from custom_page c where c.id = p.id)`,
      render: renderCustomPage,
      count: `select count(*) ${from}`,
    }
  },
})

type Filters = { search?: string; active?: boolean | null }

/** A page of the pages that fit and that this caller sees, by their titles. Only who sees all may ask for active ones. */
export function listPages(
  { db, actor, now }: Ctx,
  filters: Filters,
  page: PageRequest,
): Promise<PageRows<'CustomPage'>> {
  const { search, active } = filters
  const all = seesAll(actor)
  const pattern = search && foldName(search) ? anywhere(search) : null
  return pages.page(db, { all, active: (all ? active : null) ?? null, pattern, now }, page)
}
