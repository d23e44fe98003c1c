import { SingleBar } from 'cli-progress'
import type { Kith } from '../context.ts'
import { CannotStart, onStop } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import { type Seeded, seedCommunity, type Wanted } from '../seed/community.ts'
import { type Said, say } from './say.ts'
import { changeKith } from './with-kith.ts'

export type SeedOptions = Wanted & Said & { add?: boolean }

/** Fills a community with made-up members. If it is stopped, what was written stays and is consistent. */
export const seed = ({ add = false, json, ...wanted }: SeedOptions): Promise<void> =>
  changeKith('seed', wanted, async (kith) => {
    await refuse(kith, wanted, add)
    const stopping = new AbortController()
    onStop(() => stopping.abort())
    const bar = new SingleBar({
      format: '{bar} {percentage}% | {value}/{total} {what} | {duration_formatted}',
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
      // Ctrl-C is handled here, so that the batch under way is finished first.
      gracefulExit: false,
    })
    bar.start(wanted.members + wanted.contributions, 0, { what: 'members' })
    let done: Seeded = { members: 0, ties: 0, contributions: 0, whole: false }
    const progress = (now: Seeded, steps: number, slice?: string) => {
      done = { ...now }
      const { members, ties, contributions } = now
      bar.setTotal(steps)
      const and = slice && slice !== 'contributions' ? `; ${slice}` : ''
      const what = contributions ? 'members, ties and contributions' : ties ? 'members and ties' : 'members'
      bar.update(members + ties + contributions, { what: what + and })
    }
    try {
      done = await seedCommunity(kith, wanted, stopping.signal, progress)
    } finally {
      bar.stop()
      const said = `${done.members} members, ${done.ties} ties between them, ${done.contributions} contributions`
      if (done.whole) {
        const asked = wanted.contributions ? await kith.slices() : []
        const missed = asked.flatMap(({ seeding }) => seeding?.misses?.(kith.community.current()) ?? [])
        const off = missed.length ? `\nOff in this community, so not made up: ${missed.join('; ')}.` : ''
        say({ json }, { ...done, off: missed }, `New: ${said}.${off}`)
      } else {
        process.exitCode = 1
        console.error(
          `Stopped. New: ${said}; every counter is right. This cannot be resumed: ` +
            'begin again with an empty database, or add others with --add and another --seed.',
        )
      }
    }
  })

const present = statement({
  name: 'seed: members already there',
  takes: {},
  gives: { admin: 'bigint?', others: 'int' },
  sql: () => `select (select min(id) from users where role = 'admin' and status = 'a') as admin,
    (select count(*)::int from users where status in ('a', 'b', 'd')) - 1 as others`,
})

async function refuse(kith: Kith, { members, contributions }: Wanted, add: boolean): Promise<void> {
  const row = await present.row(kith.db, {})
  // Member 1 is the creator of the community, and a start creates them only in an empty database.
  if (!row?.admin)
    throw new CannotStart(
      'There is no administrator yet. Start the community once, or run `kith create-user admin --role admin`; then seed.',
    )
  if (row.others && !add)
    throw new CannotStart(
      `This community has ${row.others} members besides the first administrator. To mix them with made-up ones, pass --add.`,
    )
  if (contributions && !members) throw new CannotStart('Somebody has to write them: ask for members, too.')
  for (const { seeding } of contributions ? await kith.slices() : []) {
    const lacking = seeding?.lacks(kith.community.current())
    if (lacking) throw new CannotStart(lacking)
  }
}
