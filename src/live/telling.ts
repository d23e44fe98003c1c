import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'

/** An event, or a signal: then `data` has whom it is for, what it is about, and within what that is. */
export type Entry = {
  id: number
  type: string
  /** Unix time in seconds. */
  created: number
  // biome-ignore lint/suspicious/noExplicitAny: of an event, what its declaration says; who is erased may be missing
  data: any
}

/** Something that one member is to be told, and what it is about. */
export type Tiding = { entry: Entry; member: number; about: number[] }

/** What a page is told. */
export type Told = {
  /** By these numbers the official clients know what it is. */
  activity: number | string
  /** Tells it from everything else: pages that hear it twice show it once. */
  key: string
  /** A notification, or what stands for one. */
  notification: object
  /** What else clients read of this activity. */
  more?: object
}

/**
 * How a slice tells open pages what happens. It is asked for members with open pages on this node and for no others.
 */
export type Telling = {
  /** Types of events, or kinds of signals. */
  of: readonly string[]
  /** Who is to be told of it: some, or whoever has a page open. */
  whom(entry: Entry): Omit<Tiding, 'entry'>[] | 'everybody'
  /**
   * Reads what they are told, all of it by one query. Null is what is not theirs to see, or is not so any more.
   * @returns one for each, in their order
   */
  read(db: Db, community: Community, tidings: Tiding[]): Promise<(Told | null)[]>
}

/** What is told without being a notification: pages bring themselves up to date, and show nothing of it. */
export const silent = (type: string, entry: Entry, more: object = {}): object => ({
  sid: `${type}-${entry.id}`,
  type,
  is_new: false,
  active_at: new Date(entry.created * 1000).toISOString(),
  ...more,
})
