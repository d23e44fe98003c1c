import { CannotStart } from '../platform/process.ts'
import { findMember, withKith } from './with-kith.ts'

/** Prints a token for a member, and nothing else: for `$(kith token alice)`. */
export const printToken = (called: string, { hours }: { hours: number }) =>
  withKith('token', async (kith) => {
    const member = await findMember(kith, called)
    if (!member) throw new CannotStart(`There is no member "${called}". Give an id or a username.`)
    console.log(await kith.tokens.mint(member.id, hours * 3600))
  })
