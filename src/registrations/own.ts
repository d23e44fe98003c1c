import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** How a member signed up. */
export const ownSignUp: Record<string, OwnRows> = {
  sign_up: ownRows('registrations: how a member signed up', ($) => ({
    key: 's.member_id',
    json: `json_build_object('email', s.email, 'language', s.language, 'at', s.created_at,
      'unconfirmed', s.unconfirmed, 'unapproved', s.unapproved)`,
    from: `from sign_up s where s.member_id = ${$.member}`,
  })),
}
