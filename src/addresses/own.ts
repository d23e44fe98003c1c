import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** Addresses that a member has yet to confirm, and links sent to them that are still valid; the codes stay secret. */
export const ownCodes: Record<string, OwnRows> = {
  codes: ownRows('addresses: codes a member was sent', ($) => ({
    key: '(extract(epoch from c.created_at) * 1000000)::bigint',
    json: `json_build_object('for', case c.purpose when 's' then 'sign-up' when 'c' then 'change of address' else 'recovery' end,
      'email', c.email, 'created_at', c.created_at, 'expires_at', c.expires_at)`,
    from: `from validation_code c where c.member_id = ${$.member}`,
  })),
}
