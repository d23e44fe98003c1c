import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { closeBox, eraseNotifications } from './erase.ts'
import * as events from './events.ts'
import { bannerTelling, notificationTelling } from './live.ts'
import { writeNotificationMails } from './mails.ts'
import { ownNotifications } from './own.ts'
import { findNotificationDrift, notificationRepairs } from './recount.ts'
import { seeding } from './seed.ts'
import { doTasks } from './tasks.ts'

export const notifications: Slice = {
  name: 'notifications',
  tellsPages: [notificationTelling, bannerTelling],
  endpoints: { Notifications: Object.values(endpoints) },
  events,
  drift: { find: findNotificationDrift, repairs: notificationRepairs },
  whatMemberHas: ownNotifications,
  whenMemberLeaves: closeBox,
  whenMemberIsErased: eraseNotifications,
  goesOn: doTasks,
  seeding,
  writesMails: writeNotificationMails,
}
