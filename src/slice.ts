import type { Logger } from 'pino'
import type { Community } from './community/state.ts'
import type { Config } from './config.ts'
import type { Ctx, Kith } from './context.ts'
import type { Telling } from './live/telling.ts'
import type { Database, Db } from './platform/db/database.ts'
import type { Drift, Repair } from './platform/db/repair.ts'
import type { EventDeclaration } from './platform/events/declare.ts'
import type { Figure } from './platform/figure.ts'
import type { Finding } from './platform/finding.ts'
import type { Endpoint } from './platform/http/endpoint.ts'
import type { OwnRows } from './platform/sql/own-rows.ts'
import type { ZipEntry } from './platform/zip.ts'
import type { MadeUp } from './seed/people.ts'

/** A member who leaves. They, and everyone related to them, are locked. */
export type Leaving = {
  id: number
  now: Date
  /** The community as it is now: it decides what events say. */
  community: Community
  /** Who hid the member. */
  hiders: number[]
}

/** A member who is erased: nothing they wrote or did may be left. Their row is wiped, and they can do nothing more. */
export type Erasing = Pick<Leaving, 'id' | 'now' | 'community'>

/** What a chore works with. */
export type ChoreCtx = { kith: Kith; config: Config; log: Logger }

/**
 * A noun of the product, and everything the rest of the program needs of it. Each folder describes itself in
 * `slice.ts`; the rest walks the list in `slices.ts` and names none of them.
 */
export type Slice = {
  /** Its folder. */
  name: string
  /** Endpoints by their heading in the reference. Slices may share a heading. */
  endpoints?: Record<string, Endpoint<Ctx>[]>
  /** What `events.ts` exports. */
  events?: object
  /** How to compare its kept counts with their rows, and how to repair them. */
  drift?: { find(db: Db, most?: number): Promise<Drift[]>; repairs: Record<string, Repair> }
  /** What else `doctor` examines. */
  examine?(db: Db, config: Config): Promise<Finding[]>
  /** Its metrics. Read for every request of `/metrics`, so they cost a few ms, however much there is. */
  figures?(db: Db): Promise<Figure[]>
  /** What happens to a member's things when their account is deleted, in that transaction, in the order of the list. */
  whenMemberLeaves?(tx: Db, leaving: Leaving): Promise<void>
  /**
   * Erases some of what a member left, a few hundred rows at most, and emits the events of that. It is called again,
   * in other transactions and after a crash too, until nothing is left; then come the slices before it.
   * @returns whether there may be more
   */
  whenMemberIsErased?(tx: Db, erasing: Erasing): Promise<boolean>
  /** Ends the block of a member whose days are over, when they call. */
  whenBlockIsOver?(kith: Kith, member: number): Promise<void>
  /** What it keeps of a member, for them to take away: lines of JSON, by the name of their file. */
  whatMemberHas?: Record<string, OwnRows>
  /** Pictures, documents and other files of a member, for the same archive. */
  filesMemberHas?(kith: Kith, member: number): AsyncIterable<ZipEntry>
  /** Called when events have lost what they said of an erased member. */
  whenEventsAreErased?(tx: Db, events: number[]): Promise<void>
  /**
   * Work to be done once a minute, by what it does. Each chore may fail without the others, and must allow for two
   * nodes.
   */
  chores?: Record<string, (given: ChoreCtx) => Promise<unknown>>
  /** How open pages are told what happens. */
  tellsPages?: Telling[]
  /** Writes the mails that are due, in transactions of its own. Called every two seconds, on every node. */
  writesMails?(kith: Kith): Promise<unknown>
  /** Continues work that acts have left, in transactions of its own. Called every second, on every node. */
  goesOn?(kith: Kith, stopped: () => boolean): Promise<unknown>
  /** What it has indexed for the search: its table, the name of its rows, and how to index a batch that is due. */
  indexing?: { table: string; rows: string; batch(db: Database): Promise<number> }
  /** What it adds to a made-up community. */
  seeding?: {
    /** Why this community cannot have any, in a sentence; null if it can. */
    lacks(community: Community): string | null
    /** What this community will lack, and which option it takes. */
    misses?(community: Community): string[]
    /** Writes this many contributions, in batches of one transaction each; yields the size of each batch. */
    write(kith: Kith, amount: number, madeUp: MadeUp): AsyncIterable<number>
  }
}

/** The declarations in what an `events.ts` exports, however they are grouped. */
const declarationsIn = (value: object): EventDeclaration[] =>
  'type' in value && 'data' in value ? [value as EventDeclaration] : Object.values(value).flatMap(declarationsIn)

/** Every event that a slice declares. */
export const eventsOf = ({ events = {} }: Slice): EventDeclaration[] => declarationsIn(events)
