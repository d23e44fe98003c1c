import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { anywhere, foldName, gramsOf } from '../platform/search/names.ts'
import { list } from '../platform/sql/list.ts'
import { renderSql } from '../platform/sql/view.ts'
import { Locality } from './views.ts'

/** Matches that are looked at: for more precise results, write more of the name. */
const looked = 1_000

const localities = list({
  name: 'localities: all',
  takes: { exact: 'text', pattern: 'text', grams: 'text' },
  variants: () => [{ searched: false }, { searched: true }],
  eachTime: ({ searched }) => searched,
  sql: ($, { searched }) => ({
    ...(searched && {
      with: `near as materialized (
        select x.id, starts_with(x.folded, ${$.exact}) as begins, left(x.folded, 60) as name from (
          select id, folded from locality where grams(folded) @@ (${$.grams})::tsquery and folded like ${$.pattern} limit ${looked}
        ) x
      )`,
    }),
    columns: '',
    from: searched ? 'from near x where true' : 'from locality x where true',
    keys: [
      ...(searched
        ? [
            { sql: 'x.begins', descending: true, type: 'boolean' as const },
            { sql: 'x.name', descending: false, type: 'text' as const },
          ]
        : []),
      { sql: 'x.id', descending: false, type: 'bigint' },
    ],
    joins: `join locality l on l.id = p.k${searched ? 2 : 0}`,
    render: renderSql(Locality, {}),
    count: searched ? 'select count(*) from near' : 'select localities from locality_source',
  }),
})

/** A page of all places, or of those with this in their address: first those that begin with it. */
export function listLocalities(ctx: Ctx, search: string, page: PageRequest): Promise<PageRows<'Locality'>> {
  const exact = foldName(search)
  const values = { exact, pattern: anywhere(search), grams: exact ? gramsOf(search) : '' }
  return localities.page(ctx.db, values, page, { searched: exact !== '' })
}
