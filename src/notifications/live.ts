import type { Entry, Telling, Told } from '../live/telling.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { ShownBanner } from './banner-views.ts'
import { allTypes, showsAbout, typeOf } from './declare.ts'
import { bannerSent } from './events.ts'
import { showTold } from './show.ts'

/** Messages are told by their own slice: a page with the thread open needs more of them than a notification shows. */
const byThemselves = 37

const readingBanners = statement({
  name: 'notifications: banners that pages are told of',
  takes: { members: 'bigint[]', moments: 'float8[]' },
  gives: { nth: 'bigint', json: shown(ShownBanner) },
  sql: ($) => `select told.nth, ${renderSql(ShownBanner, null)} as json
    from unnest(${$.members}, ${$.moments}) with ordinality told(member, at, nth)
    join banner b on b.added_at = to_timestamp(told.at) join users u on u.id = told.member and b.added_at >= u.date_joined
    left join banner_reader r on r.member_id = told.member and r.banner_id = b.id where r.disposed_at is null`,
})

/** Tells every page of banners. */
export const bannerTelling: Telling = {
  of: [bannerSent.type],
  whom: () => 'everybody',
  async read(db, _community, tidings) {
    // The event has the text of a banner; its moment says which banner it is.
    const values = {
      members: tidings.map(({ member }) => member),
      moments: tidings.map(({ entry }) => entry.created),
    }
    const found = new Map((await readingBanners.rows(db, values)).map(({ nth, json }) => [nth, json]))
    return tidings.map((_, i) => {
      const json = found.get(i + 1)
      if (!json) return null
      const notification = JSON.parse(json)
      const { id } = notification
      return { activity: 'notification_banner', key: `banner-${id}`, notification, more: { id } }
    })
  },
}

/** Tells pages of notifications. */
export const notificationTelling: Telling = {
  get of() {
    return allTypes().flatMap(({ activity, event }) => (event && activity !== byThemselves ? event.type : []))
  },
  whom: ({ data }: Entry) => ((data.recipients ?? []) as number[]).map((member) => ({ member, about: [] })),
  async read(db, community, tidings) {
    const events = [...new Set(tidings.map(({ entry }) => entry.id))]
    const members = [...new Set(tidings.map(({ member }) => member))]
    const told = new Set(tidings.map(({ entry }) => entry.type))
    const about = allTypes().some((type) => type.event && told.has(type.event.type) && showsAbout(type))
    const rows = await showTold(db, community, events, members, about)
    const found = new Map(rows.map((row) => [`${row.event} ${row.member}`, row]))
    return tidings.map(({ entry, member }): Told | null => {
      const row = found.get(`${entry.id} ${member}`)
      if (!row) return null
      const notification = JSON.parse(String(row.json))
      const beside = Object.fromEntries((typeOf(row.activity)?.beside ?? []).map((key) => [key, notification[key]]))
      // Clients update their buttons when `connection` is there, whatever its value.
      const more = { ...beside, connection: Number(row.sid) }
      return { activity: row.activity, key: row.sid, notification, more }
    })
  },
}
