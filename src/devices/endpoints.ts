import { member } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { created, nothing, one } from '../platform/http/endpoint.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { registerDevice, removeDevice, showDevice } from './register.ts'
import { Device, deviceTypes } from './views.ts'

const type = Type.Enum(deviceTypes, { description: 'wp is web push; nothing is sent to the others.' })
const id = Type.String({ minLength: 1, maxLength: 2_000, description: 'The registration id.' })
const noDevice = { 404: 'You have no device of this registration id.' }

export const createDevice = endpoint('POST /api/v2/device/{type}/', {
  summary: 'Register a device',
  description:
    'Registers where the member wants to be told while no page is open. Notifications are pushed to browsers ' +
    '(`wp`), encrypted for them. Devices of apps are stored, but nothing is sent to them. A known device is ' +
    'changed.',
  who: member,
  takes: {
    type,
    registration_id: line({
      minLength: 1,
      maxLength: 2_000,
      description:
        "For a browser, the part behind the last slash of its subscription's endpoint, or the whole endpoint.",
    }),
    browser: Type.Optional(line({ maxLength: 30, description: 'CHROME, FIREFOX, OPERA, EDGE or SAFARI.' })),
    p256dh: Type.Optional(line({ maxLength: 200, description: 'For web push: the key, as base64.' })),
    auth: Type.Optional(line({ maxLength: 100, description: 'For web push: the secret, as base64.' })),
    user: Type.Optional(line({ maxLength: 255, description: 'Its member, always the caller.' })),
    name: Type.Optional(line({ maxLength: 255 })),
    device_id: Type.Optional(nullable(line({ maxLength: 255 }))),
    cloud_message_type: Type.Optional(nullable(line({ maxLength: 50 }))),
  },
  returns: created(Device),
  refuses: { 403: 'Push notifications are off (`web_push_enabled`).' },
  act: (ctx, { type, ...sent }) => registerDevice(ctx, type, sent),
})

export const getDevice = endpoint('GET /api/v2/device/{type}/{id}/', {
  summary: 'Get a device',
  who: member,
  takes: { type, id },
  returns: one(Device),
  refuses: noDevice,
  act: (ctx, { type, id }) => showDevice(ctx, type, id),
})

export const deleteDevice = endpoint('DELETE /api/v2/device/{type}/{id}/', {
  summary: 'Remove a device',
  who: member,
  takes: { type, id },
  returns: nothing,
  refuses: noDevice,
  act: (ctx, { type, id }) => removeDevice(ctx, type, id),
})
