import type { MemberCtx } from '../context.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { endsTooEarly } from '../texts/dated.ts'
import { customPageUpdated } from './events.ts'
import { noPage, readColumns, type Sent } from './inputs.ts'
import { renderPage } from './lists.ts'
import { renderCustomPage } from './views.ts'
import { checkSlug, inTurn } from './write.ts'

const looking = statement({
  name: 'custompages: look at a change',
  takes: { id: 'bigint', changes: 'json' },
  gives: { ends_early: 'boolean' },
  sql: ($) => `select coalesce(n.valid_to <= coalesce(n.valid_from, c.created_at), false) as ends_early
    from custom_page c cross join lateral json_populate_record(c, ${$.changes}) n where c.id = ${$.id}`,
})

const columns = ['slug', 'title', 'html_summary', 'html_body', 'valid_from', 'valid_to', 'active'] as const

const changing = statement({
  name: 'custompages: change',
  takes: { id: 'bigint', changes: 'json', actor: 'bigint', now: 'timestamptz' },
  gives: {},
  sql: ($) => {
    const of = (row: string) => columns.map((name) => `${row}.${name}`).join(', ')
    return `with c as (
      update custom_page c set (${columns.join(', ')}, folded_title, sort_title, search_rules) =
        row(${of('n')}, n.folded_title, n.sort_title, ${rules}), updated_at = ${$.now}, updated_by = ${$.actor}
      from (select (json_populate_record(before, ${$.changes})).* from custom_page before where id = ${$.id}) n
      where c.id = ${$.id} and (${of('n')}) is distinct from (${of('c')})
      returning c.*
    )
    ${emit($.now, [customPageUpdated, renderCustomPage, 'from c'])}`
  },
})

/** Changes a page. A change that changes nothing emits nothing. */
export async function changePage(ctx: MemberCtx, id: number, sent: Sent): Promise<Json<'CustomPage'>> {
  const changes = JSON.stringify(await readColumns(ctx, sent))
  return inTurn(ctx, async (tx) => {
    const row = await looking.row(tx, { id, changes })
    if (!row) throw noPage()
    if (row.ends_early) throw endsTooEarly()
    if (sent.slug) await checkSlug(tx, sent.slug, id)
    await changing.rows(tx, { id, changes, actor: ctx.actor.id, now: ctx.now })
    return renderPage(tx, ctx, id)
  })
}
