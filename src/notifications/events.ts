import { event } from '../platform/events/declare.ts'
import Type from '../platform/schema.ts'
import { Banner } from './banner-views.ts'
import { customShows } from './custom-shown.ts'
import { notificationEvent } from './declare.ts'

export const customNotified = notificationEvent('custom_notification', customShows)

export const bannerSent = event(
  'notification.banner.sent',
  Type.Object(
    {
      banner: Banner.schema,
      recipients: Type.Array(Type.Integer(), { description: 'Empty: banners are for everybody.' }),
    },
    { $id: 'WebhookBannerSent', additionalProperties: false },
  ),
)
