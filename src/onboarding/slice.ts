import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'

export const onboarding: Slice = { name: 'onboarding', endpoints: { Onboarding: Object.values(endpoints) } }
