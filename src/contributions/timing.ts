import type { MemberCtx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'

/** When a contribution is published: at once, at a moment, or when its author says so. */
export const timingInputs = {
  draft: Type.Optional(nullable(Type.Boolean({ description: 'Only its author sees it until it is published.' }))),
  scheduled_at: Type.Optional(nullable(momentInput('When it is published.'))),
}

export type TimingSent = { draft?: boolean | null; scheduled_at?: number | string | null }

/** When an unpublished contribution will be published; null: when its author says so. */
export type Timing = { scheduled_at: Date | null }

/**
 * Reads when a contribution is to be published. Undefined if nothing is said of it: it is published at once, or stays
 * as it is.
 */
export function readTiming(
  { now, community }: MemberCtx,
  { draft, scheduled_at: sent }: TimingSent,
): Timing | undefined {
  if (sent === undefined || sent === null || sent === '') return draft ? { scheduled_at: null } : undefined
  if (!community.options['configurations.scheduled_posts_enabled'])
    throw badField('scheduled_at', 'disabled', 'Scheduling is off in this community: leave this out.')
  if (draft) throw badField('scheduled_at', 'invalid', 'A draft has no time of publication: leave one of the two out.')
  const at = new Date(readMoment('scheduled_at', sent) * 1000)
  if (at <= now) throw badField('scheduled_at', 'invalid', 'This time is in the past: send a later one.')
  return { scheduled_at: at }
}
