import { createMember } from '../accounts/create.ts'
import { password } from '../accounts/password.ts'
import type { Input } from '../platform/http/input.ts'
import { compileReader } from '../platform/http/reader.ts'
import Type from '../platform/schema.ts'
import { email, realName, role, username } from '../users/inputs.ts'
import { type Said, say } from './say.ts'
import { changeKith } from './with-kith.ts'

export type CreateUserOptions = { email?: string; name?: string; password?: string; role?: string } & Said

/** The API's rules for the same fields. */
const takes = {
  username,
  email: Type.Optional(email),
  real_name: Type.Optional(realName),
  password: Type.Optional(password),
  role: Type.Optional(role),
}

/** Makes a member and prints their id. */
export const createUser = (name: string, { name: real_name, json, ...options }: CreateUserOptions) =>
  changeKith('create-user', { ...options, name: real_name }, async (kith, note) => {
    const member: Record<string, unknown> = {}
    compileReader(takes, { pathNames: [] }).rest({}, { username: name, real_name, ...options }, member)
    const at = { db: kith.db, community: kith.community.current(), now: kith.clock.now() }
    const { id } = note({ id: await createMember(at, member as Input<typeof takes>) })
    say({ json }, { id, username: name }, `${name} is member ${id}.`)
  })
