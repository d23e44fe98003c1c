import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'
import { searchedColumns } from './searched.ts'

/** Columns computed from others, or used for the daily quota. */
const leftOut = ['profile_json', 'standing_json', 'search_rules', 'quota_day', 'quota_used', ...searchedColumns]

/** A member's profile and settings, and the tags they have been given. */
export const ownProfile: Record<string, OwnRows> = {
  profile: ownRows('users: what a member has', ($) => ({
    key: 'u.id',
    json: `to_jsonb(u) - array['${leftOut.join("', '")}']`,
    from: `from users u where u.id = ${$.member}`,
  })),
  tags: ownRows('users: tags a member has', ($) => ({
    key: 't.id',
    json: `json_build_object('id', t.id, 'name', t.name, 'description', t.description)`,
    from: `from tag t where t.id = any((select tag_ids from users where id = ${$.member})::bigint[])`,
  })),
}
