import { onClient } from '../platform/db/database.ts'
import { CannotStart } from '../platform/process.ts'
import { statement } from '../platform/sql/statement.ts'
import { moveCategories } from './categories.ts'
import { moveContributions } from './contributions.ts'
import { moveMembers, moveTies } from './members.ts'
import { moveOptions } from './options.ts'
import { createQuiet, membersMoved } from './quiet.ts'
import type { Move } from './shared.ts'
import type { Source } from './source.ts'

const findingAdmin = statement({
  name: 'movein: the first administrator',
  takes: {},
  gives: { id: 'bigint' },
  sql: () => `select id from users where role = 'admin' and status = 'a' order by id limit 1`,
})

const locking = statement({
  name: 'movein: one move at a time',
  takes: {},
  gives: { ours: 'boolean' },
  sql: () => 'select pg_try_advisory_lock(711907, 6) as ours',
})

/** How many of each kind the source has. Writes nothing. */
export async function countThere(source: Source): Promise<Record<string, number | null>> {
  const lists = {
    members: '/user/',
    categories: '/category/',
    statuses: '/status/',
    posts: '/post/',
    discussions: '/discussion/',
  }
  const counts = Object.entries(lists).map(async ([what, path]) => [what, await source.count(path)] as const)
  return Object.fromEntries(await Promise.all(counts))
}

/**
 * Moves a community in, or continues a move: what was moved before stays as it is here.
 * @throws CannotStart if another move is under way, or there is no administrator to make categories
 */
export async function moveIn(given: Pick<Move, 'kith' | 'source' | 'options' | 'report' | 'tell'>): Promise<void> {
  const { kith, source, options } = given
  const found = await findingAdmin.row(kith.db, {})
  if (!found)
    throw new CannotStart(
      'There is no administrator here yet: start Kith once, or `kith create-user NAME --role admin`.',
    )
  const lock = await kith.db.connect()
  try {
    if (!(await locking.row(onClient(lock), {}))?.ours) throw new CannotStart('Another community is being moved in.')
    const move: Move = {
      ...given,
      quiet: createQuiet(kith, source.base, options.events),
      admin: { id: found.id, role: 'admin', status: 'a' },
      members: await membersMoved(kith.db, source.base),
      now: kith.clock.now(),
    }
    await moveOptions(move)
    await moveMembers(move)
    await moveTies(move)
    await moveContributions(move, await moveCategories(move))
  } finally {
    await lock.end()
  }
}
