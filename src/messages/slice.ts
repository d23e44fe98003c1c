import type { Slice } from '../slice.ts'
import { purgeThreads } from './clear.ts'
import * as endpoints from './endpoints.ts'
import { eraseMessages } from './erase.ts'
import * as events from './events.ts'
import { messageTelling } from './live.ts'
import { ownMessages } from './own.ts'
import { findMessageDrift, messageRepairs } from './recount.ts'
import { seeding } from './seed.ts'
import { deleteLooseFiles } from './upload.ts'

export const messages: Slice = {
  name: 'messages',
  endpoints: { 'Private messages': Object.values(endpoints) },
  events,
  tellsPages: [messageTelling],
  drift: { find: findMessageDrift, repairs: messageRepairs },
  whatMemberHas: ownMessages,
  whenMemberIsErased: eraseMessages,
  seeding,
  chores: {
    'delete messages that neither of two has': ({ kith }) => purgeThreads(kith),
    'delete files that were not sent with a message': ({ kith }) => deleteLooseFiles(kith),
  },
}
