import { event } from '../platform/events/declare.ts'
import { WebhookSettings, WebhookUser } from './views.ts'

export const userCreated = event('user.created', WebhookUser.schema)
export const userUpdated = event('user.updated', WebhookUser.schema)
export const userDeleted = event('user.deleted', WebhookUser.schema)
export const settingsUpdated = event('user.settings_updated', WebhookSettings.schema)
