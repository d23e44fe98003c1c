import type { Community } from '../community/state.ts'
import type { Categories } from './categories.ts'

/** Made-up members, by their index in the order of joining. */
export type People = {
  joined: Float64Array
  /** How active each member is, relative to the others. */
  zeal: Float64Array
  /** The topics they like. */
  interests: Uint8Array[]
  /** The friends of each member. */
  near: number[][]
  /** Indexes of those who may write in categories for staff only. */
  staff: number[]
}

/** The community that slices add to. */
export type MadeUp = {
  /** The same seed makes the same community. */
  seed: number
  /** When it began, in ms. */
  start: number
  people: People
  /** The id of each member. */
  ids: number[]
  categories: Categories
  community: Community
  /** Contributions written per transaction; by default the fastest number. */
  atOnce?: number | undefined
}

/** Batches of a sequence. */
export function* batches<T>(from: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = []
  for (const each of from) {
    if (batch.push(each) < size) continue
    yield batch
    batch = []
  }
  if (batch.length) yield batch
}
