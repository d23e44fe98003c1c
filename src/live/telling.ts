import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'

/** An event or a signal. The `data` of a signal holds the member it is for, its subject, and what contains that. */
export type Entry = {
  id: number
  type: string
  /** Unix time in seconds. */
  created: number
  // biome-ignore lint/suspicious/noExplicitAny: of an event, what its declaration says; who is erased may be missing
  data: any
}

/** Something that one member is to be told, and the ids of what it is about. */
export type Tiding = { entry: Entry; member: number; about: number[] }

/** What a page is told. */
export type Told = {
  /** The number by which the official clients know what it is. */
  activity: number | string
  /** Unique for each occurrence: a page that receives it twice shows it once. */
  key: string
  /** A notification, or an object in its place. */
  notification: object
  /** Other fields that clients read for this activity. */
  more?: object
}

/** How a slice tells open pages what happens. It is asked only about members with open pages on this node. */
export type Telling = {
  /** Event types, or kinds of signals. */
  of: readonly string[]
  /** The members to tell; or everybody with an open page. */
  whom(entry: Entry): Omit<Tiding, 'entry'>[] | 'everybody'
  /**
   * Reads what they are told, by one query for all. Null for what a member may not see, or what is no longer so.
   * @returns one for each, in their order
   */
  read(db: Db, community: Community, tidings: Tiding[]): Promise<(Told | null)[]>
}

/** What stands for a notification where there is none: pages update themselves and show nothing. */
export const silent = (type: string, entry: Entry, more: object = {}): object => ({
  sid: `${type}-${entry.id}`,
  type,
  is_new: false,
  active_at: new Date(entry.created * 1000).toISOString(),
  ...more,
})
