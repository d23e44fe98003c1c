import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import { settleScores } from '../scores/settle.ts'
import { makeCategories } from './categories.ts'
import { drawJoining, drawMembers, drawZeal, membersAtOnce, type NewMember, writeMembers } from './members.ts'
import { batches } from './people.ts'
import { createRandom } from './random.ts'
import { beginning } from './span.ts'
import { drawTies, tiesAtOnce, writeTies } from './ties.ts'

export type Wanted = { members: number; contributions: number; seed: number; atOnce?: number }

/** The progress so far. */
export type Seeded = { members: number; ties: number; contributions: number; whole: boolean }

const usernames = statement({
  name: 'seed: usernames',
  takes: {},
  gives: { name: 'text' },
  sql: () => `select lower(username) as name from users where status <> 'u'`,
})

/**
 * Adds a made-up community: members, their connections, categories, contributions and everything about them. Each
 * batch is one transaction with all its counters, so the community is consistent whenever this stops. It emits no
 * events.
 * @param signal stops it before the next batch
 * @param progress called after each batch with the steps done, the steps in all, and the slice at work
 */
export async function seedCommunity(
  kith: Kith,
  { members, contributions, seed, atOnce }: Wanted,
  signal: AbortSignal,
  progress: (done: Seeded, steps: number, slice?: string) => void = () => {},
): Promise<Seeded> {
  const { db } = kith
  const community = kith.community.current()
  const start = beginning(kith.clock.now())
  const done: Seeded = { members: 0, ties: 0, contributions: 0, whole: false }
  const joined = drawJoining(seed, members)
  const ties = drawTies(seed, joined, community)
  const steps = members + ties.length + contributions
  const categories = await makeCategories(db, new Date(start))
  const names = await usernames.rows(db, {})

  const ids: number[] = []
  const interests: Uint8Array[] = []
  const staff: number[] = []
  const following = createRandom(seed, 'following')
  for (const batch of batches(drawMembers(seed, joined, new Set(names.map(({ name }) => name))), membersAtOnce)) {
    if (signal.aborted) return done
    for (const id of await writeMembers(db, start, batch, categories, following)) ids.push(id)
    for (const member of batch as NewMember[]) {
      if (member.role) staff.push(interests.length)
      interests.push(Uint8Array.from(member.interests))
    }
    done.members += batch.length
    progress(done, steps)
  }

  const seeing = createRandom(seed, 'seeing')
  for (; done.ties < ties.length; progress(done, steps)) {
    if (signal.aborted) return done
    const end = Math.min(ties.length, done.ties + tiesAtOnce)
    await writeTies(db, start, ties, ids, [done.ties, end], seeing)
    done.ties = end
  }

  const people = { joined, zeal: drawZeal(seed, members), interests, near: ties.near, staff }
  const madeUp = { seed, start, people, ids, categories, community, atOnce }
  for (const { name, seeding } of members ? await kith.slices() : []) {
    if (!seeding) continue
    if (signal.aborted) return done
    progress(done, steps, name)
    for await (const written of seeding.write(kith, contributions, madeUp)) {
      done.contributions += written
      progress(done, steps, name)
      if (signal.aborted) return done
    }
  }

  // Of millions of acts, what they are worth would be given for minutes after the first start.
  progress(done, steps, 'points')
  await settleScores(kith, () => signal.aborted)
  if (signal.aborted) return done

  // Without new statistics the next lists would be planned badly.
  await db.transaction(async (tx) => {
    await tx.query('set local statement_timeout = 0')
    await tx.query(`analyze users, relation, category, category_follower, contribution, mark, contribution_total, comment, poll,
      poll_choice, poll_vote, media, share, message, message_side, notification, notification_group, moderation_case,
      addressed, addressed_feed, addressed_total`)
  })
  done.whole = true
  return done
}
