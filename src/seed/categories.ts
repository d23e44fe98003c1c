import { columnNames, defaults, slugOf } from '../categories/inputs.ts'
import { searchedColumns, searchedOf } from '../categories/searched.ts'
import { above, freeSlug, lockCategories, readTree } from '../categories/tree.ts'
import type { Database } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { announcements, grounds, topics, welcome } from './topics.ts'

/** A category followed by its ancestors, as a contribution names them. */
export type Placed = number[]

export type Categories = {
  /** For each topic, by its index. */
  topics: Placed[]
  welcome: Placed
  announcements: Placed
  /** The categories every new member follows. */
  followed: number[]
}

type Planned = { name: string; slogan: string; within?: string[]; auto_follow?: string; content_only_staff?: boolean }

const planned: Planned[] = [
  { ...welcome, auto_follow: 'default' },
  { ...announcements, auto_follow: 'default', content_only_staff: true },
  ...grounds,
  ...topics.map(({ name, slogan, within }) => ({ name, slogan, within })),
]

const existing = statement({
  name: 'seed: categories there are',
  takes: {},
  gives: { id: 'bigint', name: 'text' },
  sql: () => 'select id, lower(name) as name from category where active and not deleted order by id desc',
})

const columns = [...columnNames, ...searchedColumns].join(', ')

const creating = statement({
  name: 'seed: create a category',
  takes: { category: 'json', created: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `insert into category (${columns}, lastmod_datetime, created_at, search_rules)
    select ${columns}, ${$.created}, ${$.created}, ${rules} from json_populate_record(null::category, ${$.category})
    returning id`,
})

const offered = statement({
  name: 'seed: categories new members follow',
  takes: {},
  gives: { id: 'bigint' },
  sql: () => `select id from category where auto_follow <> 'none' and active and not deleted order by position, id`,
})

/** Creates the categories, except those whose name exists already. */
export const makeCategories = (db: Database, created: Date): Promise<Categories> =>
  lockCategories(db, async (tx) => {
    const tree = await readTree(tx)
    const rows = await existing.rows(tx, {})
    const there = new Map(rows.map(({ id, name }) => [name, id]))
    for (const [position, { within = [], name, ...rest }] of planned.entries()) {
      if (there.has(name.toLowerCase())) continue
      const parents = within.map((parent) => there.get(parent.toLowerCase()) as number)
      const ancestors = above(tree, parents)
      const slug = freeSlug(tree, null, slugOf(name))
      const named = { ...defaults, ...rest, name }
      const made = { ...named, ...searchedOf(named), slug, position, parents, ancestors }
      const row = await creating.row(tx, { category: JSON.stringify(made), created })
      const { id } = row as { id: number }
      there.set(name.toLowerCase(), id)
      tree.set(id, { name, slug, parents, ancestors })
    }
    const followed = await offered.rows(tx, {})
    const placed = (name: string): Placed => {
      const id = there.get(name.toLowerCase()) as number
      return [id, ...(tree.get(id)?.ancestors ?? [])]
    }
    return {
      topics: topics.map(({ name }) => placed(name)),
      welcome: placed(welcome.name),
      announcements: placed(announcements.name),
      followed: followed.map(({ id }) => id),
    }
  })
