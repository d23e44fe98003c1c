import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import * as events from './events.ts'

export const menus: Slice = { name: 'menus', endpoints: { Menus: Object.values(endpoints) }, events }
