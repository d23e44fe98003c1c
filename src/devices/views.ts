import Type from '../platform/schema.ts'
import { moment, nullableText, plainView, renderSql, text } from '../platform/sql/view.ts'

/** The kinds of push services: of the browser's vendor, or of the device's. */
export const deviceTypes = ['wp', 'gcm', 'fcm', 'apns'] as const

/** A device of a member. Reads a row named d. */
export const Device = plainView('Device', 'A browser or a device of a member.', {
  type: { ...text('d.type'), schema: Type.Enum(deviceTypes) },
  registration_id: text('d.registration_id'),
  name: text('d.name'),
  device_id: nullableText('d.device_id'),
  cloud_message_type: nullableText('d.cloud_message_type'),
  date_created: moment('d.created_at'),
})

export const renderDevice = renderSql(Device, null)
