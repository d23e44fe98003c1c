import './about.ts'
import type { Slice } from '../slice.ts'
import { discardUnpublished } from './discard.ts'
import { addressing, categoryFeeds, contributions as endpoints } from './endpoints.ts'
import { eraseContributions } from './erase.ts'
import * as events from './events.ts'
import { ownContributions } from './own.ts'
import { publishDue } from './publish.ts'
import { contributionRepairs, findContributionDrift } from './recount.ts'
import { addressedRepairs, findAddressedDrift } from './recount-addressed.ts'
import { carriedRepairs, findCarriedDrift } from './recount-carried.ts'
import { indexContributions, placeWords } from './searched.ts'
import { seeding } from './seed.ts'
import { keepHidden } from './seen.ts'

export const contributions: Slice = {
  name: 'contributions',
  endpoints: { Categories: categoryFeeds, Tags: addressing, ...endpoints },
  events,
  drift: {
    find: async (db, most) => [
      ...(await findContributionDrift(db, most)),
      ...(await findCarriedDrift(db, most)),
      ...(await findAddressedDrift(db, most)),
    ],
    repairs: { ...contributionRepairs, ...carriedRepairs, ...addressedRepairs },
  },
  whatMemberHas: ownContributions,
  async whenMemberLeaves(tx, leaving) {
    await keepHidden(tx, leaving)
    await discardUnpublished(tx, leaving)
  },
  whenMemberIsErased: eraseContributions,
  chores: { 'publish what is due': ({ kith }) => publishDue(kith) },
  goesOn: placeWords,
  seeding,
  indexing: { table: 'contribution', rows: 'contributions', batch: indexContributions },
}
