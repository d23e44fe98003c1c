import type { TSchema } from 'typebox'
import type { MemberAudience } from '../auth/audience.ts'
import { everyFlags, type Flags } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import type { Notice } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import type { EventDeclaration } from '../platform/events/declare.ts'
import { isoSql, renderSql } from '../platform/sql/view.ts'
import { WebhookUser } from '../users/views.ts'

/** What an act on a target must know before: also, the community as it is now. */
export type LockedTarget = {
  author: number
  deleted: boolean
  community: Community
  /** As members are told of it. */
  about: Pick<Notice, 'part'> & Required<Pick<Notice, 'subject'>>
}

/**
 * Something that members vote for, flag, follow, suspend or hide. The statements about marks are written once, for any
 * target; a slice that has one describes it with `defineTarget`.
 */
export type Target = {
  /** As messages call it, and addresses: post. */
  name: string
  /** As the table of marks knows it. */
  id: number
  /** The table of the targets. A row has `id`, `author_id`, the counters vote_count and flag_count, `reactions`; follower_count if it can be followed. */
  table: string
  /** SQL of the bytes of a target t that each of its events repeats. */
  bytes: string
  /**
   * Locks a target, so that acts on it come one after the other. Refuses what is not there or may not be acted on, and
   * one who does not belong to the audience, or not any more.
   */
  lock(tx: Db, ctx: MemberCtx, id: number, who: MemberAudience): Promise<LockedTarget>
  /** Of what can be followed and suspended. */
  followed?: Followed
  /** SQL of the target c as events about votes show it. Reads its author, too. */
  shown(flags: Flags): string
  /** Notifications about it show it to receivers as those events do. */
  toldAsShown?: true
  /** What the data of events about votes looks like. */
  voteSchema: TSchema
}

type Followed = {
  events: Record<'follow' | 'unfollow' | 'suspend' | 'unsuspend', EventDeclaration>
  /** SQL of the data of those events. Reads the target c, and the CTEs author and actor; `since` is when it began. */
  data(flags: Flags, since: string): string
}

/** A target that can be followed. */
export type FollowedTarget = Target & { followed: Followed }

const targets: Target[] = []

/** Adds something that can be marked. */
export function defineTarget<Each extends Target>(target: Each): Each {
  if (targets.some(({ id }) => id === target.id)) throw new Error(`Two targets are kept as ${target.id}`)
  targets.push(target)
  // Whichever slice is loaded first, statements about all of them read the same.
  targets.sort((one, other) => one.id - other.id)
  return target
}

/** Every target there is, once all slices are loaded. */
export const allTargets = (): readonly Target[] => targets

/** What `data` of an event about a vote looks like, for each target. */
export const voteSchemas = (): TSchema[] => targets.map(({ voteSchema }) => voteSchema)

/** Every target under every combination of flags: the variants of a statement. */
export const byTargetAndFlags = () => everyFlags().flatMap((flags) => targets.map((target) => ({ target, flags })))

/** Every target, as the variants of a statement. */
export const byTarget = () => targets.map((target) => ({ target }))

/** Those that can be followed, likewise. */
export const byFollowedAndFlags = () =>
  everyFlags().flatMap((flags) =>
    targets
      .filter((target): target is FollowedTarget => target.followed !== undefined)
      .map((target) => ({ target, flags })),
  )

/** CTEs that the data of events reads: the author of the target c, and the member who does something with it. */
export const peopleSql = (member: string) => `author as materialized (
      select * from users where id = (select author_id from c)
    ), actor as materialized (
      select * from users where id = ${member}
    )`

/**
 * SQL of the data of an event about a vote.
 * @param user SQL of whoever voted, `shown` of the target
 */
export const voteDataSql = ({ name }: Target, votedAt: string, user: string, shown: string) =>
  `concat('{"user":', ${user}, ',"voted_at":"', ${isoSql(votedAt)}, '","object_type":"${name}","${name}":', ${shown}, '}')`

/** SQL of a member in events about votes, of the CTE actor. */
export const actorSql = (flags: Flags) => `(select ${renderSql(WebhookUser, flags)} from actor u)`

/** SQL that joins the mark m of a member, if they have one. */
export const markJoin = (target: string, kind: string | number, member: string) =>
  `left join mark m on m.target_id = ${target} and m.kind = ${kind} and m.member_id = ${member}`
