import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db/database.ts'
import { lru } from '../platform/lru.ts'
import { statement } from '../platform/sql/statement.ts'
import { activeSql } from './status.ts'

export type Role = 'admin' | 'moderator' | 'editor' | 'publisher'

/** The member who calls, with what decides whether they may. */
export type Actor = {
  id: number
  role: Role | null
  /** a approved, b blocked; nobody else may sign in. */
  status: 'a' | 'b'
  /** When the password was last changed, in whole seconds: older JSON Web Tokens are no longer valid. */
  since?: number | null
  /** When a block ends by itself, in ms since 1970; null if it does not. */
  until?: number | null
}

export type Actors = {
  /**
   * The member with this id; null if there is none who may sign in.
   * @param on where to look if the member is not cached; the primary by default
   */
  find(id: number, on?: Db): Promise<Actor | null>
  /** Drops the cached member, whose role or status has changed. */
  forget(id: number): void
}

const finding = statement({
  name: 'auth: actor',
  takes: { id: 'bigint' },
  gives: { id: 'bigint', role: 'text?', status: '"char"', since: 'bigint?', until: 'float8?' },
  sql: ($) => `select id, role, status,
      (select floor(extract(epoch from changed_at))::bigint from credential where user_id = users.id) as since,
      case status when 'b' then (select extract(epoch from expire_at) * 1000 from block where member_id = users.id) end::float8 as until
    from users where id = ${$.id} and ${activeSql()}`,
})

/** How long a changed role or status may go unnoticed on another node. Acts check the status again when they write. */
const remembered = 2_000

export function createActors(db: Db, clock: Clock): Actors {
  const known = lru<number, { actor: Actor | null; at: number }>(50_000)
  return {
    async find(id, on = db) {
      const now = clock.now().getTime()
      const cached = known.get(id)
      if (cached && Math.abs(now - cached.at) < remembered) return cached.actor
      const actor = ((await finding.row(on, { id })) as Actor | undefined) ?? null
      known.set(id, { actor, at: now })
      return actor
    },
    forget: (id) => {
      known.delete(id)
    },
  }
}

/** Whether the days of a member's block are over: the block is ended before they are admitted. */
export const isOver = ({ status, until }: Actor, now: Date) =>
  status === 'b' && typeof until === 'number' && until <= now.getTime()

/** A blocked member does not count as staff, whatever their role. */
const has = (actor: Actor | null, ...roles: Role[]) =>
  actor !== null && actor.role !== null && actor.status === 'a' && roles.includes(actor.role)

export const isStaff = (actor: Actor | null) => has(actor, 'admin', 'moderator', 'editor')
export const isModerator = (actor: Actor | null) => has(actor, 'admin', 'moderator')
export const isAdmin = (actor: Actor | null) => has(actor, 'admin')
