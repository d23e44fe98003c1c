import { event } from '../platform/events/declare.ts'
import { DynamicPreference } from './views.ts'

/** An option is told as it is shown. */
export const optionUpdated = event('dynamic_preference.updated', DynamicPreference)
