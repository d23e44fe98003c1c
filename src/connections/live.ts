import { byFlags, flagsFor } from '../community/flags.ts'
import { type Entry, silent, type Telling } from '../live/telling.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User } from '../users/views.ts'
import { hiddenOrNotSql, relationJoin } from '../users/visibility.ts'
import { connectionDeleted, requestCancelled, requestRejected, requestRestored, unfollowed } from './events.ts'

const reading = statement({
  name: 'connections: what pages are told of others',
  takes: { members: 'bigint[]', others: 'bigint[]' },
  gives: {
    nth: 'bigint',
    json: shown(User),
    hidden: 'boolean',
    rejected: 'boolean',
    asked: 'boolean',
    request: 'bigint?',
  },
  variants: byFlags,
  sql: ($, { flags }) => `select p.nth, ${renderUser(flags)} as json, ${hiddenOrNotSql('v.')} as hidden,
      v.rejected is not null as rejected, coalesce(v.asked, false) as asked, v.request_id as request
    from unnest(${$.members}, ${$.others}) with ordinality p(member, other, nth) join users u on u.id = p.other
    ${relationJoin('p.member', 'p.other')}`,
})

type Silent = {
  activity: number
  name: string
  user?: string
  whom(to: number, from: number): [member: number, other: number][]
}

/** What pages are told of events that make no notification. `from` is who asked or follows, `to` the other. */
const silents: Record<string, Silent> = {
  // A rejection is told only to the other pages of the member who rejected, never to the one who asked.
  [requestRejected.type]: { activity: 57, name: 'connection_reject', whom: (to, from) => [[to, from]] },
  [requestRestored.type]: { activity: 58, name: 'connection_cancel_reject', whom: (to, from) => [[to, from]] },
  // Both are told: the other pages of the member who ended it need it too.
  [connectionDeleted.type]: {
    activity: 59,
    name: 'connection_remove',
    user: 'remove_user',
    whom: (to, from) => [
      [to, from],
      [from, to],
    ],
  },
  [requestCancelled.type]: {
    activity: 60,
    name: 'connection_cancel_request',
    user: 'cancel_request_user',
    whom: (to, from) => [
      [to, from],
      [from, to],
    ],
  },
  [unfollowed.type]: { activity: 98, name: 'user_unfollow', user: 'unfollower', whom: (to, from) => [[to, from]] },
}

/** Tells open pages what ends between members. */
export const connectionTelling: Telling = {
  of: Object.keys(silents),
  whom({ type, data }: Entry) {
    const [to, from] = [data.to_user?.id, data.from_user?.id]
    if (!to || !from) return []
    return (silents[type] as Silent).whom(to, from).map(([member, other]) => ({ member, about: [other] }))
  },
  async read(db, community, tidings) {
    const values = {
      members: tidings.map(({ member }) => member),
      others: tidings.map(({ about }) => about[0] as number),
    }
    const rows = await reading.rows(db, values, { flags: flagsFor(community, true) })
    const found = new Map(rows.map((row) => [row.nth, row]))
    return tidings.map(({ entry }, i) => {
      const row = found.get(i + 1)
      const { activity, name, user } = silents[entry.type] as Silent
      // Nothing is told of what one of the two has ended since, nor of a withdrawn request that was rejected.
      if (!row || row.hidden || (activity === 60 && row.rejected && !row.asked)) return null
      const member = user && { [user]: JSON.parse(row.json) }
      return {
        activity,
        key: `${name}-${entry.id}`,
        notification: silent(name, entry, member || {}),
        // Clients update their buttons when `connection` is there, whatever its value.
        more: member ? { ...member, connection: row.request ?? 0 } : {},
      }
    })
  },
}
