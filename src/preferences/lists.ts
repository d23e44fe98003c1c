import type { MemberCtx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { renderPreference, renderPreferenceOf, UserPreference } from './views.ts'
import { noPreference } from './write.ts'

const showing = statement({
  name: 'preferences: show',
  takes: { member: 'bigint', id: 'bigint' },
  gives: { json: shown(UserPreference) },
  sql: ($) => `select ${renderPreference}::text as json from user_preference p
    where p.id = ${$.id} and p.member_id = ${$.member}`,
})

export async function showPreference({ db }: MemberCtx, member: number, id: number): Promise<Json<'UserPreference'>> {
  const row = await showing.row(db, { member, id })
  if (!row) throw noPreference()
  return row
}

const preferences = list({
  name: 'preferences: of a member',
  takes: { member: 'bigint', key: 'text?', part: 'text?' },
  sql($) {
    const from = `from user_preference x where x.member_id = ${$.member} and (${$.key} is null or x.key = ${$.key})
      and (${$.part} is null or strpos(lower(x.key), ${$.part}) > 0)`
    return {
      columns: '',
      from,
      keys: [{ sql: 'x.id', descending: false, type: 'bigint' }],
      joins: 'cross join lateral (select * from user_preference own where own.id = p.k0) kept',
      render: renderPreferenceOf('kept'),
      count: `select count(*) ${from}`,
    }
  },
})

export type Filters = { key?: string; search?: string }

/** A page of a member's preferences, oldest first: with one key, or with keys that contain a text. */
export const listPreferences = (
  { db }: MemberCtx,
  member: number,
  { key, search }: Filters,
  page: PageRequest,
): Promise<PageRows<'UserPreference'>> =>
  preferences.page(db, { member, key: key ?? null, part: search?.toLowerCase() ?? null }, page)
