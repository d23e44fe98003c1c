import { setImmediate as turn } from 'node:timers/promises'
import type { Kith } from '../context.ts'
import type { Socket } from '../platform/http/sockets.ts'
import { findStanding, type Listener, type Standing } from './standing.ts'
import type { Entry, Telling, Tiding, Told } from './telling.ts'

/** So many are sent before what else there is to do is done. */
const atOnce = 32

/** The activity that says to a member that they are blocked. */
const blocked = 74

/** The pages that are open here, by member. */
export type Pages = Map<number, Set<Socket<Listener>>>

/** What is sent of a tiding. */
const frameOf = ({ activity, key, notification, more }: Told, { unseen, banners }: Standing) =>
  JSON.stringify({
    type: 'interaction',
    data: {
      activity_type: activity,
      feed_serialization_id: key,
      count_interactions: unseen + banners,
      count_notification_banners: banners,
      notification_obj: notification,
      ...more,
    },
  })

/**
 * Tells open pages what has happened. Members without a page here cost nothing; for all others together there are as many
 * queries as there are ways to tell, however much has happened. All is read before anything is sent.
 */
export function createTell(kith: Pick<Kith, 'db' | 'community'>, pages: Pages, tellings: readonly Telling[]) {
  const byType = new Map(tellings.flatMap((telling) => telling.of.map((type) => [type, telling])))

  /** Those of whom an entry is to be told who have a page here. */
  function whomOf(entry: Entry): Omit<Tiding, 'entry'>[] {
    const whom = byType.get(entry.type)?.whom(entry) ?? []
    if (whom === 'everybody') return [...pages.keys()].map((member) => ({ member, about: [] }))
    return whom.filter(({ member }) => pages.has(member))
  }

  async function read(tidings: Tiding[]): Promise<Map<Tiding, Told>> {
    const groups = Map.groupBy(tidings, ({ entry }) => byType.get(entry.type) as Telling)
    const read = await Promise.all(
      [...groups].map(async ([telling, group]) => {
        const each = await telling.read(kith.db, kith.community.current(), group)
        return each.map((one, i) => [group[i], one] as [Tiding, Told | null])
      }),
    )
    return new Map(read.flat().filter((pair): pair is [Tiding, Told] => pair[1] !== null))
  }

  return async (entries: Entry[]): Promise<void> => {
    const tidings = entries.flatMap((entry) => whomOf(entry).map((tiding) => ({ entry, ...tiding })))
    if (!tidings.length) return
    const members = [...new Set(tidings.map(({ member }) => member))]
    const listening = members.flatMap((member) => [...(pages.get(member) ?? [])])
    const who = listening.map((page) => page.who)
    const [told, standing] = await Promise.all([read(tidings), findStanding(kith.db, who, true)])
    const byMember = Map.groupBy(listening, ({ who }) => who.member)
    let sent = 0
    // In the order in which it happened, whoever tells it.
    for (const tiding of tidings) {
      const one = told.get(tiding)
      if (!one) continue
      // Those who read have time to; nobody else waits for long.
      if (++sent % atOnce === 0) await turn()
      let frame = ''
      // What was opened meanwhile has not been looked at; its first requests show it what it was opened after.
      for (const page of byMember.get(tiding.member) ?? []) {
        const found = standing.get(page.who)
        if (!found || (found.blocked && one.activity !== blocked)) continue
        frame ||= frameOf(one, found)
        page.send(frame)
      }
    }
    for (const page of listening) if (standing.get(page.who)?.blocked !== false) page.close('refused')
  }
}
