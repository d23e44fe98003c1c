import type { Slice } from '../slice.ts'
import * as endpoints from './endpoints.ts'
import { eraseDecisions } from './erase.ts'
import { caseRepairs, findCaseDrift } from './recount.ts'

export const moderation: Slice = {
  name: 'moderation',
  endpoints: { Moderation: Object.values(endpoints) },
  drift: { find: findCaseDrift, repairs: caseRepairs },
  whenMemberIsErased: eraseDecisions,
}
