import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** What a member has read in the feeds. */
export const ownReading: Record<string, OwnRows> = {
  read: ownRows('feeds: what a member has read', ($) => ({
    key: 'r.member_id',
    json: `json_build_object('everything_before', r.read_before, 'contributions', r.read)`,
    from: `from feed_reader r where r.member_id = ${$.member}`,
  })),
}
