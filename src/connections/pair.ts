import { checkAgain } from '../auth/again.ts'
import { activeMember, type MemberAudience } from '../auth/audience.ts'
import { isActive } from '../auth/status.ts'
import type { MemberCtx } from '../context.ts'
import { makeBoxes } from '../notifications/lock.ts'
import { isSilent } from '../notifications/tell.ts'
import { codeOf } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { notFound, refused } from '../platform/errors.ts'
import type { Gate } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { isoSql } from '../platform/sql/view.ts'
import { howNoticed, notice } from './notices.ts'
import { type Relationship, type RelationshipEvent, sideOf } from './relationship.ts'
import { type Written, writeAlone, writeTogether } from './write.ts'

/** One of two members, with what a decision may depend on. */
export type Person = {
  id: number
  status: 'a' | 'b'
  connectionRequests: 'ask' | 'refuse' | 'accept'
  quotaDay: string | null
  quotaUsed: number
}

/** Two members and their relationship. `boxed` says whether the other has a box of notifications. */
export type Pair = { me: Person; other: Person; relationship: Relationship; boxed: boolean }

/** What an act decided: the new relationship, its events, and whether it uses one of today's requests. */
export type Change = { relationship: Relationship; events: RelationshipEvent[]; usesQuota?: boolean }

const looking = statement({
  name: 'connections: look at a pair',
  takes: { me: 'bigint', other: 'bigint' },
  gives: {
    community: 'int',
    ...{ me_status: 'text', me_requests: 'text', me_day: 'date?', me_used: 'int' },
    ...{ other_status: 'text', other_requests: 'text', other_day: 'date?', other_used: 'int' },
    ...{ version: 'int?', state: 'smallint?', place: 'bigint?', request_id: 'bigint?', asked: 'boolean?' },
    ...{ created: 'text?', viewed: 'text?', rejected: 'text?' },
    ...{
      following_place: 'bigint?',
      follower_place: 'bigint?',
      hidden_place: 'bigint?',
      their_hidden_place: 'bigint?',
      boxed: 'boolean',
    },
  },
  sql: ($) => `select (select version from community) as community,
    m.status::text as me_status, m.connection_requests as me_requests, m.quota_day as me_day, m.quota_used as me_used,
    o.status::text as other_status, o.connection_requests as other_requests, o.quota_day as other_day, o.quota_used as other_used,
    r.version, r.state + r.sleeping_state as state, r.place, r.request_id, r.asked, ${['created', 'viewed', 'rejected'].map((name) => `${isoSql(`r.${name}`)} as ${name}`).join(', ')},
    coalesce(r.following_place, r.sleeping_following) as following_place,
    coalesce(r.follower_place, r.sleeping_follower) as follower_place, r.hidden_place, t.hidden_place as their_hidden_place,
    exists (select from notification_box b where b.member_id = ${$.other}) as boxed
  from users m
  join users o on o.id = ${$.other}
  left join relation r on r.member_id = ${$.me} and r.other_id = ${$.other}
  left join relation t on t.member_id = ${$.other} and t.other_id = ${$.me}
  where m.id = ${$.me}`,
})

type Look = NonNullable<Awaited<ReturnType<typeof looking.row>>>

function readRelationship(row: Look, me: number, other: number): Relationship {
  const states = {
    0: 'none',
    1: row.rejected ? 'rejected' : 'requested',
    2: 'requested',
    3: 'rejected',
    4: 'connected',
  }
  return {
    state: states[(row.state ?? 0) as keyof typeof states] as Relationship['state'],
    asker: row.request_id === null ? null : row.asked ? me : other,
    requestId: row.request_id,
    created: row.created,
    viewed: row.viewed,
    rejected: row.rejected,
    place: row.place ?? 0,
    follows: new Map([
      [me, row.following_place],
      [other, row.follower_place],
    ]),
    hides: new Map([
      [me, row.hidden_place],
      [other, row.their_hidden_place],
    ]),
  }
}

/** Writes what was decided. False if something the decision relied on has changed meanwhile. */
async function apply(ctx: MemberCtx, pair: Pair, version: number, change: Change): Promise<boolean> {
  const { relationship, events, usesQuota } = change
  const sideFor = ({ id, status }: Person, { id: other }: Person) => ({
    ...{ id, other, status, asks: usesQuota === true && id === pair.me.id },
    ...{ before: sideOf(pair.relationship, id, other), after: sideOf(relationship, id, other) },
  })
  const written: Written = {
    ...{ community: ctx.community, now: ctx.now, version, relationship, events },
    sides: [sideFor(pair.me, pair.other), sideFor(pair.other, pair.me)],
    ...{ told: null, undone: [] },
  }
  try {
    const noticed = howNoticed(pair, change)
    if (noticed !== 'behind' && !(noticed.told && isSilent(ctx.kith.db))) {
      if (noticed.told && !pair.boxed) await makeBoxes(ctx.db, [noticed.told.to])
      return await writeTogether(ctx.db, { ...written, ...noticed })
    }
    return await ctx.kith.db.transaction(async (tx) => {
      const done = await writeAlone(tx, written)
      if (done) await notice(tx, ctx, pair, change)
      return done
    })
  } catch (error) {
    // A counter would fall below zero. If the decision was outdated that is expected; otherwise it is drift.
    if (codeOf(error) === '23514' && (await readVersion(ctx, pair)) !== version) return false
    throw error
  }
}

const currentVersion = statement({
  name: 'connections: version of a pair',
  takes: { me: 'bigint', other: 'bigint' },
  gives: { version: 'int' },
  sql: ($) => `select version from relation where member_id = ${$.me} and other_id = ${$.other}`,
})

const readVersion = async ({ db }: MemberCtx, { me, other }: Pair): Promise<number> =>
  (await currentVersion.row(db, { me: me.id, other: other.id }))?.version ?? 0

/**
 * Reads what is between two members, lets `choose` decide, and writes that with its counters and events in one
 * statement. If somebody else was faster, it begins again. Null from `choose` changes nothing.
 *
 * @param gate the mode the act belongs to; checked again with every attempt, on the community as it then is
 * @param who the audience of the act
 * @returns the relationship as it is now
 */
export async function changePair(
  given: MemberCtx,
  other: number,
  gate: Gate<MemberCtx> | null,
  choose: (pair: Pair, community: MemberCtx['community']) => Change | null,
  who: MemberAudience = activeMember,
): Promise<Relationship> {
  const ctx = { ...given }
  const me = ctx.actor.id
  if (me === other) throw refused('self', 'This cannot be done with yourself.')
  return decide(async () => {
    const row = await looking.row(ctx.db, { me, other })
    if (!row || !isActive(row.other_status)) throw notFound('No member has this id.')
    checkAgain(ctx, who, { status: row.me_status })
    if (row.community !== ctx.community.version) ctx.community = await ctx.kith.community.refresh()
    gate?.check(ctx)
    const pair: Pair = {
      me: {
        id: me,
        status: row.me_status as Person['status'],
        connectionRequests: row.me_requests as Person['connectionRequests'],
        quotaDay: row.me_day,
        quotaUsed: row.me_used,
      },
      other: {
        id: other,
        status: row.other_status,
        connectionRequests: row.other_requests as Person['connectionRequests'],
        quotaDay: row.other_day,
        quotaUsed: row.other_used,
      },
      relationship: readRelationship(row, me, other),
      boxed: row.boxed,
    }
    const change = choose(pair, ctx.community)
    if (!change) return pair.relationship
    return (await apply(ctx, pair, row.version ?? 0, change)) ? change.relationship : outdated
  })
}
