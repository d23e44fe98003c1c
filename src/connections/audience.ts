import type { Flags } from '../community/flags.ts'

/** SQL of those who hear what the member in row `n` does: their connections, or in follow mode their followers. */
export const audienceOf = (
  { follow }: Flags,
  after: string,
  most: string,
) => `select other_id as member_id from relation
    where member_id = n.actor_id and ${follow ? 'follower_place is not null' : 'state = 4'} and other_id > ${after}
    order by other_id limit ${most}`
