import type { Actor } from '../auth/actor.ts'
import type { Kith, MemberCtx } from '../context.ts'
import { findMoved } from './quiet.ts'
import type { Reporting } from './report.ts'
import type { Source } from './source.ts'

export type MoveOptions = {
  /** Whether members keep their roles. */
  roles: boolean
  /** Whether receivers are told of what is moved. */
  events: boolean
}

/** A move from another community, as its parts share it. */
export type Move = {
  kith: Kith
  source: Source
  options: MoveOptions
  report: Reporting
  /** Returns a Kith whose acts tell nobody, and are noted under a key. */
  quiet(key: string | null, makes?: boolean): Kith
  /** The administrator here who makes whatever has no author. */
  admin: Actor
  /** The ids here of the source's members. */
  members: Map<number, number>
  now: Date
  tell(what: string, done: number, all: number): void
}

/** The context of an act that a member did elsewhere, at the time it was done. */
export function actingAs({ kith: { clock } }: Move, kith: Kith, id: number, at?: Date): MemberCtx {
  // In their community they were allowed to do it; here it is only copied.
  const actor: Actor = { id, role: 'admin', status: 'a' }
  return { kith, db: kith.db, actor, community: kith.community.current(), now: at ?? clock.now() }
}

export const moved = ({ kith, source }: Move, keys: string[]) => findMoved(kith.db, source.base, keys)

/** Batches of a sequence, in order. */
export async function* inBatches<T>(of: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const each of of) {
    batch.push(each)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length) yield batch
}
