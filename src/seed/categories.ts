import { columnNames, defaults, slugOf } from '../categories/inputs.ts'
import { above, freeSlug, inTurn, readTree } from '../categories/tree.ts'
import type { Database } from '../platform/db/database.ts'
import { announcements, grounds, topics, welcome } from './topics.ts'

/** A category with those above it, as a contribution names them. */
export type Placed = number[]

export type Categories = {
  /** Of each topic, by its position among them. */
  topics: Placed[]
  welcome: Placed
  announcements: Placed
  /** What every new member follows. */
  followed: number[]
}

type Planned = { name: string; slogan: string; within?: string[]; auto_follow?: string; content_only_staff?: boolean }

const planned: Planned[] = [
  { ...welcome, auto_follow: 'default' },
  { ...announcements, auto_follow: 'default', content_only_staff: true },
  ...grounds,
  ...topics.map(({ name, slogan, within }) => ({ name, slogan, within })),
]

/** Makes the categories, but for those of which there is one of the same name already. */
export const makeCategories = (db: Database, created: Date): Promise<Categories> =>
  inTurn(db, async (tx) => {
    const tree = await readTree(tx)
    const rows = await tx.query<{ id: number; name: string }>(
      'select id, lower(name) as name from category where active and not deleted order by id desc',
    )
    const there = new Map(rows.map(({ id, name }) => [name, id]))
    for (const [position, { within = [], name, ...rest }] of planned.entries()) {
      if (there.has(name.toLowerCase())) continue
      const parents = within.map((parent) => there.get(parent.toLowerCase()) as number)
      const ancestors = above(tree, parents)
      const slug = freeSlug(tree, slugOf(name))
      const made = { ...defaults, ...rest, name, slug, position, parents, ancestors }
      const [row] = await tx.query<{ id: number }>(
        `insert into category (${columnNames.join(', ')}, lastmod_datetime, created_at)
         select ${columnNames.join(', ')}, $2, $2 from jsonb_populate_record(null::category, $1::jsonb) returning id`,
        [JSON.stringify(made), created.toISOString()],
      )
      const { id } = row as { id: number }
      there.set(name.toLowerCase(), id)
      tree.set(id, { slug, parents, ancestors })
    }
    const followed = await tx.query<{ id: number }>(
      `select id from category where auto_follow <> 'none' and active and not deleted order by position, id`,
    )
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
