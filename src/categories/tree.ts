import type { Database, Db } from '../platform/db/database.ts'
import { badField, notFound } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { nameKey } from '../platform/text.ts'

/** The hierarchy of categories, and the names and slugs that are taken. */
export type Tree = Map<number, { name: string; slug: string; parents: number[]; ancestors: number[] }>

export const noCategory = () => notFound('No category has this id.')

/**
 * Locks all categories for an act of an administrator: such acts come one after the other, and meanwhile nobody
 * follows, unfollows or joins. So what the act has read still holds when it writes.
 */
export const lockCategories = <T>(db: Database, work: (tx: Db) => Promise<T>): Promise<T> =>
  db.transaction(async (tx) => {
    // Changing what everybody follows takes time in proportion to the members.
    await tx.query(`set local statement_timeout = '10min'`)
    await tx.query('lock table category in share row exclusive mode')
    return work(tx)
  })

const reading = statement({
  name: 'categories: tree',
  takes: {},
  gives: { id: 'bigint', name: 'text', slug: 'text', parents: 'bigint[]', ancestors: 'bigint[]' },
  sql: () => 'select id, name, lower(slug) as slug, parents, ancestors from category where not deleted order by id',
})

/** All categories that are not deleted. There are hundreds at most. */
export async function readTree(tx: Db): Promise<Tree> {
  const rows = await reading.rows(tx, {})
  return new Map(rows.map(({ id, ...rest }) => [id, rest]))
}

/** Refuses unknown parents, and parents that are inside the category itself. */
export function checkParents(tree: Tree, id: number | null, parents: number[]): void {
  for (const parent of parents) {
    if (!tree.has(parent)) throw badField('parents', 'unknown', `There is no category ${parent}.`)
    if (parent === id || (id !== null && tree.get(parent)?.ancestors.includes(id)))
      throw badField('parents', 'cycle', `Category ${parent} cannot be above this one: it lies in it.`)
  }
}

/** All ancestors of some categories, nearest first, each once. */
export function above(tree: Tree, parents: number[]): number[] {
  const found = new Set(parents)
  for (const id of found) for (const parent of tree.get(id)?.parents ?? []) found.add(parent)
  return [...found]
}

const settling = statement({
  name: 'categories: set what is above',
  takes: { changed: 'json' },
  gives: {},
  sql: ($) => `update category set ancestors = n.ancestors
    from json_to_recordset(${$.changed}) as n(id bigint, ancestors bigint[]) where category.id = n.id`,
})

/** Writes the ancestors of each category where they have changed. */
export async function settleAncestors(tx: Db, tree: Tree): Promise<void> {
  const changed = [...tree]
    .map(([id, { parents, ancestors }]) => ({ id, before: ancestors, ancestors: above(tree, parents) }))
    .filter(({ before, ancestors }) => before.join() !== ancestors.join())
    .map(({ id, ancestors }) => ({ id, ancestors }))
  if (!changed.length) return
  await settling.rows(tx, { changed: JSON.stringify(changed) })
}

const others = (tree: Tree, id: number | null) => [...tree].flatMap(([other, each]) => (other === id ? [] : each))

/** Whether another category has a name. */
export function isNamed(tree: Tree, id: number | null, name: string): boolean {
  const wanted = nameKey(name)
  return others(tree, id).some((each) => nameKey(each.name) === wanted)
}

/**
 * Refuses a name that another category has. There is no constraint, because duplicates may be older than this rule;
 * it holds because these acts come one after the other.
 */
export function checkName(tree: Tree, id: number | null, name: string): void {
  if (isNamed(tree, id, name)) throw badField('name', 'unique', 'There is a category with this name already.')
}

/** Refuses a slug that another category has. */
export function checkSlug(tree: Tree, id: number | null, slug: string): void {
  if (others(tree, id).some((each) => each.slug === slug.toLowerCase()))
    throw badField('slug', 'unique', 'There is a category with this slug already.')
}

/** The slug, with the first free number appended if another category has it. */
export function freeSlug(tree: Tree, id: number | null, slug: string): string {
  const taken = new Set(others(tree, id).map((each) => each.slug))
  let free = slug
  for (let n = 2; taken.has(free); n++) free = `${slug}-${n}`
  return free
}
