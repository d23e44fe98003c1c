import Type from 'typebox'
import { type Flags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { integer, nested, renderSql, text, view } from '../platform/http/view.ts'
import { changeMember, type Part } from './change.ts'
import { textFor } from './queries.ts'
import { WebhookUser } from './views.ts'

const documented = {
  qa_frequency: integer<Flags>('u.qa_frequency'),
  email_notification_not_qa: integer<Flags>('u.email_notification_not_qa'),
  mobile_notifications_scmty: integer<Flags>('u.mobile_notifications_scmty'),
  show_toast_notifications: integer<Flags>('u.show_toast_notifications'),
  toast_notifications_emit_sound: integer<Flags>('u.toast_notifications_emit_sound'),
}

export const UserSettings = view<Flags>('UserSettings', "A member's own settings.", {
  ...documented,
  connection_requests: text('u.connection_requests'),
  connections_visibility: text('u.connections_visibility'),
})

/** What receivers are told when settings change: the documented fields, and whose they are. */
export const WebhookSettings = view<Flags>('WebhookSettings', 'Settings, as webhook receivers see them.', {
  ...documented,
  user: nested(WebhookUser.schema, (shown) => renderSql(WebhookUser, shown)),
})

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

export async function renderSettings(ctx: MemberCtx, id: number): Promise<Json> {
  const shown = flagsFor(ctx.community, true)
  const text = textFor('settings', shown, () => {
    return `select ${renderSql(UserSettings, shown)}::text as json from users u where u.id = $1 and u.status in ('a', 'b')`
  })
  const [row] = await ctx.db.query<Json>(text, [id])
  if (!row) throw notFound('There is no member of this id.')
  return row
}

const settings: Part = {
  columns: Object.keys(settingsInputs),
  event: 'user.settings_updated',
  told: WebhookSettings,
}

/** Changes settings. */
export const updateSettings = (ctx: MemberCtx, id: number, changes: object) => changeMember(ctx, id, settings, changes)
