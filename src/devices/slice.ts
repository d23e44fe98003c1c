import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { examinePush } from './examine.ts'
import { forgetDevices, ownDevices } from './own.ts'

export const devices: Slice = {
  name: 'devices',
  endpoints: { Devices: Object.values(endpoints) },
  examine: (db) => examinePush(db),
  whatMemberHas: ownDevices,
  whenMemberLeaves: async (tx, { id }) => {
    await forgetDevices(tx, id)
  },
  whenMemberIsErased: (tx, { id }) => forgetDevices(tx, id),
}
