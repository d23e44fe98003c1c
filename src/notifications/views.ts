import type { Flags } from '../community/flags.ts'
import Type from '../platform/schema.ts'
import { isoSql, type Rendering, renderingOf, shape } from '../platform/sql/view.ts'
import { allSubjects, allTypes, itemSchemas, showsSql, subjectProperties } from './declare.ts'
import { actorJoin } from './things.ts'

/** How many of its notifications a group shows, the newest. */
export const shownOfGroup = 10

/** One notification, as its member sees it. Its fields depend on its type. */
export const Item = shape('NotificationItem', Type.Unsafe({ anyOf: itemSchemas }))

/** Notifications about one subject. */
export const Notification = shape(
  'Notification',
  Type.Unsafe({
    $id: 'Notification',
    description: 'What a member is told about one subject, newest first.',
    type: 'object',
    required: ['sid', 'is_new', 'aggregated'],
    additionalProperties: false,
    properties: Object.assign(subjectProperties, {
      sid: Type.String({ description: 'Id of the group.' }),
      is_new: Type.Boolean({ description: 'Something in it is not seen yet.' }),
      aggregated: Type.Array(Item.schema, { description: `The newest ones, at most ${shownOfGroup}.` }),
    }),
  }),
)

const flag = (sql: string) => `case when ${sql} then 'true' else 'false' end`

/** SQL of the name of the type of a notice n. */
export const typeNameSql = () =>
  `(case n.type ${allTypes()
    .map(({ activity, name }) => `when ${activity} then '${name}'`)
    .join(' ')} else '' end)`

/**
 * SQL of one notification i for its member, from its notice n with `actor`, its group g, and `about`, its subject.
 * Null if something it shows is not there for them.
 * @param types the types that may occur
 */
export const renderItem = (flags: Flags, viewer: string, types = allTypes()) =>
  renderingOf(
    Item,
    `('{"type":"' || ${typeNameSql()} || '","sid":"' || i.id || '","is_new":' || ${flag('i.position > g.seen and not i.read')}
      || ',"active_at":"' || ${isoSql('n.at')} || '"' || ${showsSql(types, (thing) => thing.sql(flags, viewer))} || '}')`,
  )

/** SQL that joins the subject of a group g as `about`: `json` is null if there is none, or none for the viewer. */
export function aboutJoin(flags: Flags, viewer: string, g = 'g'): string {
  const some = allSubjects().map(
    ({ kinds, sql }) =>
      `select json from (${sql(flags, viewer, `${g}.kind`, `${g}.subject_id`)}) x where ${g}.kind in (${kinds})`,
  )
  return `left join lateral (${some.join(' union all ') || 'select null::text as json where false'}) about on true`
}

/** SQL of whether subjects of this kind are shown above their notifications. */
const titledSql = (kind: string) => {
  const kinds = allSubjects().flatMap(({ kinds }) => kinds)
  return kinds.length ? `${kind} in (${kinds})` : 'false'
}

/**
 * SQL of the newest notifications of a group g. An index alone says which these are; so however many there are, PostgreSQL
 * reads no others.
 */
export const newestSql = `select i.* from (
    select position from notification where group_id = g.id order by position desc limit ${shownOfGroup}
  ) newest cross join lateral (
    select * from notification there where there.group_id = g.id and there.position = newest.position offset 0
  ) i`

/** SQL that joins the newest notifications of a group g as `few.json`: null if none is there for the viewer. */
export const itemsJoin = (flags: Flags, viewer: string) => `left join lateral (
    select string_agg(item, ',' order by position desc) as json from (
      select ${renderItem(flags, viewer)} as item, i.position
      from (${newestSql}) i
      join notification_notice n on n.id = i.notice_id ${actorJoin(flags, viewer)}
    ) item
  ) few on true`

/** SQL of a group g from `about` and `few`; null if nothing in it is there for the viewer. */
export const renderGroup = (): Rendering<'Notification'> =>
  renderingOf(
    Notification,
    `('{"sid":"g' || g.id || '","is_new":' || ${flag('g.unseen > 0')}
      || case when ${titledSql('g.kind')} then ',' || about.json else '' end || ',"aggregated":[' || few.json || ']}')`,
  )
