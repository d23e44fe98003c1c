import { admin, anyone } from '../auth/audience.ts'
import { signIns } from '../auth/rates.ts'
import { askedOf, endpoint, type MemberCtx } from '../context.ts'
import { created, nothing, one, page } from '../platform/http/endpoint.ts'
import { line } from '../platform/http/input.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { email, role } from '../users/inputs.ts'
import { deleteCode, makeNewCode, type NewCode } from './codes.ts'
import { invites, promos } from './show.ts'
import { InviteCode, type Kind, PromoCode } from './views.ts'

const code = Type.String({ minLength: 1, maxLength: 40, description: 'The code, in any case.' })

/** The fields of both kinds. */
const common = {
  name: Type.Optional(line({ maxLength: 255 })),
  max_uses: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 1_000_000_000 }))),
  valid_from: Type.Optional(nullable(momentInput('From when on it is good.'))),
  valid_to: Type.Optional(nullable(momentInput('Until when it is good.'))),
}

type Sent = Omit<NewCode, 'valid_from' | 'valid_to'> & {
  valid_from?: number | string | null
  valid_to?: number | string | null
}

const readDate = (field: string, sent: number | string | null | undefined) =>
  sent === undefined || sent === null ? null : new Date(readMoment(field, sent) * 1000)

async function make(ctx: MemberCtx, kind: Kind, { valid_from, valid_to, ...sent }: Sent, send?: boolean) {
  const { kith, now } = ctx
  const validity = { valid_from: readDate('valid_from', valid_from), valid_to: readDate('valid_to', valid_to) }
  const maker = { kith, now, ctx, language: askedOf(ctx).language }
  return makeNewCode(maker, kind, { ...sent, ...validity }, send)
}

export const getInviteCode = endpoint('GET /api/v2/invite_code/{code}/', {
  summary: 'Get a Specific Invite Code',
  description: 'It shows whom it is for while it is valid, and to administrators who came by it.',
  who: anyone,
  takes: { code },
  rate: signIns,
  returns: one(InviteCode),
  act: (ctx, { code }) => invites.show(ctx, code),
})

export const listInviteCodes = endpoint('GET /api/v2/invite_code/', {
  summary: 'List invitations',
  description: 'The newest first.',
  extension: true,
  who: admin,
  returns: page(InviteCode, { limit: 20, max: 100, counted: false }),
  act: (ctx, { page }) => invites.list(ctx, page),
})

export const createInviteCode = endpoint('POST /api/v2/invite_code/', {
  summary: 'Invite somebody',
  description:
    'Makes a code by which somebody can make an account, also where newcomers must be admitted. Valid once unless ' +
    '`max_uses` is given (null: any number of times); with `email` for that address only.',
  extension: true,
  who: admin,
  takes: {
    ...common,
    email: Type.Optional(nullable(email)),
    role: Type.Optional(nullable(role)),
    send: Type.Optional(Type.Boolean({ description: 'Send the invitation to `email`.' })),
  },
  returns: created(InviteCode),
  act: async (ctx, { send, ...sent }) => invites.show(ctx, await make(ctx, 'i', sent, send)),
})

export const deleteInviteCode = endpoint('DELETE /api/v2/invite_code/{code}/', {
  summary: 'Withdraw an invitation',
  extension: true,
  who: admin,
  takes: { code },
  returns: nothing,
  act: (ctx, { code }) => deleteCode(ctx, 'i', code),
})

export const getPromoCode = endpoint('GET /api/v2/promo_code/{code}/', {
  summary: 'Get a Specific Promo Code',
  description: 'By the code, or by its id.',
  who: anyone,
  takes: { code },
  rate: signIns,
  returns: one(PromoCode),
  act: (ctx, { code }) => promos.show(ctx, code, true),
})

export const listPromoCodes = endpoint('GET /api/v2/promo_code/', {
  summary: 'List promo codes',
  description: 'The newest first.',
  extension: true,
  who: admin,
  returns: page(PromoCode, { limit: 20, max: 100, counted: false }),
  act: (ctx, { page }) => promos.list(ctx, page),
})

export const createPromoCode = endpoint('POST /api/v2/promo_code/', {
  summary: 'Make a promo code',
  description: 'Valid any number of times unless `max_uses` is given.',
  extension: true,
  who: admin,
  takes: {
    ...common,
    code: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 40,
        pattern: '^(?![0-9]+$)[A-Za-z0-9_-]*$',
        sentence: 'Use letters without accents, digits, - and _, and not digits alone.',
        description: 'Made up unless given.',
      }),
    ),
  },
  returns: created(PromoCode),
  act: async (ctx, sent) => promos.show(ctx, await make(ctx, 'p', sent)),
})

export const deletePromoCode = endpoint('DELETE /api/v2/promo_code/{code}/', {
  summary: 'Delete a promo code',
  extension: true,
  who: admin,
  takes: { code },
  returns: nothing,
  act: (ctx, { code }) => deleteCode(ctx, 'p', code),
})
