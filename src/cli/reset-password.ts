import { randomBytes } from 'node:crypto'
import { checkPassword } from '../accounts/password.ts'
import { CannotStart } from '../platform/process.ts'
import { setPassword } from '../sessions/set-password.ts'
import { type Said, say } from './say.ts'
import { type Called, changeKith, findMember } from './with-kith.ts'

/** A random password with characters of every required kind. */
export const makePassword = () => `${randomBytes(12).toString('base64url')}-K1`

/** Sets a member's password, made up unless given, and prints it. They are signed out everywhere. */
export const resetPassword = (
  user: string | undefined,
  { password, ...called }: { password?: string } & Called & Said,
) =>
  changeKith('reset-password', { password }, async (kith, note) => {
    if (password !== undefined) checkPassword(password)
    const member = note(await findMember(kith, { user, ...called }))
    const given = password ?? makePassword()
    const done = await setPassword(kith, member.id, { password: given })
    if (!done) throw new CannotStart(`${member.username} is deleted, and cannot sign in.`)
    const { id, username } = member
    const made = password === undefined
    say(called, { id, username, ...(made && { password: given }) }, made ? given : `${username} has another password.`)
  })
