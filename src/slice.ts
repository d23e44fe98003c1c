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

/** A member who leaves. They, and all who are related to them, are locked. */
export type Leaving = {
  id: number
  now: Date
  /** The community as it is now: it decides what events say. */
  community: Community
  /** Who hid the member. */
  hiders: number[]
}

/** A member who is erased: nothing they wrote or did is to be left. Their row is wiped, and they can do nothing more. */
export type Erasing = Pick<Leaving, 'id' | 'now' | 'community'>

/** What a chore works with. */
export type ChoreCtx = { kith: Kith; config: Config; log: Logger }

/**
 * A noun of the product, and all that the rest asks of it. Each folder says it of itself, in `slice.ts`; the rest walks
 * the list in `slices.ts`, and knows none of them by name.
 */
export type Slice = {
  /** Its folder. */
  name: string
  /** Endpoints by the heading under which the reference shows them. Slices may share a heading. */
  endpoints?: Record<string, Endpoint<Ctx>[]>
  /** What `events.ts` exports. */
  events?: object
  /** What it counts with every act, compared with the rows: how to find what differs, and to count it again. */
  drift?: { find(db: Db, most?: number): Promise<Drift[]>; repairs: Record<string, Repair> }
  /** What `doctor` should say of it besides. */
  examine?(db: Db, config: Config): Promise<Finding[]>
  /** What of it is to be watched, as numbers. Asked by every look at `/metrics`: it costs a few ms, however much there is. */
  figures?(db: Db): Promise<Figure[]>
  /** What becomes of a member's things when their account is deleted, in that transaction, in the order of the list. */
  whenMemberLeaves?(tx: Db, leaving: Leaving): Promise<void>
  /**
   * Erases some of what a member left, a few hundred rows at most, and emits the events of it. It is asked again, in
   * other transactions and after a crash too, until there is nothing left; then the slices before it are.
   * @returns whether there may be more
   */
  whenMemberIsErased?(tx: Db, erasing: Erasing): Promise<boolean>
  /** Ends the block of a member whose days are over, as they ask for something. */
  whenBlockIsOver?(kith: Kith, member: number): Promise<void>
  /** What it keeps of a member, for them to take away: lines of JSON, by the name of the file they are to be in. */
  whatMemberHas?: Record<string, OwnRows>
  /** Pictures, documents and the like that it keeps of a member, for the same archive. */
  filesMemberHas?(kith: Kith, member: number): AsyncIterable<ZipEntry>
  /** The bodies of these events have lost what they said of somebody who is erased. */
  whenEventsAreErased?(tx: Db, events: number[]): Promise<void>
  /** What is to be done once a minute, by what it does. Each may fail without the others, and must bear two nodes. */
  chores?: Record<string, (given: ChoreCtx) => Promise<unknown>>
  /** How open pages are told what happens. */
  tellsPages?: Telling[]
  /** Writes the mails that are due, in transactions of its own. Asked every two seconds, on every node. */
  writesMails?(kith: Kith): Promise<unknown>
  /** Goes on with what acts have left to be done, in transactions of its own. Asked every second, on every node. */
  goesOn?(kith: Kith, stopped: () => boolean): Promise<unknown>
  /** What it has indexed to be searched: its table, what its rows are called, and how some that are due are done. */
  indexing?: { table: string; rows: string; batch(db: Database): Promise<number> }
  /** What it adds to a made-up community. */
  seeding?: {
    /** Why this community cannot have any, in a sentence; null if it can. */
    lacks(community: Community): string | null
    /** What there will be none of in this community, and which option it takes. */
    misses?(community: Community): string[]
    /** Writes so many contributions, each batch one transaction, and says how many each was. */
    write(kith: Kith, amount: number, madeUp: MadeUp): AsyncIterable<number>
  }
}

/** The declarations in what an `events.ts` exports, however they are grouped. */
const declarationsIn = (value: object): EventDeclaration[] =>
  'type' in value && 'data' in value ? [value as EventDeclaration] : Object.values(value).flatMap(declarationsIn)

/** Every event that a slice declares. */
export const eventsOf = ({ events = {} }: Slice): EventDeclaration[] => declarationsIn(events)
