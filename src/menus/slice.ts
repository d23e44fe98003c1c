import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const menus: Slice = { name: 'menus', endpoints: { Menus: Object.values(endpoints) } }
