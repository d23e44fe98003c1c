import { event } from '../platform/events/declare.ts'
import { DynamicPreference } from './views.ts'

/** The event carries the option as the API shows it. */
export const optionUpdated = event('dynamic_preference.updated', DynamicPreference)
