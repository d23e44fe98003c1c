import { event } from '../platform/events/declare.ts'
import { CustomMenu } from './views.ts'

/** Menus are there from the start: they are written, and never made or deleted. */
export const menuUpdated = event('custom_menu.updated', CustomMenu)
