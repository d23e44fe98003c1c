import { byFlags, flagsFor } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { allTypes, showsAbout } from './declare.ts'
import { actorJoin } from './things.ts'
import { aboutJoin, Item, renderItem } from './views.ts'

const showing = statement({
  name: 'notifications: those that events tell of',
  takes: { events: 'bigint[]', members: 'bigint[]' },
  gives: {
    event: 'bigint',
    member: 'bigint',
    unseen: 'int',
    sid: 'text',
    activity: 'int',
    language: 'text',
    json: shown(Item),
  },
  variants: () => byFlags().flatMap(({ flags }) => [true, false].map((about) => ({ flags, about }))),
  sql: ($, { flags, about }) => `select event, member, unseen, sid, activity, language, json from (
      select e.event_id as event, i.member_id as member, b.unseen, i.id::text as sid, n.type::int as activity, b.language,
        ${renderItem(flags, 'i.member_id', about ? allTypes() : allTypes().filter((type) => !showsAbout(type)))} as json
      from notification_event e join notification_notice n on n.id = e.notice_id
      join notification i on i.notice_id = n.id and i.member_id = any(${$.members})
      join notification_group g on g.id = i.group_id join notification_box b on b.member_id = i.member_id
      ${actorJoin(flags, 'i.member_id')} ${about ? aboutJoin(flags, 'i.member_id') : ''}
      where e.event_id = any(${$.events})
    ) shown where json is not null order by event, member`,
})

/** A notification as its member sees it, and how many they have not seen. */
export type Told = {
  event: number
  member: number
  unseen: number
  sid: string
  activity: number
  /** The language they last read in. */
  language: string
  json: Json<'NotificationItem'>
}

/**
 * The notifications that some events of the log (`notification.*`) tell of, for some members. One query, whatever
 * their number. Leaves out what has been removed since, or is not there for the member.
 * @param about whether any of them shows what it is about; if none does, as with requests to connect, PostgreSQL sets
 * up a tenth of the statement
 */
export const showTold = (
  db: Db,
  community: Community,
  events: number[],
  members: number[],
  about: boolean,
): Promise<Told[]> =>
  showing.rows(db, { events, members }, { flags: flagsFor(community, true), about }) as unknown as Promise<Told[]>
