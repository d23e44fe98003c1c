import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** The browsers in which a member is signed in, and since when. */
export const ownSessions: Record<string, OwnRows> = {
  sessions: ownRows('sessions: what a member has', ($) => ({
    key: '(extract(epoch from s.created_at) * 1000000)::bigint',
    json: `json_build_object('signed_in_at', s.created_at, 'ends_at', s.expires_at)`,
    from: `from session s where s.user_id = ${$.member}`,
  })),
}
