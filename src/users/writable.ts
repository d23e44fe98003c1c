import type { Actor } from '../auth/actor.ts'
import { activeSql } from '../auth/status.ts'
import type { Flags } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import { hiddenOrNotSql } from './visibility.ts'

/** Whom somebody may write to privately, as far as it does not depend on the other. */
export type Reach = 'nobody' | 'followers' | 'everybody'

/**
 * A member's reach: with a role they may write to everybody, others to their followers (in friendship mode, to their
 * connections); a blocked member, or with messages off, to nobody.
 */
export function reachOf(actor: Actor | null, { options }: Pick<Community, 'options'>): Reach {
  if (actor?.status !== 'a' || !options['addons.private_messages_enabled']) return 'nobody'
  return actor.role ? 'everybody' : 'followers'
}

/**
 * SQL of whether the viewer may write to the member u. Reads the viewer's relation to u, named v.
 * @param reach SQL of the viewer's reach
 */
export const writableSql = (
  { follow, friendship }: Pick<Flags, 'follow' | 'friendship'>,
  viewer: string,
  reach: string,
) =>
  `(u.id <> ${viewer} and ${activeSql('u.')} and not ${hiddenOrNotSql('v.')} and case ${reach} when 'everybody' then true
    when 'followers' then ${follow ? 'v.follower_place is not null' : friendship ? 'coalesce(v.state = 4, false)' : 'false'}
    else false end)`
