import { activeSql } from '../auth/status.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { declareChange } from './change.ts'
import { settingsUpdated } from './events.ts'
import { noMember } from './inputs.ts'
import { UserSettings, WebhookSettings } from './views.ts'

const offOrOn = Type.Optional(Type.Enum([0, 1]))

export const settingsInputs = {
  qa_frequency: Type.Optional(Type.Enum([-1, 0, 1])),
  email_notification_not_qa: offOrOn,
  mobile_notifications_scmty: offOrOn,
  show_toast_notifications: offOrOn,
  toast_notifications_emit_sound: offOrOn,
  connection_requests: Type.Optional(
    Type.Enum(['ask', 'refuse', 'accept'], { description: 'Requests to connect: ask me, refuse all, or accept all.' }),
  ),
  connections_visibility: Type.Optional(
    Type.Enum(['everyone', 'connections', 'self'], { description: 'Who may see whom I am connected with.' }),
  ),
}

const showing = statement({
  name: 'users: settings',
  takes: { id: 'bigint' },
  gives: { json: shown(UserSettings) },
  variants: byFlags,
  sql: ($, { flags }) => `select ${renderSql(UserSettings, flags)}::text as json
    from users u where u.id = ${$.id} and ${activeSql('u.')}`,
})

export async function renderSettings(ctx: MemberCtx, id: number): Promise<Json<'UserSettings'>> {
  const row = await showing.row(ctx.db, { id }, { flags: flagsFor(ctx.community, true) })
  if (!row) throw noMember()
  return row
}

/** Changes settings. */
export const updateSettings = declareChange({
  name: 'settings',
  columns: Object.keys(settingsInputs),
  event: settingsUpdated,
  view: WebhookSettings,
})
