import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** The mails written to a member, without their content: it is deleted once sent, and its links are secrets. */
export const ownMails: Record<string, OwnRows> = {
  mails: ownRows('mail: those to a member', ($) => ({
    key: 'm.id',
    json: `json_build_object('kind', m.kind, 'to', m.recipient, 'subject', m.subject, 'written_at', m.created_at,
      'settled_at', m.settled_at, 'fault', m.fault)`,
    from: `from mail m where m.member_id = ${$.member}`,
  })),
}
