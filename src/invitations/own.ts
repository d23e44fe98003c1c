import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** The invitations and promo codes a member has made, and those they came in by. */
export const ownCodes: Record<string, OwnRows> = {
  invitations: ownRows('invitations: codes a member made', ($) => ({
    key: 'c.id',
    json: `json_build_object('kind', case c.kind when 'i' then 'invitation' else 'promotion' end, 'code', c.code,
      'name', c.name, 'email', c.email, 'role', c.role, 'uses', c.uses, 'created_at', c.created_at, 'sent_at', c.sent_at)`,
    from: `from signup_code c where c.made_by = ${$.member}`,
  })),
  came_by: ownRows('invitations: codes a member used', ($) => ({
    key: 'n.code_id',
    json: `json_build_object('kind', case c.kind when 'i' then 'invitation' else 'promotion' end, 'code', c.code,
      'name', c.name, 'used_at', n.used_at)`,
    from: `from signup_code_use n join signup_code c on c.id = n.code_id where n.member_id = ${$.member}`,
  })),
}
