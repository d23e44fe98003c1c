import { admin } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { data } from '../platform/http/endpoint.ts'
import { describeSystem } from './describe.ts'
import { NotBuilt, readNotBuilt } from './not-built.ts'
import { countTotals, Totals } from './totals.ts'
import { System } from './views.ts'

export const getSystem = endpoint('GET /api/v2/system/', {
  summary: 'Get what runs, and how it is',
  description:
    'Versions, the database, the disk of the node that answers, nodes that deliver webhooks, what `/metrics` ' +
    'counts in the database, and what `kith doctor` finds without counting anything again.',
  extension: true,
  who: admin,
  primary: true,
  returns: data(System),
  act: describeSystem,
})

export const getSystemNotBuilt = endpoint('GET /api/v2/system/not_built/', {
  summary: 'List what is documented and not built',
  description: 'The content of docs/not-built.md, by endpoints, fields, events and options.',
  extension: true,
  who: admin,
  returns: data(NotBuilt),
  act: readNotBuilt,
})

export const getSystemTotals = endpoint('GET /api/v2/system/totals/', {
  summary: 'Count members and contributions',
  extension: true,
  who: admin,
  returns: data(Totals),
  act: countTotals,
})
