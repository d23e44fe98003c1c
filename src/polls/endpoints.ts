import type { TInteger } from 'typebox'
import { activeMember, visitor } from '../auth/audience.ts'
import { type Ctx, endpoint, type MemberCtx } from '../context.ts'
import type { LockedTarget, Target } from '../marks/target.ts'
import type { Db } from '../platform/db/database.ts'
import { notFound, refused } from '../platform/errors.ts'
import { type Endpoint, type Gate, nothing, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { listPollVotes } from './lists.ts'
import { PollVote } from './views.ts'
import { votePoll } from './vote.ts'

/** Where a kind of contribution with polls is found. */
type At = {
  target: Pick<Target, 'name'> & {
    lock(tx: Db, ctx: MemberCtx, id: number, who: typeof activeMember): Promise<LockedTarget>
  }
  path: `/api/v2/${string}`
  id: TInteger
  onlyIf?: Gate<Ctx>
  /** Throws 404 if nothing has this id, or the caller may not see it. */
  see(ctx: Ctx, id: number): Promise<unknown>
  /** The id of its poll. */
  pollOf(db: Db, id: number): Promise<number | null>
}

const choice = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of a choice.' })

/** The endpoints for voting in a poll. */
export function pollEndpoints({ target, path, id, onlyIf, see, pollOf }: At): Endpoint<Ctx>[] {
  const found = async (db: Db, id: number) => {
    const poll = await pollOf(db, id)
    if (poll === null) throw notFound(`This ${target.name} has no poll.`)
    return poll
  }
  return [
    endpoint(`GET ${path}/{id}/poll/vote/`, {
      summary: `List the votes in the poll of a ${target.name}`,
      who: visitor,
      onlyIf,
      takes: { id, choice: Type.Optional(choice) },
      returns: page(PollVote),
      async act(ctx, { id, choice, page }) {
        await see(ctx, id)
        return listPollVotes(ctx, await found(ctx.db, id), choice, page)
      },
    }),
    endpoint(`POST ${path}/{id}/poll/vote/`, {
      summary: `Vote in the poll of a ${target.name}, or take the vote back`,
      description: 'In a poll with one vote per member, a vote for another choice replaces it.',
      who: activeMember,
      onlyIf,
      takes: { id, choice },
      returns: nothing,
      refuses: { 400: 'The poll is closed, or has no such choice.' },
      act: (ctx, { id, choice }) =>
        ctx.kith.db.transaction(async (tx) => {
          const { deleted, community } = await target.lock(tx, ctx, id, activeMember)
          if (deleted) throw refused('deleted', `This ${target.name} is deleted.`)
          await votePoll(tx, ctx, community, await found(tx, id), choice)
        }),
    }),
  ]
}
