import type { TSchema } from 'typebox'
import type { MemberAudience } from '../auth/audience.ts'
import { everyFlags, type Flags } from '../community/flags.ts'
import type { Community } from '../community/state.ts'
import type { MemberCtx } from '../context.ts'
import type { Notice } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import { Refusal } from '../platform/errors.ts'
import type { EventDeclaration } from '../platform/events/declare.ts'
import { isoSql, renderSql } from '../platform/sql/view.ts'
import { WebhookUser } from '../users/views.ts'

/** What an act on a target must know first; `community` is its present state. */
export type LockedTarget = {
  author: number
  deleted: boolean
  community: Community
  /** Its subject and part in notices. */
  about: Pick<Notice, 'part'> & Required<Pick<Notice, 'subject'>>
}

/**
 * Something that members vote for, flag, follow, suspend or hide. The statements about marks are written once, for
 * any target; a slice describes its targets with `defineTarget`.
 */
export type Target = {
  /** Its name in messages and addresses: post. */
  name: string
  /** Its number in the table of marks. */
  id: number
  /**
   * The table of the targets. A row has `id`, `author_id`, the counters vote_count and flag_count, `reactions`; and
   * follower_count if it can be followed.
   */
  table: string
  /** SQL of the bytes of a target t that each of its events repeats. */
  bytes: string
  /**
   * Locks a target, so that acts on it come one after the other. Refuses targets that do not exist or may not be
   * acted on, and members who do not, or no longer, belong to the audience.
   */
  lock(tx: Db, ctx: MemberCtx, id: number, who: MemberAudience): Promise<LockedTarget>
  /**
   * Locks several, for acts that are done together: each by its own caller, who is refused alone. Undefined for one
   * that somebody else has locked. One alone waits for its lock.
   */
  lockEach(tx: Db, asked: AskedTarget[], who: MemberAudience): Promise<(LockedTarget | Refusal | undefined)[]>
  /** Of targets that can be followed and suspended. */
  followed?: Followed
  /** SQL of the target c as events about votes show it. Reads its author, too. */
  shown(flags: Flags): string
  /** Notifications about it show it to receivers as those events do. */
  toldAsShown?: true
  /** What the data of events about votes looks like. */
  voteSchema: TSchema
}

/** Who acts on which target. */
export type AskedTarget = { ctx: MemberCtx; id: number }

/** What `admit` finds of each, or how it refuses one. */
export async function admitEach<Asked, Found>(
  asked: Asked[],
  admit: (one: Asked, i: number) => Promise<Found>,
): Promise<(Found | Refusal)[]> {
  const found: (Found | Refusal)[] = []
  for (const [i, one] of asked.entries())
    found.push(
      await admit(one, i).catch((error) => {
        if (error instanceof Refusal) return error
        throw error
      }),
    )
  return found
}

type Followed = {
  events: Record<'follow' | 'unfollow' | 'suspend' | 'unsuspend', EventDeclaration>
  /** SQL of the data of those events. Reads the target c and the CTEs author and actor; `since` is when it began. */
  data(flags: Flags, since: string): string
}

/** A target that can be followed. */
export type FollowedTarget = Target & { followed: Followed }

const targets: Target[] = []

/** Registers a target. */
export function defineTarget<Each extends Target>(target: Each): Each {
  if (targets.some(({ id }) => id === target.id)) throw new Error(`Two targets have the number ${target.id}`)
  targets.push(target)
  // Statements about all targets are the same, whichever slice is loaded first.
  targets.sort((one, other) => one.id - other.id)
  return target
}

/** Every target, once all slices are loaded. */
export const allTargets = (): readonly Target[] => targets

/** The schema of `data` in events about a vote, for each target. */
export const voteSchemas = (): TSchema[] => targets.map(({ voteSchema }) => voteSchema)

/** Every target with every combination of flags: the variants of a statement. */
export const byTargetAndFlags = () => everyFlags().flatMap((flags) => targets.map((target) => ({ target, flags })))

/** Every target, as the variants of a statement. */
export const byTarget = () => targets.map((target) => ({ target }))

/** Targets that can be followed, likewise. */
export const byFollowedAndFlags = () =>
  everyFlags().flatMap((flags) =>
    targets
      .filter((target): target is FollowedTarget => target.followed !== undefined)
      .map((target) => ({ target, flags })),
  )

/** CTEs that the data of events reads: the author of the target c, and the actor. Both are given as SQL of their ids. */
export const peopleSql = (member: string, author = '(select author_id from c)') => `author as materialized (
      select * from users where id = ${author}
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

/** SQL that joins a member's mark m, if there is one. */
export const markJoin = (target: string, kind: string | number, member: string) =>
  `left join lateral (select * from mark own
    where own.target_id = ${target} and own.kind = ${kind} and own.member_id = ${member} offset 0) m on true`
