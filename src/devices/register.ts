import { activeSql } from '../auth/status.ts'
import type { MemberCtx } from '../context.ts'
import { refuseTarget } from '../delivery/http/target.ts'
import { noteLanguage } from '../notifications/read.ts'
import { badField, forbidden, notFound, readAll, unauthorized } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { readKeys } from './encrypt.ts'
import { Device, type deviceTypes, renderDevice } from './views.ts'

export type DeviceType = (typeof deviceTypes)[number]

export type Sent = {
  registration_id: string
  browser?: string
  p256dh?: string
  auth?: string
  user?: string
  name?: string
  device_id?: string | null
  cloud_message_type?: string | null
}

/** Largest number of devices per member; one more replaces the oldest. */
const most = 20

/** Push services of browser vendors: clients send only the last part of the address. */
const hosts: Record<string, string> = {
  CHROME: 'https://fcm.googleapis.com/fcm/send/',
  OPERA: 'https://fcm.googleapis.com/fcm/send/',
  FIREFOX: 'https://updates.push.services.mozilla.com/wpush/v2/',
  EDGE: 'https://wns2-par02p.notify.windows.com/w/',
  SAFARI: 'https://web.push.apple.com/',
}

/** The push address of a browser: a whole address is accepted if it leads to the public internet. */
function readEndpoint({ kith }: MemberCtx, { registration_id: id, browser = 'CHROME' }: Sent): string {
  const invalid = (message: string) => badField('registration_id', 'invalid', message)
  if (/^https?:/.test(id)) {
    const refusal = refuseTarget(id, kith.webhookAddresses)
    if (refusal) throw invalid(refusal)
    if (!id.startsWith('https:') && !kith.webhookAddresses.widened) throw invalid('Push services are reached by https.')
    return new URL(id).href
  }
  if (!/^[\w:.~%?=&+/-]+$/.test(id) || id.includes('..'))
    throw invalid('Send what is behind the last slash of the endpoint, or all of it.')
  return `${hosts[browser.toUpperCase()] ?? hosts.CHROME}${id}`
}

function readKeysOf({ p256dh = '', auth = '' }: Sent): { p256dh: string; auth: string } {
  const keys = readKeys({ p256dh, auth })
  if (!keys.p256dh) throw badField('p256dh', 'invalid', 'Send the key p256dh of the subscription, as base64.')
  if (!keys.auth) throw badField('auth', 'invalid', 'Send the key auth of the subscription, as base64.')
  return { p256dh: keys.p256dh, auth: keys.auth }
}

const registering = statement({
  name: 'devices: register',
  takes: {
    ...{ member: 'bigint', type: 'text', id: 'text', name: 'text', device: 'text?', cloud: 'text?' },
    ...{ endpoint: 'text?', p256dh: 'text?', auth: 'text?', now: 'timestamptz', keep: 'bigint' },
  },
  gives: { json: shown(Device) },
  // Whoever uses a browser now is told there, and nobody who used it before.
  sql: ($) => `with me as (
      select id from users where id = ${$.member} and ${activeSql()} for key share
    ), d as (
      insert into device (member_id, type, registration_id, name, device_id, cloud_message_type, endpoint, p256dh, auth,
        created_at)
      select id, ${$.type}, ${$.id}, ${$.name}, ${$.device}, ${$.cloud}, ${$.endpoint}, ${$.p256dh}, ${$.auth}, ${$.now} from me
      on conflict (type, registration_id) do update set (member_id, name, device_id, cloud_message_type, endpoint, p256dh,
          auth, created_at) = row(excluded.member_id, excluded.name, excluded.device_id, excluded.cloud_message_type,
          excluded.endpoint, excluded.p256dh, excluded.auth, excluded.created_at)
      returning *
    ), moved as (
      delete from push where device_id in (select id from d)
    ), oldest as (
      delete from device where id in (select id from device where member_id = ${$.member}
        and id not in (select id from d) order by id desc offset ${$.keep})
    )
    select ${renderDevice}::text as json from d`,
})

/** Registers a device of a member. A known one is changed; one of another member becomes the caller's. */
export async function registerDevice(ctx: MemberCtx, type: DeviceType, sent: Sent): Promise<Json<'Device'>> {
  const push = type === 'wp'
  if (push && !ctx.community.options['providers.web_push_enabled'])
    throw forbidden('Push notifications are off in this community (`web_push_enabled`).')
  const { endpoint, keys } = push
    ? await readAll({ endpoint: () => readEndpoint(ctx, sent), keys: () => readKeysOf(sent) })
    : { endpoint: null, keys: { p256dh: null, auth: null } }
  const name = push ? (sent.browser ?? 'CHROME').toUpperCase() : (sent.name ?? '')
  const row = await registering.row(ctx.db, {
    ...{ member: ctx.actor.id, type, id: sent.registration_id, name, endpoint, ...keys, now: ctx.now, keep: most - 1 },
    ...{ device: sent.device_id ?? null, cloud: sent.cloud_message_type ?? null },
  })
  // The member left while the request ran.
  if (!row) throw unauthorized('The member of this token is no longer here.')
  if (push && ctx.asked) await noteLanguage(ctx.db, ctx.actor.id, ctx.asked.language)
  return row
}

const removing = statement({
  name: 'devices: remove',
  takes: { member: 'bigint', type: 'text', id: 'text' },
  gives: { id: 'bigint' },
  sql: ($) => `delete from device
    where type = ${$.type} and registration_id = ${$.id} and member_id = ${$.member} returning id`,
})

const noDevice = () => notFound('You have no device of this registration id.')

/** Removes a device of the caller: nothing is pushed there any more. */
export async function removeDevice({ db, actor }: MemberCtx, type: DeviceType, id: string): Promise<void> {
  if (!(await removing.row(db, { member: actor.id, type, id }))) throw noDevice()
}

const showing = statement({
  name: 'devices: show',
  takes: { member: 'bigint', type: 'text', id: 'text' },
  gives: { json: shown(Device) },
  sql: ($) => `select ${renderDevice}::text as json from device d
    where type = ${$.type} and registration_id = ${$.id} and member_id = ${$.member}`,
})

/** A device of the caller. */
export async function showDevice({ db, actor }: MemberCtx, type: DeviceType, id: string): Promise<Json<'Device'>> {
  const row = await showing.row(db, { member: actor.id, type, id })
  if (!row) throw noDevice()
  return row
}
