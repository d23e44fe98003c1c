import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** What a member did by their role, for as long as that is kept. */
export const ownEntries: Record<string, OwnRows> = {
  audit: ownRows('audit: what a member did', ($) => ({
    key: 'a.id',
    json: `json_build_object('at', a.at, 'from_address', a.address, 'act', a.act, 'target', a.target, 'fields', a.fields)`,
    from: `from audit a where a.actor_id = ${$.member}`,
  })),
}
