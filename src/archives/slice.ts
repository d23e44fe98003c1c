import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { archiveFigures } from './figures.ts'
import { makeArchives, removeOldArchives } from './make.ts'
import { forgetArchive } from './request.ts'

export const archives: Slice = {
  name: 'archives',
  endpoints: { Accounts: Object.values(endpoints) },
  figures: archiveFigures,
  whenMemberLeaves: forgetArchive,
  async whenMemberIsErased(tx, erasing) {
    await forgetArchive(tx, erasing)
    return false
  },
  chores: {
    async 'make archives of what is kept of members'({ kith, log }) {
      const made = await makeArchives(kith)
      if (made) log.info({ archives: made }, 'archives made')
    },
    'remove archives that are old': ({ kith }) => removeOldArchives(kith),
  },
}
