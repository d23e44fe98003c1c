import { figure } from '../platform/figure.ts'
import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { countWaiting, examinePush } from './examine.ts'
import { forgetDevices, ownDevices } from './own.ts'

export const devices: Slice = {
  name: 'devices',
  endpoints: { Devices: Object.values(endpoints) },
  examine: (db) => examinePush(db),
  figures: async (db) => [figure('kith_push_waiting', 'What waits to be pushed to browsers.', await countWaiting(db))],
  whatMemberHas: ownDevices,
  whenMemberLeaves: async (tx, { id }) => {
    await forgetDevices(tx, id)
  },
  whenMemberIsErased: (tx, { id }) => forgetDevices(tx, id),
}
