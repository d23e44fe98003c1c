import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql } from '../platform/http/view.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { categoryCreated } from './events.ts'
import { columnNames, defaults, readColumns, type Sent, slugOf } from './inputs.ts'
import { renderOne } from './lists.ts'
import { searchedColumns, searchedOf } from './searched.ts'
import { above, checkParents, freeSlug, inTurn, readTree } from './tree.ts'
import { CategoryAct } from './views.ts'

/** Whether everybody follows the category from this act on, under every combination of flags: the variants of an act. */
export const byFlagsAndForced = () => byFlags().flatMap((each) => [false, true].map((forced) => ({ ...each, forced })))

/**
 * SQL of an act that makes everybody follow a category, as CTEs: `everybody` are the members who do not yet, `counted`
 * those who do now. Locked in the order of their ids, as other acts lock them.
 * @param but SQL condition on members u: those who do not follow it yet
 */
export const everybodySql = (but: string) => `everybody as (
    select u.id from users u where u.status in ('a', 'b') and ${but} order by u.id for no key update
  ), counted as (
    update users set categories = categories + 1 from everybody where users.id = everybody.id returning users.id
  )`

const creating = statement({
  name: 'categories: create',
  takes: { category: 'json', actor: 'bigint', now: 'timestamptz' },
  gives: { id: 'bigint' },
  variants: byFlagsAndForced,
  sql($, { flags, forced }) {
    const columns = [...columnNames, ...searchedColumns].join(', ')
    return `with ${forced ? `${everybodySql('true')},` : ''} made as (
      insert into category (${columns}, lastmod_datetime, created_at, search_rules, followers)
      select ${columns}, ${$.now}, ${$.now}, ${rules}, ${forced ? '(select count(*) from counted)' : '0'}
      from json_populate_record(null::category, ${$.category}) returning *
    ), ${
      forced
        ? `joined as (
      insert into category_follower (category_id, member_id, added_at, place)
      select made.id, counted.id, ${$.now}, nextval('category_place') from made, counted order by counted.id
    ), `
        : ''
    } emitted as (
      ${emit($.now, [
        categoryCreated,
        renderSql(CategoryAct, flags),
        `from made category, users u, (select created_at as added_at from made) t,
          (select ${forced ? $.actor : 'null::bigint'} as member_id) f where u.id = ${$.actor}`,
      ])}
    )
    select id from made`
  },
})

/** Makes a category. One that is forced is followed by everybody from the start. */
export async function createCategory(ctx: MemberCtx, sent: Sent & { name: string }): Promise<Json> {
  const columns = await readColumns(ctx, sent)
  const { name = '', slug, parents = defaults.parents } = columns
  return inTurn(ctx.db, async (tx) => {
    const tree = await readTree(tx)
    checkParents(tree, null, parents)
    const free = freeSlug(tree, (slug ?? slugOf(name)).toLowerCase())
    if (slug && free !== slug.toLowerCase()) throw slugTaken()
    const named = { ...defaults, ...columns, name }
    const made = { ...named, ...searchedOf(named), slug: slug ?? free, ancestors: above(tree, parents) }
    const forced = made.auto_follow === 'forced' && made.active
    const values = { category: JSON.stringify(made), actor: ctx.actor.id, now: ctx.now }
    const row = await creating.row(tx, values, { flags: flagsFor(ctx.community, true), forced })
    return renderOne(tx, (row as { id: number }).id, ctx.actor)
  })
}

export const slugTaken = () => badField('slug', 'unique', 'There is a category with this slug already.')
