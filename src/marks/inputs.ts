import Type from 'typebox'
import { flagTypes } from './views.ts'

export const flagType = Type.Integer({
  minimum: 0,
  maximum: flagTypes.length - 1,
  description: flagTypes.map((type, i) => `${i} ${type}`).join(', '),
})
