import { expect, test } from 'vitest'
import { openSite, type Round, type Site } from '../../torture/storm.ts'
import { often, times, within } from '../support/soak.ts'
import { freshDatabase } from '../support/world.ts'

const summed = (rounds: Round[], name: 'done' | 'unanswered' | 'events') =>
  rounds.reduce((sum, round) => sum + round[name], 0)

async function endIn(
  site: Site,
  endings: Parameters<Site['storm']>[0][],
  over: (rounds: Round[]) => boolean = () => false,
): Promise<Round[]> {
  const rounds: Round[] = []
  try {
    for (const ending of endings) {
      rounds.push(await site.storm(ending))
      if (over(rounds)) break
    }
  } finally {
    await site.close()
  }
  for (const round of rounds) expect(round.findings, round.ending).toEqual([])
  return rounds
}

test(
  'a Kith killed in the middle of anything has done what it answered, and nothing by half',
  async () => {
    const database = await freshDatabase()
    const site = await openSite({ databaseUrl: database.url, seed: 1 })
    // Storms they are to be: much is done, and something is cut off in flight. A slow machine needs more of them.
    const enough = (rounds: Round[]) =>
      summed(rounds, 'done') > often(200) &&
      summed(rounds, 'events') > often(30) &&
      summed(rounds, 'unanswered') > often(8)
    const rounds = await endIn(
      site,
      Array(24 * times).fill('kill Kith'),
      (rounds) => rounds.length >= often(8) && enough(rounds),
    )
    await database.drop()
    expect(enough(rounds)).toBe(true)
  },
  within(120_000),
)

test(
  'a Kith asked to stop answers what it has begun, and is gone in time',
  async () => {
    const database = await freshDatabase()
    const site = await openSite({ databaseUrl: database.url, seed: 2 })
    await endIn(site, Array(often(3)).fill('stop Kith'))
    await database.drop()
  },
  within(60_000),
)

test(
  'a PostgreSQL killed with all it runs has kept what was answered',
  async () => {
    const site = await openSite({ seed: 3 })
    await endIn(
      site,
      Array.from({ length: often(3) }, (_, i) => (i % 2 ? 'kill Kith' : 'kill PostgreSQL')),
    )
  },
  within(120_000),
)
