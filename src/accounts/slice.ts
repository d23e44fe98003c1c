import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { continueErasures, examineErasures } from './erase.ts'
import { erasureFigures } from './figures.ts'

export const accounts: Slice = {
  name: 'accounts',
  endpoints: { Accounts: Object.values(endpoints) },
  examine: examineErasures,
  figures: erasureFigures,
  chores: {
    async 'erase members'({ kith, log }) {
      const erased = await continueErasures(kith)
      if (erased) log.info({ members: erased }, 'members erased')
    },
  },
}
