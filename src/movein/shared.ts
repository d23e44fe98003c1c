import type { Actor } from '../auth/actor.ts'
import type { Kith, MemberCtx } from '../context.ts'
import { findMoved } from './quiet.ts'
import type { Reporting } from './report.ts'
import type { Source } from './source.ts'

export type MoveOptions = {
  /** Members keep the roles they had. */
  roles: boolean
  /** Receivers are told what is moved. */
  events: boolean
}

/** A move from another community to this one, as its parts share it. */
export type Move = {
  kith: Kith
  source: Source
  options: MoveOptions
  report: Reporting
  /** Gives a Kith in which an act is silent, and is noted under a key. */
  quiet(key: string | null, makes?: boolean): Kith
  /** The administrator here who makes what nobody in particular made. */
  admin: Actor
  /** What members of the source are here. */
  members: Map<number, number>
  now: Date
  tell(what: string, done: number, all: number): void
}

/** What somebody did elsewhere, as an act of theirs here, at the time it was. */
export function actingAs({ kith: { clock } }: Move, kith: Kith, id: number, at?: Date): MemberCtx {
  // In their community they were let do it; here it is only copied.
  const actor: Actor = { id, role: 'admin', status: 'a' }
  return { kith, db: kith.db, actor, community: kith.community.current(), now: at ?? clock.now() }
}

export const moved = ({ kith, source }: Move, keys: string[]) => findMoved(kith.db, source.base, keys)

/** Some at a time, in their order. */
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
