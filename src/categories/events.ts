import { event } from '../platform/events/declare.ts'
import { CategoryAct } from './views.ts'

// A change that makes everybody follow a category, or nobody any more, has one event: `category.updated` with
// auto_follow forced, or `category.deleted`. `category.follow` and `category.unfollow` are about one member.

export const categoryCreated = event('category.created', CategoryAct.schema)
export const categoryUpdated = event('category.updated', CategoryAct.schema)
export const categoryDeleted = event('category.deleted', CategoryAct.schema)
export const categoryFollowed = event('category.follow', CategoryAct.schema)
export const categoryUnfollowed = event('category.unfollow', CategoryAct.schema)
