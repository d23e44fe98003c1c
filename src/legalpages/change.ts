import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { endsTooEarly } from '../texts/dated.ts'
import { legalPageUpdated } from './events.ts'
import { columnNames, noPage, readColumns, type Sent } from './inputs.ts'
import { renderPage } from './lists.ts'
import { LegalPage } from './views.ts'

/** The words that members accept: they cannot change any more from then on. */
const words = ['title', 'html_summary', 'html_body'] as const

// Accepting a page locks it too: its words do not change in between.
const locking = statement({
  name: 'legalpages: lock',
  takes: { id: 'bigint', member: 'bigint', changes: 'json' },
  gives: { acknowledged: 'boolean', other_words: 'boolean', ends_early: 'boolean', ...againGives },
  sql: ($) => {
    const of = (row: string) => words.map((name) => `${row}.${name}`).join(', ')
    return `select exists (select from legal_page_ack a where a.page_id = l.id) as acknowledged,
      (${of('n')}) is distinct from (${of('l')}) as other_words,
      coalesce(n.valid_to <= coalesce(n.valid_from, l.created_at), false) as ends_early, ${againSql}
    from legal_page l join users me on me.id = ${$.member}
    cross join lateral json_populate_record(l, ${$.changes}) n
    where l.id = ${$.id} for no key update of l`
  },
})

const changing = statement({
  name: 'legalpages: change',
  takes: { id: 'bigint', changes: 'json', actor: 'bigint', now: 'timestamptz' },
  gives: {},
  sql: ($) => {
    const of = (row: string) => columnNames.map((name) => `${row}.${name}`).join(', ')
    return `with changed as (
      update legal_page l set (${columnNames.join(', ')}, folded_title, sort_title, search_rules) =
        row(${of('n')}, n.folded_title, n.sort_title, ${rules}), updated_at = ${$.now}, updated_by = ${$.actor}
      from (select (json_populate_record(before, ${$.changes})).* from legal_page before where id = ${$.id}) n
      where l.id = ${$.id} and (${of('n')}) is distinct from (${of('l')})
      returning l.*
    )
    ${emit($.now, [legalPageUpdated, renderSql(LegalPage, { viewer: false }), 'from changed l'])}`
  },
})

/**
 * Changes a revision. Once somebody has answered it, its words stay: members would have accepted what they have not
 * read. A change without effect has no event.
 */
export async function changePage(ctx: MemberCtx, id: number, sent: Sent): Promise<Json<'LegalPage'>> {
  const changes = JSON.stringify(await readColumns(ctx, sent))
  return ctx.db.transaction(async (tx) => {
    const row = await locking.row(tx, { id, member: ctx.actor.id, changes })
    if (!row) throw noPage()
    await admitAgain(tx, ctx, admin, row)
    if (row.acknowledged && row.other_words)
      throw refused('acknowledged', 'Members have answered to this text already. Publish a new revision of it instead.')
    if (row.ends_early) throw endsTooEarly()
    await changing.rows(tx, { id, changes, actor: ctx.actor.id, now: ctx.now })
    return renderPage(tx, ctx, id)
  })
}
