import type { Db } from '../platform/db/database.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { fetchPage, keptLists, type List } from '../platform/http/list.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { renderSql } from '../platform/http/view.ts'
import { noEndpoint } from './listening.ts'
import { WebhookEndpoint } from './views.ts'

const fields = ['created_at', 'is_active', 'updated_at'] as const

export type Ordering = (typeof fields)[number] | `-${(typeof fields)[number]}`
export const orderings = [...fields, ...fields.map((each) => `-${each}` as const)] satisfies Ordering[]

const render = renderSql(WebhookEndpoint, null)
const oneText = `select ${render} as json from webhook_endpoint w where id = $1 and not deleted`

/** An endpoint as the API shows it. */
export async function renderEndpoint(db: Db, id: number): Promise<Json> {
  const [row] = await db.query<Json>(oneText, [id])
  if (!row) throw noEndpoint()
  return row
}

const lists = keptLists()

function listFor(ordering: Ordering, filtered: boolean): List {
  const key = `${ordering} ${filtered}`
  const kept = lists.get(key)
  if (kept) return kept
  const descending = ordering.startsWith('-')
  const field = ordering.replace('-', '') as (typeof fields)[number]
  const where = `not w.deleted and ${filtered ? 'lower(w.target) like $1' : '$1::text is null'}`
  const list: List = {
    columns: '',
    from: `from webhook_endpoint w where ${where}`,
    keys: [
      { sql: `w.${field}`, descending, type: field === 'is_active' ? 'boolean' : 'timestamptz' },
      { sql: 'w.id', descending, type: 'bigint' },
    ],
    joins: 'join webhook_endpoint w on w.id = p.k1',
    render,
    count: `select count(*)::int from webhook_endpoint w where ${where}`,
  }
  lists.set(key, list)
  return list
}

/**
 * A page of the endpoints.
 * @param target part of the address, whatever its case
 */
export function listEndpoints(
  db: Db,
  { ordering = '-created_at', target }: { ordering?: Ordering; target?: string },
  page: PageRequest,
): Promise<PageRows> {
  const pattern = target ? `%${target.toLowerCase().replace(/[\\%_]/g, '\\$&')}%` : null
  return fetchPage(db, listFor(ordering, pattern !== null), [pattern], page)
}
