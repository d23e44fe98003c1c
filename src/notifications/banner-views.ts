import Type from '../platform/schema.ts'
import {
  boolean,
  type Field,
  integer,
  moment,
  nested,
  nullableMoment,
  nullableText,
  plainView,
  renderSql,
  text,
} from '../platform/sql/view.ts'

/** The text of a banner b. */
export const Banner = plainView('NotificationBanner', 'What administrators tell everybody.', {
  title: text('b.title'),
  body_text: text('b.body_text'),
  // One place of the documentation has this name; its clients read the other.
  description: text('b.body_text'),
  link_text: text('b.link_text'),
  link: nullableText('b.link'),
  open_in_new_tab: boolean('b.open_in_new_tab'),
  image: nullableText('b.image'),
  added_at: moment('b.added_at'),
  type_banner: { schema: Type.Literal('notification_banner'), sql: `'notification_banner'`, kind: 'word' },
})

const banner: Field<unknown> = nested(Banner.schema, renderSql(Banner, null))

/** A banner b as a member sees it; r says what they did with it. */
export const ShownBanner = plainView('BroadcastMessage', 'A banner, as the one who calls has it.', {
  id: integer('b.id'),
  banner,
  added_at: moment('b.added_at'),
  viewed_at: nullableMoment('r.viewed_at'),
  disposed_at: nullableMoment('r.disposed_at'),
})
