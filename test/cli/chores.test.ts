import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runChores } from '../../src/cli/chores.ts'
import { readConfig } from '../../src/config.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

function logging() {
  const lines: { level: number; msg: string; chore?: string; err?: { message: string } }[] = []
  return { lines, log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }) }
}

describe('chores', () => {
  test('that fail are named, and keep no other from its turn', async () => {
    const { lines, log } = logging()
    const done: string[] = []
    const chores = {
      sweep: async () => void done.push('sweep'),
      'mend the roof': async () => {
        throw new Error('no ladder')
      },
      mow: async () => void done.push('mow'),
    }
    const stop = runChores(world.kith, readConfig({}), log, { chores, first: 0, pause: 10 })
    await expect.poll(() => done.length).toBeGreaterThanOrEqual(4)
    await stop()
    expect(done.slice(0, 4)).toEqual(['sweep', 'mow', 'sweep', 'mow'])
    expect(lines[0]).toMatchObject({ level: 50, chore: 'mend the roof', err: { message: 'no ladder' } })
  })

  test('of a community are done though one of them cannot be', async () => {
    const { lines, log } = logging()
    await world.db.query('alter table event_tallied rename to event_tallied_away')
    const stop = runChores(world.kith, readConfig({}), log, { first: 0 })
    const days = `select count(*)::int as n from pg_partition_tree('webhook_attempt') where level = 1`
    await expect.poll(() => world.db.query(days)).toEqual([{ n: 2 }])
    await stop()
    await world.db.query('alter table event_tallied_away rename to event_tallied')
    expect(lines.map(({ chore }) => chore)).toEqual(['count events'])
  })
})
