import type { Ctx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { Reaction, renderReaction } from './views.ts'

const all = statement({
  name: 'reactions: all',
  takes: {},
  gives: { id: 'bigint', label: 'text', sentiment: 'int', active: 'boolean', json: shown(Reaction) },
  sql: () =>
    `select r.id, r.label, r.sentiment::int as sentiment, r.active, ${renderReaction} as json from reaction r order by r.id`,
})

/** Every reaction, by id. There are few, and members cannot add any. */
export const findReactions = (ctx: Ctx) => all.rows(ctx.db, {})

/** One reaction; 404 if there is none with this id. */
export async function showReaction(ctx: Ctx, id: number): Promise<Json<'Reaction'>> {
  const found = (await findReactions(ctx)).find((each) => each.id === id)
  if (!found) throw notFound('No reaction has this id.')
  return found
}
