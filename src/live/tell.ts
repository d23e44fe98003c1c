import { setImmediate as turn } from 'node:timers/promises'
import type { Kith } from '../context.ts'
import type { Socket } from '../platform/http/sockets.ts'
import { findStanding, type Listener, type Standing } from './standing.ts'
import type { Entry, Telling, Tiding, Told } from './telling.ts'

/** Frames sent before other work of the process gets its turn. */
const atOnce = 32

/** The activity that tells members that they are blocked. */
const blocked = 74

/** The pages that are open on this node, by member. */
export type Pages = Map<number, Set<Socket<Listener>>>

/** The frame that tells a page of one thing. */
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
 * Tells open pages what has happened. Members without a page here cost nothing. For all others together there is one
 * query per way of telling, however much has happened. Everything is read before anything is sent.
 */
export function createTell(kith: Pick<Kith, 'db' | 'community'>, pages: Pages, tellings: readonly Telling[]) {
  const byType = new Map(tellings.flatMap((telling) => telling.of.map((type) => [type, telling])))

  /** Of the members an entry concerns, those with a page here. */
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
    // In the order in which it happened, whichever slice tells it.
    for (const tiding of tidings) {
      const one = told.get(tiding)
      if (!one) continue
      // Lets other work of the process run between frames.
      if (++sent % atOnce === 0) await turn()
      let frame = ''
      // A page opened meanwhile was not checked; its own first requests show it what came before.
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
