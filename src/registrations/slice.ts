import type { Slice } from '../slice.ts'
import { clearUnconfirmed } from './clear.ts'
import * as endpoints from './endpoints.ts'

export const registrations: Slice = {
  name: 'registrations',
  endpoints: { Accounts: Object.values(endpoints) },
  chores: { 'remove accounts that nobody has confirmed': ({ kith }) => clearUnconfirmed(kith) },
}
