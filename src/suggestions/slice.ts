import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const suggestions: Slice = { name: 'suggestions', endpoints: { Suggestions: Object.values(endpoints) } }
