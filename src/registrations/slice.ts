import { good } from '../platform/finding.ts'
import type { Slice } from '../slice.ts'
import { clearUnconfirmed } from './clear.ts'
import * as endpoints from './endpoints.ts'
import { countWaiting } from './waiting.ts'

export const registrations: Slice = {
  name: 'registrations',
  endpoints: { Accounts: Object.values(endpoints) },
  async examine(db) {
    const n = await countWaiting({ db })
    return n ? [good(`accounts: ${n} wait to be let in. Run kith list-users --status waiting, and kith approve.`)] : []
  },
  chores: { 'remove accounts that nobody has confirmed': ({ kith }) => clearUnconfirmed(kith) },
}
