import type { Slice } from '../slice.ts'
import { deleteLooseMedias, eraseMedias } from './delete.ts'
import * as endpoints from './endpoints.ts'
import { ownMedias } from './own.ts'
import { endUploads } from './upload.ts'

export const media: Slice = {
  name: 'media',
  endpoints: { Medias: Object.values(endpoints) },
  whatMemberHas: ownMedias,
  whenMemberIsErased: eraseMedias,
  chores: {
    'delete medias that nothing shows': ({ kith }) => deleteLooseMedias(kith),
    'end uploads that nobody goes on with': ({ kith }) => endUploads(kith),
  },
}
