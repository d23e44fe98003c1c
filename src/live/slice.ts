import type { Slice } from '../slice.ts'
import { clearSignals, eraseSignals } from './clear.ts'
import { examineSockets } from './examine.ts'

export const live: Slice = {
  name: 'live',
  examine: async (_db, config) => examineSockets(config),
  whenMemberIsErased: (tx, { id }) => eraseSignals(tx, id),
  chores: { 'forget what open pages were told': ({ kith }) => clearSignals(kith) },
}
