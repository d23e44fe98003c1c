import { event } from '../platform/events/declare.ts'
import { CustomMenu } from './views.ts'

/** Menus exist from the start: they are changed, never created or deleted. */
export const menuUpdated = event('custom_menu.updated', CustomMenu)
