import { makeNewCode } from '../invitations/codes.ts'
import { createInviteCode, createPromoCode } from '../invitations/endpoints.ts'
import { compileReader } from '../platform/http/reader.ts'
import { CannotStart } from '../platform/process.ts'
import { approve, refuse } from '../registrations/approve.ts'
import { type Said, say } from './say.ts'
import { type Called, changeKith, findMember } from './with-kith.ts'

/** Admits or refuses somebody who waits. */
export const decideOn = (user: string | undefined, called: Called & Said, letIn: boolean) =>
  changeKith(letIn ? 'approve' : 'refuse', {}, async (kith, note) => {
    const { id, username } = note(await findMember(kith, { ...called, user }))
    await (letIn ? approve : refuse)(kith, null, id)
    say(
      called,
      { id, username, let_in: letIn },
      letIn ? `${username} is let in.` : `${username} is not let in, and gone.`,
    )
  })

type Options = Said & {
  code?: string
  name?: string
  email?: string
  role?: string
  uses?: number
  days?: number
  send?: boolean
}

/** Makes an invitation (i) or a promo code (p), by the rules of the API, and prints it. */
export const createCode = (kind: 'i' | 'p', options: Options) =>
  changeKith(kind === 'i' ? 'create-invite' : 'create-promo', options, async (kith) => {
    const { uses, days, send = false, json: _json, ...given } = options
    if (days !== undefined && (days < 1 || days > 36_500))
      throw new CannotStart('Give a number of days from 1 to 36500.')
    const now = kith.clock.now()
    const sent: Record<string, unknown> = {}
    const { takes } = kind === 'i' ? createInviteCode : createPromoCode
    compileReader(takes, { pathNames: [] }).rest({}, { ...given, ...(uses !== undefined && { max_uses: uses }) }, sent)
    const valid_to = days === undefined ? null : new Date(now.getTime() + days * 86_400_000)
    const code = await makeNewCode({ kith, now, ctx: null, language: 'en' }, kind, { ...sent, valid_to }, send)
    say(options, { code, sent: send }, code)
  })
