import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql } from '../platform/http/view.ts'
import { statement } from '../platform/sql/statement.ts'
import { byFlagsAndForced, everybodySql, slugTaken } from './create.ts'
import { categoryUpdated } from './events.ts'
import { columnNames, readColumns, type Sent } from './inputs.ts'
import { renderOne } from './lists.ts'
import { searchedColumns, searchedOf } from './searched.ts'
import { above, checkParents, inTurn, noCategory, readTree, settleAncestors } from './tree.ts'
import { CategoryAct } from './views.ts'

const before = statement({
  name: 'categories: before a change',
  takes: { id: 'bigint' },
  gives: { auto_follow: 'text', active: 'boolean' },
  sql: ($) => `select auto_follow, active from category where id = ${$.id}`,
})

const changing = statement({
  name: 'categories: change',
  takes: { id: 'bigint', changes: 'json', actor: 'bigint', now: 'timestamptz' },
  gives: { id: 'bigint' },
  variants: byFlagsAndForced,
  sql($, { flags, forced }) {
    const all = [...columnNames, ...searchedColumns]
    const of = (row: string, which = columnNames) => which.map((name) => `${row}.${name}`).join(', ')
    const unfollowed = `not exists (select from category_follower f where f.category_id = ${$.id} and f.member_id = u.id)`
    return `with ${forced ? `${everybodySql(unfollowed)},` : ''} changed as (
      update category set (${all.join(', ')}) = row(${of('n', all)}), lastmod_datetime = ${$.now}
        ${forced ? ', followers = category.followers + (select count(*) from counted)' : ''}
      from (select (json_populate_record(before, ${$.changes})).* from category before where id = ${$.id}) n
      where category.id = ${$.id} and (${of('n')}) is distinct from (${of('category')})
      returning category.*
    ), ${
      forced
        ? `joined as (
      insert into category_follower (category_id, member_id, added_at, place)
      select ${$.id}, counted.id, ${$.now}, nextval('category_place') from counted order by counted.id
    ), `
        : ''
    } emitted as (
      ${emit($.now, [
        categoryUpdated,
        renderSql(CategoryAct, flags),
        `from changed category join users u on u.id = ${$.actor}
         cross join lateral (select category.created_at as added_at) t
         ${
           forced
             ? `cross join (select ${$.actor} as member_id) f`
             : 'left join category_follower f on f.category_id = category.id and f.member_id = u.id'
         }`,
      ])}
    )
    select id from changed`
  },
})

/**
 * Changes the columns of a category that are sent; a change that changes nothing emits nothing. Everybody follows one
 * that becomes forced; the event of this change is the only one then.
 */
export async function changeCategory(ctx: MemberCtx, id: number, sent: Sent): Promise<Json> {
  const columns = await readColumns(ctx, sent)
  return inTurn(ctx.db, async (tx) => {
    const tree = await readTree(tx)
    const place = tree.get(id)
    if (!place) throw noCategory()
    const { slug, parents } = columns
    const taken = [...tree].some(([other, each]) => other !== id && each.slug === slug?.toLowerCase())
    if (slug && taken) throw slugTaken()
    if (parents) {
      checkParents(tree, id, parents)
      place.parents = parents
      columns.ancestors = above(tree, parents)
    }
    const inForce = (each: { auto_follow?: string; active?: boolean } = {}) =>
      each.auto_follow === 'forced' && each.active === true
    const old = await before.row(tx, { id })
    const forced = inForce({ ...old, ...columns }) && !inForce(old)
    const values = {
      id,
      changes: JSON.stringify({ ...columns, ...searchedOf(columns) }),
      actor: ctx.actor.id,
      now: ctx.now,
    }
    await changing.rows(tx, values, { flags: flagsFor(ctx.community, true), forced })
    if (parents) await settleAncestors(tx, tree)
    return renderOne(tx, id, ctx.actor)
  })
}
