import type { MemberCtx } from '../context.ts'
import { emitSql } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql } from '../platform/http/view.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy } from '../users/views.ts'
import { everybodySql, slugTaken } from './create.ts'
import { columnNames, readColumns, type Sent } from './inputs.ts'
import { renderOne } from './lists.ts'
import { above, checkParents, inTurn, noCategory, readTree, settleAncestors } from './tree.ts'
import { CategoryAct } from './views.ts'

const text = (forced: boolean, shown: Shown) =>
  textFor(`change category ${forced}`, shown, () => {
    const fresh = columnNames.map((name) => `n.${name}`).join(', ')
    const old = columnNames.map((name) => `category.${name}`).join(', ')
    const unfollowed = 'not exists (select from category_follower f where f.category_id = $1 and f.member_id = u.id)'
    return `with ${forced ? `${everybodySql(unfollowed)},` : ''} changed as (
      update category set (${columnNames.join(', ')}) = row(${fresh}), lastmod_datetime = $3
        ${forced ? ', followers = category.followers + (select count(*) from counted)' : ''}
      from (select (jsonb_populate_record(before, $2::jsonb)).* from category before where id = $1) n
      where category.id = $1 and (${fresh}) is distinct from (${old})
      returning category.*
    ), ${
      forced
        ? `joined as (
      insert into category_follower (category_id, member_id, added_at, place)
      select $1, counted.id, $3, nextval('category_place') from counted order by counted.id
    ), `
        : ''
    } told as (
      ${emitSql(
        `select 'category.updated' as type, ${renderSql(CategoryAct, shown)} as data
         from changed category join users u on u.id = $4
         cross join lateral (select category.created_at as added_at) t
         ${
           forced
             ? 'cross join (select $4::bigint as member_id) f'
             : 'left join category_follower f on f.category_id = category.id and f.member_id = u.id'
         }`,
        '$3::timestamptz',
      )}
    )
    select 1 from changed`
  })

/**
 * Changes what is named of a category; the rest stays, and a change that changes nothing tells nothing. One that
 * becomes forced is followed by everybody, which is told as this change alone.
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
    const [before] = await tx.query<{ auto_follow: string; active: boolean }>(
      'select auto_follow, active from category where id = $1',
      [id],
    )
    const inForce = (each: { auto_follow?: string; active?: boolean } = {}) =>
      each.auto_follow === 'forced' && each.active === true
    const forced = inForce({ ...before, ...columns }) && !inForce(before)
    await tx.query(text(forced, shownBy(ctx.community, true)), [
      id,
      JSON.stringify(columns),
      ctx.now.toISOString(),
      ctx.actor.id,
    ])
    if (parents) await settleAncestors(tx, tree)
    return renderOne(tx, id, ctx.actor)
  })
}
