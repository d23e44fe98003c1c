import type { Slice } from '../slice.ts'
import { deleteGoneFiles, eraseFiles, examineFiles, sweepUploads } from './clean.ts'
import { ownFiles } from './own.ts'

export const files: Slice = {
  name: 'files',
  filesMemberHas: ownFiles,
  whenMemberIsErased: eraseFiles,
  examine: examineFiles,
  chores: {
    'delete files that nothing shows': ({ kith }) => deleteGoneFiles(kith),
    'delete what broken uploads left': ({ kith }) => sweepUploads(kith),
  },
}
