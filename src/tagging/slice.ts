import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { seeding } from './seed.ts'

export const tagging: Slice = { name: 'tagging', endpoints: { Tags: Object.values(endpoints) }, seeding }
