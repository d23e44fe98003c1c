import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

/** The counts of reactions are those of votes: the slice of marks looks after them. */
export const reactions: Slice = { name: 'reactions', endpoints: { Reactions: Object.values(endpoints) } }
