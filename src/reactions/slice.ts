import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

/** The slice of marks looks after the counts of reactions. */
export const reactions: Slice = { name: 'reactions', endpoints: { Reactions: Object.values(endpoints) } }
