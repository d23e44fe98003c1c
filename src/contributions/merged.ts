import type { Cut, Way } from '../platform/sql/list.ts'
import { circlesSql, whereNothingAddressed } from '../users/addressed.ts'
import { kinds as all, amongSql } from './kinds.ts'
import { authorAmongSeenSql, notHiddenSql } from './seen.ts'

// A list ordered by a moment is merged from contributions addressed to nobody, which have indexes of their own, and
// those addressed to each circle that the viewer is in (docs/decisions/0122-lists-are-merged.md). It never has to
// skip what is addressed to others, however much that is.

/** What is listed, and for whom. */
export type Merged = {
  viewer: string
  /** Whether the viewer is signed in: a visitor is in no circle. */
  known: boolean
  /** Ids of the kinds. */
  kinds: number[]
  moment: 'added_at' | 'last_activity_at' | 'relevant_at'
  /** SQL of the id of the category whose feed it is. */
  place?: string
  /** SQL of the id of the single author whose contributions are listed, if the viewer sees that author. */
  author?: string
  uncommented?: boolean
  /** SQL of the circles that the viewer is in, if the statement has them. */
  circles?: string
  /** SQL of the ids of the authors of whom the viewer sees nothing, if the statement has them. */
  unseen?: string
  /** Another condition on each row x; `id` is SQL of its id. */
  and?: (id: string) => string
}

/** SQL of whether a row x is of these kinds. Of a single one, there is an index in order; in categories only of when added. */
const among = ({ kinds, place, moment }: Merged) =>
  kinds.length === 1 && (!place || moment === 'added_at') ? `x.kind = ${kinds[0]}` : amongSql('x.kind', kinds)

/** SQL of the rows of a part, with moment and id as k0 and k1. An index has them in this order. */
function scanOf(
  from: string,
  id: string,
  list: Merged,
  conditions: string[],
  beyond: string,
  direction: string,
): string {
  const { viewer, moment, author, unseen, and } = list
  const where = [
    ...conditions,
    ...(author ? [`x.author_id = ${author}`] : [authorAmongSeenSql('x', viewer, unseen)]),
    notHiddenSql('x', viewer, id),
    ...(and ? [and(id)] : []),
  ]
  return `select x.${moment} as k0, ${id} as k1 from ${from} x where ${where.join(' and ')} ${beyond}
    order by x.${moment} ${direction}, ${id} ${direction}`
}

/** SQL of the contributions addressed to nobody. */
function openScan(list: Merged, beyond: string, direction: string): string {
  const { place, kinds, uncommented } = list
  const some = kinds.length === Object.keys(all).length ? [] : [among(list)]
  if (place)
    return scanOf('category_feed', 'x.contribution_id', list, [`x.category_id = ${place}`, ...some], beyond, direction)
  const there = [`not x.deleted and x.addressing = '{}'`, ...some, ...(uncommented ? ['x.comment_count = 0'] : [])]
  return scanOf('contribution', 'x.id', list, there, beyond, direction)
}

/**
 * SQL of the contributions addressed to circles of the viewer: from each circle and kind as many as wanted, each
 * contribution once.
 * @param part cuts an ordered scan
 */
export function addressedScan(list: Merged, beyond: string, direction: string, part: Cut['part']): string {
  const { viewer, place, kinds, author, uncommented, circles = circlesSql(viewer) } = list
  const conditions = [
    // The index of relevant contributions only has places other than 0.
    `x.place = ${place ? `${place} and x.place > 0` : '0'} and x.reader = circle.id`,
    ...(author ? [among(list)] : ['x.kind = wanted.kind']),
    ...(uncommented ? ['x.uncommented'] : []),
  ]
  const scan = scanOf('addressed_feed', 'x.contribution_id', list, conditions, beyond, direction)
  return `select a.k0, a.k1 from unnest(${circles}) circle (id)
      ${author ? '' : `cross join unnest('{${kinds.join(', ')}}'::smallint[]) wanted (kind)`}
      cross join lateral (${part(scan)}) a group by a.k0, a.k1`
}

/** SQL of both together, not ordered yet. */
export function mergedScan(
  list: Merged,
  { part, beyond, direction }: { part: Cut['part']; beyond: (id: string) => string; direction: 'asc' | 'desc' },
): string {
  const open = part(openScan(list, beyond(list.place ? 'x.contribution_id' : 'x.id'), direction))
  if (!list.known) return open
  const addressed = addressedScan(list, beyond('x.contribution_id'), direction, part)
  return whereNothingAddressed(open, `select * from (${open}) o union all select * from (${addressed}) a`)
}

/** The pick of such a list. */
export function pickMerged(list: Merged, descending = true) {
  return (way: Way, { key, page, part }: Cut): string => {
    const down = descending === (way !== 'before')
    const direction = down ? 'desc' : 'asc'
    const beyond = (id: string) =>
      way === 'first' ? '' : `and (x.${list.moment}, ${id}) ${down ? '<' : '>'} (${key.join(', ')})`
    return page(
      `select k0, k1 from (${mergedScan(list, { part, beyond, direction })}) m order by k0 ${direction}, k1 ${direction}`,
    )
  }
}
