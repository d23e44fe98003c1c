import { admin } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { page } from '../platform/http/endpoint.ts'
import { momentInput } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { keptFor } from './clear.ts'
import { listAudit, maxPage, readSpan } from './list.ts'
import { AuditEntry } from './views.ts'

const id = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description }))

export const listAuditTrail = endpoint('GET /api/v2/audit/', {
  summary: 'Read the audit trail',
  description:
    'What administrators and moderators did by their role, and what commands did, last first: who, when, from ' +
    `which address, what, to which id, and the names of the fields that were sent. It is kept for ${keptFor} ` +
    'days.',
  extension: true,
  who: admin,
  takes: {
    actor: id('Id of the member who did it.'),
    target: id('Id of what it was done to: read it together with `act`.'),
    act: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'For example `PATCH /api/v2/category/{id}/` or `kith block`.',
      }),
    ),
    since: Type.Optional(momentInput('Only what was done from then on.')),
    until: Type.Optional(momentInput('Only what was done before.')),
  },
  returns: page(AuditEntry, { limit: 20, max: maxPage, counted: false }),
  checks: (_ctx, span) => readSpan(span),
  act: ({ db }, { page, ...filters }) => listAudit(db, filters, page),
})
