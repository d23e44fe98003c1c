import { admin, member } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { EmbedOfMedia } from '../embeds/inputs.ts'
import { created, data, nothing, page } from '../platform/http/endpoint.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { url } from '../users/inputs.ts'
import { ShownBanner } from './banner-views.ts'
import { countBanners, listBanners, noteBanners, sendBanner, withdrawBanner } from './banners.ts'
import { countUnseen } from './count.ts'
import { listNotifications } from './list.ts'
import { notify } from './notify.ts'
import { readNotifications } from './read.ts'
import { Notification } from './views.ts'

const Count = Type.Object({ count: Type.Integer() }, { $id: 'Count', additionalProperties: false })
const sid = Type.String({ maxLength: 20 })

export const list = endpoint('GET /api/v2/notification/', {
  summary: "List User's Notification",
  description:
    'The notifications of the caller, newest first; those about one contribution, or from one sender of messages, ' +
    'are grouped. Listing them marks them as seen. There is no count: follow `next`.',
  who: member,
  takes: {
    next_id: Type.Optional(Type.String({ maxLength: 20, description: 'The page begins behind this `sid`.' })),
    previous_id: Type.Optional(
      Type.String({ maxLength: 20, description: 'The page ends before this `sid`; it overrules `next_id`.' }),
    ),
  },
  returns: page(Notification, { limit: 10, max: 50, counted: false }),
  act: (ctx, { page, ...beside }) => listNotifications(ctx, beside, page),
})

export const unseenCount = endpoint('GET /api/v2/notification/unseen/count/', {
  summary: 'Get Unseen Notifications',
  description: 'How many notifications the caller has not seen.',
  who: member,
  takes: {},
  returns: data(Count),
  act: async (ctx) => ({ count: (await countUnseen(ctx.db, [ctx.actor.id]))[0]?.unseen ?? 0 }),
})

export const read = endpoint('POST /api/v2/notification/read/', {
  summary: 'Mark Read Notifications',
  description: 'Sids of notifications, or of whole groups. Unknown ones are ignored.',
  who: member,
  takes: { sids: Type.Array(sid, { maxItems: 500, description: 'As lists show them.' }) },
  returns: nothing,
  act: (ctx, { sids }) => readNotifications(ctx, sids),
})

const anId = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description })

export const custom = endpoint('POST /api/v2/notification/notify/', {
  summary: 'Create Custom notification',
  description:
    'Sends a custom notification from a member: to their connections (in follow mode, to their followers), or to ' +
    'themselves.',
  who: admin,
  takes: {
    // One place of the documentation spells its default like this.
    recipients_type: Type.Optional(nullable(Type.Enum(['connections', 'conections', 'user', '']))),
    type: line({ maxLength: 100, description: 'A word by which your programs recognise such notifications.' }),
    embed: Type.Optional(nullable(EmbedOfMedia)),
    title: nullable(line({ maxLength: 255 })),
    description: nullable(Type.String({ maxLength: 2_000 })),
    user: anId('Id of the member who says it.'),
  },
  returns: nothing,
  act: (ctx, sent) => notify(ctx, sent),
})

const bannerIds = Type.Array(anId('Id of a banner.'), { maxItems: 100, description: 'Ids of banners.' })

export const banners = endpoint('GET /api/v2/notification/banner/', {
  summary: 'List Broadcast Messages',
  description: 'Banners sent since the caller joined that they have not dismissed, newest first.',
  who: member,
  takes: {},
  returns: page(ShownBanner),
  act: (ctx, { page }) => listBanners(ctx, page),
})

export const readBanners = endpoint('POST /api/v2/notification/banner/read/', {
  summary: 'Mark Read Broadcast Messages',
  who: member,
  takes: { banner_ids: bannerIds },
  returns: nothing,
  act: (ctx, { banner_ids }) => noteBanners(ctx, banner_ids, false),
})

export const disposeBanners = endpoint('POST /api/v2/notification/banner/dispose/', {
  summary: 'Dispose Broadcast Messages',
  description: 'They are no longer listed.',
  who: member,
  takes: { banner_ids: bannerIds },
  returns: nothing,
  act: (ctx, { banner_ids }) => noteBanners(ctx, banner_ids, true),
})

export const unseenBanners = endpoint('GET /api/v2/notification/banner/unseen/count/', {
  summary: 'Broadcast Messages Unseen Count',
  who: member,
  takes: {},
  returns: data(Count),
  act: (ctx) => countBanners(ctx, 'unseen'),
})

export const undisposedBanners = endpoint('GET /api/v2/notification/banner/undisposed/count/', {
  summary: 'Broadcast Messages Undisposed Count',
  who: member,
  takes: {},
  returns: data(Count),
  act: (ctx) => countBanners(ctx, 'undisposed'),
})

export const send = endpoint('POST /api/v2/notification/banner/', {
  summary: 'Send a Broadcast Message',
  description: 'A banner for everybody who is a member by now.',
  who: admin,
  extension: true,
  takes: {
    title: line({ minLength: 1, maxLength: 255 }),
    body_text: Type.String({ maxLength: 2_000 }),
    link_text: Type.Optional(line({ maxLength: 100 })),
    link: Type.Optional(nullable(url)),
    image: Type.Optional(nullable(url)),
    open_in_new_tab: Type.Optional(Type.Boolean()),
  },
  returns: created(ShownBanner),
  act: (ctx, sent) => sendBanner(ctx, sent),
})

export const withdraw = endpoint('DELETE /api/v2/notification/banner/{id}/', {
  summary: 'Withdraw a Broadcast Message',
  who: admin,
  extension: true,
  takes: { id: anId('Id of the banner.') },
  returns: nothing,
  refuses: { 404: 'No banner has this id.' },
  act: (ctx, { id }) => withdrawBanner(ctx, id),
})
