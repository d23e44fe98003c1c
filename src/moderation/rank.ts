import type { Actor } from '../auth/actor.ts'
import { forbidden, refused } from '../platform/errors.ts'

const ranks: Record<string, number> = { publisher: 1, editor: 2, moderator: 3, admin: 4 }
const rankOf = (role: string | null) => ranks[role ?? ''] ?? 0

/** Refuses an act of a moderator against themselves, or against somebody with a higher role. */
export function checkRank(actor: Pick<Actor, 'id' | 'role'>, other: { id: number; role: string | null }): void {
  if (other.id === actor.id) throw refused('own', 'This is you, or yours: another moderator has to deal with it.')
  if (rankOf(other.role) > rankOf(actor.role))
    throw forbidden('This member’s role is above yours: only those above act here.', 'role_above')
}
