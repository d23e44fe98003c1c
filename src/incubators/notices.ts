import type { Community } from '../community/state.ts'
import { declareNotification } from '../notifications/declare.ts'
import { tell } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import { approvedIncubator } from './views.ts'

/** The number of incubators as parts of notices. */
export const incubatorPart = 18

// The documentation has no event of this type.
const approvedNotice = declareNotification({
  name: 'incubator_approved',
  activity: 96,
  aggregates: false,
  shows: [
    {
      properties: { incubator: approvedIncubator.schema },
      sql: (flags, viewer) => `'"incubator":' || ${approvedIncubator.sql(flags, viewer)}`,
      webhook: { properties: {}, sql: () => `''` },
    },
  ],
  event: null,
  audience: (_, after, most) => `select member_id from incubator_subscriber
    where incubator_id = n.part_id and member_id > ${after} order by member_id limit ${most}`,
  mail: {
    en: 'A category that you proposed or support is there now',
    it: 'Una categoria che hai proposto o sostenuto ora esiste',
  },
})

/** Tells who has proposed an incubator and who supports it that it is a category now. It does not say who decided. */
export const tellApproved = (
  tx: Db,
  given: { now: Date; community: Community },
  { id, author }: { id: number; author: number },
): Promise<void> =>
  tell(tx, given, [
    { type: approvedNotice, actor: null, part: { kind: incubatorPart, id }, to: [author], audience: true },
  ])
