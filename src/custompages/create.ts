import type { MemberCtx } from '../context.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { endsTooEarly } from '../texts/dated.ts'
import { customPageCreated } from './events.ts'
import { readColumns, type Sent, stemOfTitle } from './inputs.ts'
import { renderPage } from './lists.ts'
import { renderCustomPage } from './views.ts'
import { checkSlug, freeSlug, inTurn } from './write.ts'

const creating = statement({
  name: 'custompages: create',
  takes: { page: 'json', actor: 'bigint', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => {
    const columns = 'slug, title, html_summary, html_body, valid_from, valid_to, active, folded_title, sort_title'
    return `with c as (
      insert into custom_page (${columns}, created_at, created_by, search_rules)
      select ${columns}, ${$.now}, ${$.actor}, ${rules} from json_populate_record(null::custom_page, ${$.page}) returning *
    ), emitted as (
      ${emit($.now, [customPageCreated, renderCustomPage, 'from c'])}
    )
    select id from c`
  },
})

/** Makes a page. One without a slug is called after its title. */
export async function createPage(ctx: MemberCtx, sent: Sent & { title: string }): Promise<Json<'CustomPage'>> {
  const page = { active: true, ...(await readColumns(ctx, sent)) }
  const { valid_from: from, valid_to: to } = page as { valid_from?: Date | null; valid_to?: Date | null }
  if (to && to <= (from ?? ctx.now)) throw endsTooEarly()
  return inTurn(ctx, async (tx) => {
    if (sent.slug) await checkSlug(tx, sent.slug, null)
    const slug = sent.slug ?? (await freeSlug(tx, stemOfTitle(sent.title)))
    const row = await creating.row(tx, { page: JSON.stringify({ ...page, slug }), actor: ctx.actor.id, now: ctx.now })
    return renderPage(tx, ctx, (row as { id: number }).id)
  })
}
