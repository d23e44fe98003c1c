import Type from '../platform/schema.ts'
import { flagTypes } from './views.ts'

export const flagType = Type.Integer({
  minimum: 0,
  maximum: flagTypes.length - 1,
  description: flagTypes.map((type, i) => `${i} ${type}`).join(', '),
})

/** The same, under the name that the official client uses for comments. */
export const ofClient = Type.Integer({ ...flagType, description: 'The same as `flag_type`.' })
