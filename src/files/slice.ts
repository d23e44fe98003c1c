import type { Slice } from '../slice.ts'
import { deleteGoneFiles, eraseFiles, examineFiles, sweepUploads } from './clean.ts'

export const files: Slice = {
  name: 'files',
  whenMemberIsErased: eraseFiles,
  examine: examineFiles,
  chores: {
    'delete files that nothing shows': ({ kith }) => deleteGoneFiles(kith),
    'delete what broken uploads left': ({ kith }) => sweepUploads(kith),
  },
}
