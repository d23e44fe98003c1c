import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { endsTooEarly } from '../texts/dated.ts'
import { legalPageCreated } from './events.ts'
import { readColumns, type Sent } from './inputs.ts'
import { renderPage } from './lists.ts'
import { LegalPage } from './views.ts'

const publishing = statement({
  name: 'legalpages: publish',
  takes: { policy: 'text', page: 'json', actor: 'bigint', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => {
    const columns = 'title, html_summary, html_body, valid_from, valid_to, active, folded_title, sort_title'
    return `with l as (
      insert into legal_page (policy, revision, ${columns}, created_at, created_by, search_rules)
      select ${$.policy}, coalesce((select max(revision) from legal_page where policy = ${$.policy}), 0) + 1,
        ${columns}, ${$.now}, ${$.actor}, ${rules}
      from json_populate_record(null::legal_page, ${$.page}) returning *
    ), emitted as (
      ${emit($.now, [legalPageCreated, renderSql(LegalPage, { viewer: false }), 'from l'])}
    )
    select id from l`
  },
})

/** Publishes the next revision of a policy. One after the other, so that each has a number of its own. */
export async function publishPage(
  ctx: MemberCtx,
  { policy, ...sent }: Sent & { policy: string; title: string },
): Promise<Json> {
  const page = { active: true, ...(await readColumns(ctx, sent)) }
  if (page.valid_to && page.valid_to <= (page.valid_from ?? ctx.now)) throw endsTooEarly()
  return ctx.db.transaction(async (tx) => {
    await tx.query('lock table legal_page in share row exclusive mode')
    await lookAgain(tx, ctx, admin)
    const values = { policy, page: JSON.stringify(page), actor: ctx.actor.id, now: ctx.now }
    const row = await publishing.row(tx, values)
    return renderPage(tx, ctx, (row as { id: number }).id)
  })
}
