import { type Called, findMember, withKith } from './with-kith.ts'

/** Prints a token for a member, and nothing else: for `$(kith token alice)`. */
export const printToken = (user: string | undefined, { hours, ...called }: { hours: number } & Called) =>
  withKith('token', async (kith) => {
    const member = await findMember(kith, { user, ...called })
    console.log(await kith.tokens.mint(member.id, hours * 3600))
  })
