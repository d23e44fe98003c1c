import { expect, test } from 'vitest'
import {
  type DeliveryRound,
  type DeliverySite,
  type Ending,
  failpointNames,
  openDeliverySite,
} from '../../torture/delivery.ts'
import { inFull, often, within } from '../support/soak.ts'
import { freshDatabase } from '../support/world.ts'

// Much more, and more often: npm run torture -- --only delivery

/** One storm after the other; what became of every event is looked at after the last of each row. */
async function endIn(site: DeliverySite, ...rows: Ending[][]): Promise<DeliveryRound[]> {
  const rounds: DeliveryRound[] = []
  try {
    for (const row of rows)
      for (const [i, ending] of row.entries()) rounds.push(await site.storm(ending, { look: i === row.length - 1 }))
  } finally {
    await site.close()
  }
  for (const round of rounds) expect(round.findings, round.ending).toEqual([])
  // Storms they were.
  expect(summed(rounds, 'events')).toBeGreaterThan(50)
  expect(summed(rounds, 'requests')).toBeGreaterThan(200)
  expect(summed(rounds, 'lost')).toBe(0)
  return rounds
}

const summed = (rounds: DeliveryRound[], name: 'events' | 'requests' | 'lost') =>
  rounds.reduce((sum, round) => sum + round[name], 0)

test.concurrent(
  'what was told reaches all who listened, whatever instant Kith is killed at',
  async () => {
    const all = (await failpointNames()).map((name): Ending => `crash: ${name}`)
    expect(all.length).toBeGreaterThanOrEqual(8)
    // In full twice at each; else once at every fourth.
    const row = inFull ? all : all.filter((_, i) => i % 4 === 0)
    const database = await freshDatabase()
    const site = await openDeliverySite({ databaseUrl: database.url, seed: 11, force: 0.1 })
    await endIn(site, ...Array<Ending[]>(often(2)).fill(row))
    await database.drop()
  },
  within(240_000),
)

test.concurrent(
  'a PostgreSQL killed with all it runs loses no delivery, and a stop repeats none',
  async () => {
    const site = await openDeliverySite({ seed: 2, force: 0.1 })
    const [, stopped] = await endIn(site, ['kill PostgreSQL'], ['stop Kith'])
    expect([stopped?.duplicates, stopped?.unlogged]).toEqual([0, 0])
  },
  within(120_000),
)

test.concurrent(
  'of two nodes, one goes on with what the other had begun',
  async () => {
    const database = await freshDatabase()
    const site = await openDeliverySite({ databaseUrl: database.url, nodes: 2, seed: 3, force: 0.1 })
    await endIn(site, Array(often(2)).fill('kill one of two'))
    await database.drop()
  },
  within(120_000),
)
