import Type from 'typebox'
import { member } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { data, nothing, page } from '../platform/http/endpoint.ts'
import { countUnseen } from './count.ts'
import { listNotifications } from './list.ts'
import { readNotifications } from './read.ts'
import { Notification } from './views.ts'

const Count = Type.Object({ count: Type.Integer() }, { $id: 'Count', additionalProperties: false })
const sid = Type.String({ maxLength: 20 })

export const list = endpoint('GET /api/v2/notification/', {
  summary: "List User's Notification",
  description:
    'What the one who calls is told, the newest first; what is about one contribution, or from one sender of messages, ' +
    'is together. What is listed counts as seen from then on. Nobody counts it: follow `next`.',
  who: member,
  takes: {
    next_id: Type.Optional(Type.String({ maxLength: 20, description: 'The `sid` behind which the page begins.' })),
    previous_id: Type.Optional(
      Type.String({ maxLength: 20, description: 'The `sid` before which the page ends; it goes before `next_id`.' }),
    ),
  },
  returns: page(Notification, { limit: 10, max: 50, counted: false }),
  act: (ctx, { page, ...beside }) => listNotifications(ctx, beside, page),
})

export const unseenCount = endpoint('GET /api/v2/notification/unseen/count/', {
  summary: 'Get Unseen Notifications',
  description: 'How many notifications the one who calls has not seen.',
  who: member,
  takes: {},
  returns: data(Count),
  act: async (ctx) => ({ count: (await countUnseen(ctx.db, [ctx.actor.id]))[0]?.unseen ?? 0 }),
})

export const read = endpoint('POST /api/v2/notification/read/', {
  summary: 'Mark Read Notifications',
  description: 'Sids of notifications, or of whole groups. Those that one does not have are nothing.',
  who: member,
  takes: { sids: Type.Array(sid, { maxItems: 500, description: 'As lists show them.' }) },
  returns: nothing,
  act: (ctx, { sids }) => readNotifications(ctx, sids),
})
