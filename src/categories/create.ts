import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import { activeSql } from '../auth/status.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { categoryCreated } from './events.ts'
import { type Columns, columnNames, defaults, generatedSlug, readColumns, type Sent, slugOf } from './inputs.ts'
import { renderOne } from './lists.ts'
import { keepPictures, type Pictures, readPictures } from './pictures.ts'
import { searchedColumns, searchedOf } from './searched.ts'
import { above, checkName, checkParents, checkSlug, freeSlug, lockCategories, readTree, type Tree } from './tree.ts'
import { CategoryAct } from './views.ts'

/** Whether everybody follows the category from this act on, with every combination of flags: the variants of an act. */
export const byFlagsAndForced = () => byFlags().flatMap((each) => [false, true].map((forced) => ({ ...each, forced })))

/**
 * SQL, as CTEs, that makes everybody follow a category: `everybody` are the members who do not yet, `counted` those
 * who do now. Members are locked in the order of their ids, as in other acts.
 * @param but SQL condition on members u: those who do not follow it yet
 */
export const everybodySql = (but: string) => `everybody as (
    select u.id from users u where ${activeSql('u.')} and ${but} order by u.id for no key update
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

/** What a category is made of: its columns as they were sent, with a name, and its pictures. */
type Made = { columns: Partial<Columns> & { name: string }; pictures: Pictures }

/** Creates a category, under the lock of all categories. Resolves to its id. */
async function makeInTurn(tx: Db, { actor, now, community }: MemberCtx, tree: Tree, made: Made): Promise<number> {
  const { columns, pictures } = made
  const { name, parents = defaults.parents } = columns
  const given = columns.slug === generatedSlug ? undefined : columns.slug
  checkName(tree, null, name)
  checkParents(tree, null, parents)
  if (given) checkSlug(tree, null, given)
  const slug = given ?? freeSlug(tree, null, slugOf(name))
  const named = { ...defaults, ...columns, ...(await keepPictures(tx, pictures)), name }
  const category = { ...named, ...searchedOf(named), slug, ancestors: above(tree, parents) }
  const forced = category.auto_follow === 'forced' && category.active
  const values = { category: JSON.stringify(category), actor: actor.id, now }
  const row = await creating.row(tx, values, { flags: flagsFor(community, true), forced })
  return (row as { id: number }).id
}

/** Creates a category. Everybody follows a forced one from the start. */
export async function createCategory(ctx: MemberCtx, sent: Sent & { name: string }): Promise<Json<'Category'>> {
  const columns = { ...(await readColumns(ctx, sent)), name: sent.name }
  const none = { image_original: null, emotional_image_original: null }
  const pictures = await readPictures(ctx.kith, sent, none)
  return lockCategories(ctx.db, async (tx) => {
    const community = await lookAgain(tx, ctx, admin)
    const id = await makeInTurn(tx, { ...ctx, community }, await readTree(tx), { columns, pictures })
    return renderOne(tx, id, ctx.actor)
  })
}

/**
 * Creates a category of a name, a slug and a slogan, under the lock of all categories, for an act of an administrator
 * that does more. If another category has the slug, a number is appended. Resolves to its id.
 */
export async function createNamed(
  tx: Db,
  ctx: MemberCtx,
  tree: Tree,
  { slug, ...named }: Pick<Columns, 'name' | 'slug' | 'slogan'>,
): Promise<number> {
  return makeInTurn(tx, ctx, tree, { columns: { ...named, slug: freeSlug(tree, null, slug) }, pictures: {} })
}
