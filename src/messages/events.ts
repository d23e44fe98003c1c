import { about, notificationEvent } from '../notifications/declare.ts'

export const messageNotified = notificationEvent('private_message', [about])
