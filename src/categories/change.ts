import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { byFlagsAndForced, everybodySql } from './create.ts'
import { deleteInTurn } from './delete.ts'
import { categoryUpdated } from './events.ts'
import { type Change, type Columns, columnNames, generatedSlug, readColumns, slugOf } from './inputs.ts'
import { renderOne } from './lists.ts'
import { keepPictures, readPictures } from './pictures.ts'
import { searchedColumns, searchedOf } from './searched.ts'
import {
  above,
  checkName,
  checkParents,
  checkSlug,
  freeSlug,
  lockCategories,
  noCategory,
  readTree,
  settleAncestors,
} from './tree.ts'
import { CategoryAct } from './views.ts'

const before = statement({
  name: 'categories: before a change',
  takes: { id: 'bigint' },
  gives: {
    ...{ name: 'text', slug: 'text', auto_follow: 'text', active: 'boolean', deleted: 'boolean' },
    ...{ image_original: 'text?', emotional_image_original: 'text?' },
  },
  sql: ($) => `select name, slug, auto_follow, active, deleted, image_original, emotional_image_original
    from category where id = ${$.id}`,
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
      update category set (${all.join(', ')}, deleted) = row(${of('n', all)}, n.deleted), lastmod_datetime = ${$.now}
        ${forced ? ', followers = category.followers + (select count(*) from counted)' : ''}
      from (select (json_populate_record(before, ${$.changes})).* from category before where id = ${$.id}) n
      where category.id = ${$.id} and (${of('n')}, n.deleted) is distinct from (${of('category')}, category.deleted)
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
 * Changes the given columns of a category; a change without effect has no event. If it becomes forced, everybody
 * follows it, and the event of this change is the only one. It is deleted last, with an event of its own. A restored
 * category is as it was, except that it has no parents, and no followers unless it is forced.
 */
export async function changeCategory(
  ctx: MemberCtx,
  id: number,
  { deleted, ...sent }: Change,
): Promise<Json<'Category'>> {
  const columns = await readColumns(ctx, sent)
  const there = await before.row(ctx.db, { id })
  if (!there) throw noCategory()
  const pictures = await readPictures(ctx.kith, sent, there)
  return lockCategories(ctx.db, async (tx) => {
    const current = { ...ctx, community: await lookAgain(tx, ctx, admin) }
    const old = await before.row(tx, { id })
    // Nothing else can be changed in a deleted one.
    const sends = Object.keys(columns).length + Object.keys(pictures).length
    if (!old || (old.deleted && deleted !== false && (!deleted || sends))) throw noCategory()
    Object.assign(columns, await keepPictures(tx, pictures, old))
    if (!(old.deleted && deleted)) await write(tx, current, id, old, columns)
    if (deleted && !old.deleted) await deleteInTurn(tx, current, id)
    return renderOne(tx, id, ctx.actor)
  })
}

type Before = { name: string; slug: string; auto_follow: string; active: boolean; deleted: boolean }

async function write(tx: Db, ctx: MemberCtx, id: number, old: Before, columns: Partial<Columns>): Promise<void> {
  const tree = await readTree(tx)
  const place = tree.get(id) ?? { name: old.name, slug: old.slug.toLowerCase(), parents: [], ancestors: [] }
  tree.set(id, place)
  const { name = old.name, parents } = columns
  if (columns.slug === generatedSlug) columns.slug = freeSlug(tree, id, slugOf(name))
  // An unchanged name can only clash when the category is restored.
  if (name !== old.name || old.deleted) checkName(tree, id, name)
  checkSlug(tree, id, columns.slug ?? old.slug)
  if (parents) {
    checkParents(tree, id, parents)
    place.parents = parents
    columns.ancestors = above(tree, parents)
  }
  const inForce = (each: Partial<Before>) => each.auto_follow === 'forced' && each.active === true && !each.deleted
  const forced = inForce({ ...old, ...columns, deleted: false }) && !inForce(old)
  const changes = JSON.stringify({ ...columns, ...searchedOf(columns), deleted: false })
  const values = { id, changes, actor: ctx.actor.id, now: ctx.now }
  await changing.rows(tx, values, { flags: flagsFor(ctx.community, true), forced })
  if (parents) await settleAncestors(tx, tree)
}
