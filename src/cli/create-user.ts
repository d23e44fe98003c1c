import { createMember } from '../accounts/create.ts'
import type { Role } from '../auth/actor.ts'
import { withKith } from './with-kith.ts'

export type CreateUserOptions = { email?: string; name?: string; password?: string; role?: string }

/** Makes a member and prints their id. */
export const createUser = (username: string, options: CreateUserOptions) =>
  withKith('create-user', async (kith) => {
    const member = {
      username,
      email: options.email,
      real_name: options.name,
      password: options.password,
      role: (options.role as Role | undefined) ?? null,
    }
    const id = await createMember({ db: kith.db, community: kith.community.current(), now: kith.clock.now() }, member)
    console.log(`${username} is member ${id}.`)
  })
