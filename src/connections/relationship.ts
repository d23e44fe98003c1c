import type { Community, Mode } from '../community/state.ts'

/**
 * Everything between two members. An act reads it, decides, and writes it back whole, so two acts at once cannot
 * leave half of each.
 */
export type Relationship = {
  /** Nothing; asked and open; asked and rejected; connected. */
  state: 'none' | 'requested' | 'rejected' | 'connected'
  /** Who sent the last request: `from_user` of every event about it. Null if there never was one. */
  asker: number | null
  /** The last request: its id, and when it was sent, seen and rejected. */
  requestId: number | null
  created: string | null
  viewed: string | null
  /** Also set when a rejected request was withdrawn: it still blocks a new request. */
  rejected: string | null
  /** Position in both members' lists; newer is larger. */
  place: number
  /** For each of the two: the position since which they follow, or hide, the other. */
  follows: OfBoth
  hides: OfBoth
}

/** A position that is newer than all others: the statement that writes the change gives it out. */
export const fresh = -1

/** A map: an object would make room for all ids below theirs. */
type OfBoth = ReadonlyMap<number, number | null>

/** The same with something else for one of them. */
export const withOne = (both: OfBoth, member: number, place: number | null): OfBoth => new Map(both).set(member, place)

/** What one of the two has of the other, as columns of the row. */
type Held = { state: number; following: number | null; follower: number | null }

/** One member's side of a relationship, as its row in the database. */
export type Side = Held & {
  asked: boolean
  hidden: number | null
  hiddenBy: boolean
  /** What there would be if neither hid the other. */
  sleeping: Held
}

const nothing: Held = { state: 0, following: null, follower: null }

/**
 * How a member's row shows a relationship. A rejected request still counts as sent for its sender. While one of the
 * two hides the other, the row shows nothing and keeps the rest in its `sleeping` columns.
 */
export function sideOf(relationship: Relationship, member: number, other: number): Side {
  const asked = relationship.asker === member
  const states = { none: 0, requested: asked ? 1 : 2, rejected: asked ? 1 : 3, connected: 4 }
  const held = {
    state: states[relationship.state],
    following: relationship.follows.get(member) ?? null,
    follower: relationship.follows.get(other) ?? null,
  }
  const asleep = isHidden(relationship)
  return {
    ...(asleep ? nothing : held),
    sleeping: asleep ? held : nothing,
    asked,
    hidden: relationship.hides.get(member) ?? null,
    hiddenBy: (relationship.hides.get(other) ?? null) !== null,
  }
}

/** The member counters that relations add up to, each with what one side of a relationship adds. */
export const counted = {
  connections: (side: Side) => Number(side.state === 4),
  requests_sent: (side: Side) => Number(side.state === 1),
  requests_received: (side: Side) => Number(side.state === 2),
  requests_rejected: (side: Side) => Number(side.state === 3),
  followings: (side: Side) => Number(side.following !== null),
  followers: (side: Side) => Number(side.follower !== null),
  hidden: (side: Side) => Number(side.hidden !== null),
} as const

/** The same in SQL, over rows of `relation`, for recounts. */
export const countedSql: Record<keyof typeof counted, string> = {
  connections: 'state = 4',
  requests_sent: 'state = 1',
  requests_received: 'state = 2',
  requests_rejected: 'state = 3',
  followings: 'following_place is not null',
  followers: 'follower_place is not null',
  hidden: 'hidden_place is not null',
}

/** Whether one of the two hides the other. Then everything else between them sleeps. */
export const isHidden = (relationship: Relationship) => relationship.hides.values().some((place) => place !== null)

export type ConnectionStatus =
  | 'connected'
  | 'sent_connection_request'
  | 'received_connection_request'
  | 'followed'
  | null

/**
 * What `member` sees of the other. Nobody sees that they were rejected; what the member has rejected, or what sleeps,
 * shows as nothing.
 */
export function statusFor(
  relationship: Relationship,
  member: number,
  { mode, connectionsEnabled }: Community,
): ConnectionStatus {
  if (isHidden(relationship)) return null
  if (mode === 'follow') return relationship.follows.get(member) ? 'followed' : null
  if (!connectionsEnabled) return null
  const asked = relationship.asker === member
  switch (relationship.state) {
    case 'connected':
      return 'connected'
    case 'requested':
      return asked ? 'sent_connection_request' : 'received_connection_request'
    case 'rejected':
      return asked ? 'sent_connection_request' : null
    default:
      return null
  }
}

/** Events about two members, by the mode of the community in which they are emitted. */
export const eventTypes = {
  friendship: [
    'connection_request.created',
    'connection_request.rejected',
    'connection_request.restored',
    'connection_request.cancelled',
    'connection.created',
    'connection.deleted',
  ],
  follow: ['connection.follow', 'connection.unfollow'],
} as const

/** One event to be emitted: `from` is the requester or the follower. */
export type RelationshipEvent = { type: (typeof eventTypes)[Mode][number]; from: number }
