import type { MemberCtx } from '../context.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { customPageDeleted } from './events.ts'
import { noPage } from './inputs.ts'
import { renderCustomPage } from './views.ts'
import { inTurn } from './write.ts'

const deleting = statement({
  name: 'custompages: delete',
  takes: { id: 'bigint', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `with c as (delete from custom_page where id = ${$.id} returning *), emitted as (
      ${emit($.now, [customPageDeleted, renderCustomPage, 'from c'])}
    )
    select id from c`,
})

/** Deletes a page for good. Its event has it as it was. */
export const deletePage = (ctx: MemberCtx, id: number): Promise<void> =>
  inTurn(ctx, async (tx) => {
    if (!(await deleting.row(tx, { id, now: ctx.now }))) throw noPage()
  })
