import type { Community } from '../community/state.ts'
import type { Categories } from './categories.ts'

/** Made-up members, by their position in the order of joining. */
export type People = {
  joined: Float64Array
  /** How much each of them does, beside the others. */
  zeal: Float64Array
  /** The topics they like. */
  interests: Uint8Array[]
  /** Those around each of them. */
  near: number[][]
  /** Positions of those who may write in what is for staff only. */
  staff: number[]
}

/** The community that slices add to. */
export type MadeUp = {
  /** The same number draws the same. */
  seed: number
  /** When it began, in ms. */
  start: number
  people: People
  /** The id of each of them. */
  ids: number[]
  categories: Categories
  community: Community
  /** So many contributions are written in one transaction, unless as many as are quickest. */
  atOnce?: number | undefined
}

/** What is drawn, so many at a time. */
export function* batches<T>(from: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = []
  for (const each of from) {
    if (batch.push(each) < size) continue
    yield batch
    batch = []
  }
  if (batch.length) yield batch
}
