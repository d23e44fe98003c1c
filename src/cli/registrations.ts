import { makeNewCode } from '../invitations/codes.ts'
import { createInviteCode, createPromoCode } from '../invitations/endpoints.ts'
import { compileReader } from '../platform/http/reader.ts'
import { CannotStart } from '../platform/process.ts'
import { approve, refuse } from '../registrations/approve.ts'
import { type Called, findMember, withKith } from './with-kith.ts'

/** Lets in one who waits for that, or does not. */
export const decideOn = (user: string | undefined, called: Called, letIn: boolean) =>
  withKith(letIn ? 'approve' : 'refuse', async (kith) => {
    const { id, username } = await findMember(kith, { ...called, user })
    await (letIn ? approve : refuse)(kith, null, id)
    console.log(letIn ? `${username} is let in.` : `${username} is not let in, and gone.`)
  })

type Options = {
  code?: string
  name?: string
  email?: string
  role?: string
  uses?: number
  days?: number
  send?: boolean
}

/** Makes an invitation (i) or a promo code (p), by the rules of the API, and prints it. */
export const createCode = (kind: 'i' | 'p', { uses, days, send, ...given }: Options) =>
  withKith(kind === 'i' ? 'create-invite' : 'create-promo', async (kith) => {
    if (days !== undefined && (days < 1 || days > 36_500))
      throw new CannotStart('Give a number of days from 1 to 36500.')
    const now = kith.clock.now()
    const sent: Record<string, unknown> = {}
    const { takes } = kind === 'i' ? createInviteCode : createPromoCode
    compileReader(takes, { pathNames: [] }).rest({}, { ...given, ...(uses !== undefined && { max_uses: uses }) }, sent)
    const valid_to = days === undefined ? null : new Date(now.getTime() + days * 86_400_000)
    console.log(await makeNewCode({ kith, now, ctx: null, language: 'en' }, kind, { ...sent, valid_to }, send ?? false))
  })
