import type { Flags } from '../community/flags.ts'

/** SQL of those who hear of what the member who did n does: their connections; in follow mode, who follows them. */
export const audienceOf = (
  { follow }: Flags,
  after: string,
  most: string,
) => `select other_id as member_id from relation
    where member_id = n.actor_id and ${follow ? 'follower_place is not null' : 'state = 4'} and other_id > ${after}
    order by other_id limit ${most}`
