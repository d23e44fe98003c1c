import { CannotStart } from '../platform/process.ts'
import { type Said, say } from './say.ts'
import { type Called, changeKith, findMember } from './with-kith.ts'

/** Ten years, in hours: nobody means a token to be valid for longer. */
const longest = 87_600

/** Prints a token for a member, and nothing else: for `$(kith token alice)`. */
export async function printToken(user: string | undefined, { hours, ...called }: { hours: number } & Called & Said) {
  if (hours < 1 || hours > longest) throw new CannotStart(`A token is good for 1 to ${longest} hours: give --hours so.`)
  await changeKith('token', { hours }, async (kith, note) => {
    const member = note(await findMember(kith, { user, ...called }))
    const token = await kith.tokens.mint(member.id, hours * 3600)
    say(called, { id: member.id, username: member.username, hours, token }, token)
  })
}
