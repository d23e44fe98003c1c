import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'
import { hidesSql } from '../users/visibility.ts'

/**
 * What a member may take away of their relations: connections, requests, follows and hidings of theirs, followers,
 * requests received. What others decided silently (a rejection, a hiding) is not the member's.
 */
export const ownConnections: Record<string, OwnRows> = {
  connections: ownRows('connections: what a member has', ($) => ({
    key: 'r.other_id',
    json: `json_build_object('member', r.other_id, 'username', o.username,
      'connection', case r.state when 4 then 'connected' when 1 then 'sent_connection_request'
        when 2 then 'received_connection_request' end,
      'since', r.created, 'followed', r.following_place is not null, 'follower', r.follower_place is not null,
      'hidden', ${hidesSql('r.')})`,
    from: `from relation r join users o on o.id = r.other_id where r.member_id = ${$.member}
      and (r.state in (1, 2, 4) or r.following_place is not null or r.follower_place is not null or ${hidesSql('r.')})`,
  })),
}
