import { deleteMember } from '../accounts/delete.ts'
import { setRole } from '../accounts/standing.ts'
import type { Role } from '../auth/actor.ts'
import { setBlocked } from '../moderation/block.ts'
import { CannotStart } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import { type Said, say } from './say.ts'
import { type Called, changeKith, findMember, withKith } from './with-kith.ts'

type User = string | undefined

/** Blocks or unblocks a member. */
export const block = (user: User, called: Called & Said, blocked: boolean) =>
  changeKith(blocked ? 'block' : 'unblock', {}, async (kith, note) => {
    const { id, username } = note(await findMember(kith, { ...called, user }))
    const changed = await setBlocked(kith, id, blocked)
    say(
      called,
      { id, username, blocked, changed },
      `${username} is ${blocked ? '' : 'not '}blocked${changed ? '' : ', as before'}.`,
    )
  })

const roles: Record<string, Role | null> = {
  admin: 'admin',
  moderator: 'moderator',
  editor: 'editor',
  publisher: 'publisher',
  none: null,
}

/** Gives a member a role; `none` takes it away. */
export const promote = (user: User, { role, ...called }: Called & Said & { role: string }) =>
  changeKith('promote', { role }, async (kith, note) => {
    const given = Object.hasOwn(roles, role) ? roles[role] : undefined
    if (given === undefined) throw new CannotStart(`The role is one of ${Object.keys(roles).join(', ')}.`)
    const { id, username } = note(await findMember(kith, { ...called, user }))
    await setRole(kith.db, id, given)
    kith.actors.forget(id)
    say(
      called,
      { id, username, role: given },
      given ? `${username} has the role ${given}.` : `${username} has no role.`,
    )
  })

/** Deletes a member as the API does. */
export const deleteUser = (user: User, { hard = false, ...called }: Called & Said & { hard?: boolean }) =>
  changeKith('delete-user', hard ? { hard } : {}, async (kith, note) => {
    const { id, username } = note(await findMember(kith, { ...called, user }))
    const actor = { id: 1, role: 'admin', status: 'a' } as const
    const ctx = { kith, db: kith.db, actor, community: kith.community.current(), now: kith.clock.now() }
    await deleteMember(ctx, id, hard)
    const words = hard ? `${username} is deleted, and their profile wiped.` : `${username} is deleted.`
    say(called, { id, username, deleted: true, erased: hard }, words)
  })

const batch = 1_000

const listing = statement({
  name: 'cli: list members',
  takes: { after: 'bigint', role: 'text?', status: 'text?', batch: 'int' },
  gives: { id: 'bigint', username: 'text', role: 'text?', status: 'text', email: 'text?', joined: 'text' },
  sql: ($) => `select id, username, role, status::text, email,
      to_char(date_joined at time zone 'UTC', 'YYYY-MM-DD') as joined
    from users where id > ${$.after} and status <> 'u' and (${$.role} is null or role = ${$.role})
      and (${$.status} is null or status::text = ${$.status})
    order by id limit ${$.batch}`,
})

const standings: Record<string, string> = { a: '', b: 'blocked', d: 'deleted', w: 'waiting' }

/** Control characters in names must not reach a terminal. */
export const printable = (text: string) => text.replace(/\p{Cc}/gu, '?')

/** Prints the members, by id, separated by tabs or as lines of JSON, a thousand at a time. */
export const listUsers = ({ role, status, json = false }: { role?: string; status?: string; json?: boolean }) =>
  withKith('list-users', async (kith) => {
    const letter = status && Object.entries(standings).find(([, name]) => name === status)?.[0]
    if (status && !letter) throw new CannotStart('The status is blocked, deleted or waiting.')
    if (!json) console.log('id	username	role	status	email	joined')
    for (let after = 0; ; ) {
      const rows = await listing.rows(kith.db, { after, role: role ?? null, status: letter ?? null, batch })
      for (const each of rows) {
        if (json) {
          console.log(JSON.stringify({ ...each, status: standings[each.status] || 'approved' }))
          continue
        }
        const fields = [each.username, each.role ?? '', standings[each.status] ?? '', each.email ?? '', each.joined]
        console.log([each.id, ...fields.map(printable)].join('\t'))
      }
      after = rows.at(-1)?.id ?? 0
      if (rows.length < batch) return
    }
  })
