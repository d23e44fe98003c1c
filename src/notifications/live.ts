import type { Entry, Telling, Told } from '../live/telling.ts'
import { allTypes, typeOf } from './declare.ts'
import { showTold } from './show.ts'

/** Pages are told of messages by themselves: whoever has the thread open wants more of them than a notification shows. */
const byThemselves = 37

/** Tells pages of notifications. */
export const notificationTelling: Telling = {
  get of() {
    return allTypes().flatMap(({ activity, event }) => (event && activity !== byThemselves ? event.type : []))
  },
  whom: ({ data }: Entry) => ((data.recipients ?? []) as number[]).map((member) => ({ member, about: [] })),
  async read(db, community, tidings) {
    const events = [...new Set(tidings.map(({ entry }) => entry.id))]
    const members = [...new Set(tidings.map(({ member }) => member))]
    const rows = await showTold(db, community, events, members)
    const found = new Map(rows.map((row) => [`${row.event} ${row.member}`, row]))
    return tidings.map(({ entry, member }): Told | null => {
      const row = found.get(`${entry.id} ${member}`)
      if (!row) return null
      const notification = JSON.parse(String(row.json))
      const beside = Object.fromEntries((typeOf(row.activity)?.beside ?? []).map((key) => [key, notification[key]]))
      // Clients change their buttons where there is a connection, whatever it says.
      const more = { ...beside, connection: Number(row.sid) }
      return { activity: row.activity, key: row.sid, notification, more }
    })
  },
}
