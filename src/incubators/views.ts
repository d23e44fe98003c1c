import { followJoin } from '../categories/lists.ts'
import { Category, renderCategory } from '../categories/views.ts'
import { type Flags, view } from '../community/flags.ts'
import Type from '../platform/schema.ts'
import {
  boolean,
  type Field,
  integer,
  moment,
  nested,
  nullable,
  nullableText,
  renderSql,
  text,
} from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User } from '../users/views.ts'
import { relationJoin } from '../users/visibility.ts'

// Every expression below reads a row of incubator under that name; its category, and f: how the viewer follows that; its author u
// and the viewer's relation v to them; and s: the row of incubator_subscriber by which the viewer supports it.

const fields: Record<string, Field<Flags>> = {
  id: integer('incubator.id'),
  name: text('incubator.name'),
  slug: text('incubator.slug'),
  slogan: nullableText('incubator.slogan'),
  status: {
    schema: Type.Enum([0, 1, 2, 3], {
      description: '0: collects supporters. 1: has enough. 2: is a category by now. 3: was turned down.',
    }),
    sql: 'incubator.status',
    kind: 'number',
  },
  added_at: moment('incubator.added_at'),
}

/** A category that somebody proposes, as members and visitors see it. */
export const Incubator = view('Incubator', 'A category that a member proposes, and others support.', {
  ...fields,
  approved_category: nested(
    nullable(Category.schema),
    `case when incubator.category_id is null then 'null' else ${renderCategory} end`,
  ),
  user: nested(User.schema, renderUser),
  subscribers_count: integer('incubator.subscribers'),
  subscribers_threshold: integer('incubator.threshold'),
  subscribed: boolean('s.member_id is not null'),
})

const categoryJoin = (viewer: string) => `category on category.id = incubator.category_id ${followJoin(viewer)}`

/** Joins what the rendering of an incubator reads. */
export const viewerJoins = (
  viewer: string,
) => `join users u on u.id = incubator.author_id ${relationJoin(viewer, 'u.id')}
  left join ${categoryJoin(viewer)}
  left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = ${viewer}`

/** A proposal that was approved, as those are told who made or supported it. */
const ApprovedIncubator = view('IncubatorCategory', 'A proposal that has become a category.', {
  ...fields,
  approved_category: nested(Category.schema, renderCategory),
})

/** What the notification shows of the incubator that its notice n is about. */
export const approvedIncubator = {
  schema: ApprovedIncubator.schema,
  sql: (flags: Flags, viewer: string) => `(select ${renderSql(ApprovedIncubator, flags)} from incubator
    join ${categoryJoin(viewer)} where incubator.id = n.part_id)`,
}
