import { userInfo } from 'node:os'
import { type Entry, namesOf, recorded, withDatabase } from '../audit/record.ts'
import { type Config, readConfig } from '../config.ts'
import type { Kith } from '../context.ts'
import { createLog } from '../log.ts'
import { openKith, openStore } from '../open.ts'
import { CannotStart } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'

/** Runs a command on the configured community, beside a serving Kith or alone. */
export async function withKith(role: string, work: (kith: Kith, config: Config) => Promise<void>): Promise<void> {
  const config = readConfig(process.env)
  const store = await openStore(config, role, await createLog('warn', 2))
  try {
    await work(await openKith(config, store), config)
  } finally {
    await store.close()
  }
}

/** The audit entry of a command: who runs it, and the names of its options, never their values. */
export const entryOf = (command: string, sent: object): Entry => ({
  ...{ actor: null, operator: operator(), address: null, act: `kith ${command}`, target: null },
  fields: namesOf(sent).filter((name) => name !== 'json'),
})

/** The user who runs a command, as this machine names them. */
function operator(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? ''}`.trim()
  }
}

/**
 * The same for a command that changes something: the audit entry and the change commit together.
 * @param sent its options, of which only the names are recorded
 * @param work gets `note`, to name what is changed
 */
export const changeKith = (
  command: string,
  sent: object,
  work: (kith: Kith, note: <Of extends { id: number }>(target: Of) => Of) => Promise<void>,
): Promise<void> =>
  withKith(command, async (kith) => {
    const entry = entryOf(command, sent)
    const { db, done } = recorded(kith.db, entry, kith.clock)
    await work(withDatabase(kith, db), (target) => {
      entry.target = target.id
      return target
    })
    await done()
  })

/** How a command names a member: digits alone are an id, unless they are declared a name. */
export type Called = { user?: string; id?: number; username?: string }

const findingMember = statement({
  name: 'cli: find a member',
  takes: { id: 'bigint?', username: 'text?' },
  gives: { id: 'bigint', username: 'text' },
  sql: ($) => `select id, username from users
    where status <> 'u' and (id = ${$.id} or lower(username) = lower(${$.username}))`,
})

/**
 * The member a command names.
 * @throws CannotStart if there is none, or if the command names none or several
 */
export async function findMember(
  kith: Kith,
  { user, id, username }: Called,
): Promise<{ id: number; username: string }> {
  const given = [user, id, username].filter((each) => each !== undefined)
  if (given.length !== 1) throw new CannotStart('Name one member: by id or username, by --id, or by --username.')
  const number = id ?? (user !== undefined && /^\d+$/.test(user) ? Number(user) : null)
  const row = await findingMember.row(kith.db, {
    id: Number.isSafeInteger(number) ? number : null,
    username: number === null ? (username ?? user ?? null) : null,
  })
  if (row) return row
  const instead = user !== undefined && number !== null ? ` For a member of that name say --username ${user}.` : ''
  throw new CannotStart(
    `There is no member ${number === null ? `"${given[0]}"` : `with the id ${given[0]}`}.${instead}`,
  )
}
