import './about.ts'
import type { Slice } from '../slice.ts'
import { comments as Comments, contributors } from './endpoints.ts'
import { eraseComments } from './erase.ts'
import * as events from './events.ts'
import { ownComments } from './own.ts'
import { commentRepairs, findCommentDrift } from './recount.ts'
import { seeding } from './seed.ts'

export const comments: Slice = {
  name: 'comments',
  endpoints: { ...contributors, Comments },
  events,
  drift: { find: findCommentDrift, repairs: commentRepairs },
  whatMemberHas: ownComments,
  whenMemberIsErased: eraseComments,
  seeding,
}
