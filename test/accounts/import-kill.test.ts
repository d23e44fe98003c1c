import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findDrift } from '../../src/connections/recount.ts'
import { killCommands, runCommand } from '../support/command.ts'
import { type AnswerLine, readAnswers, sendLines, toLines } from '../support/lines.ts'
import { createWorld, secret, type World } from '../support/world.ts'

const dir = await mkdtemp(join(tmpdir(), 'kith-import-'))
afterAll(async () => {
  killCommands()
  await rm(dir, { recursive: true, force: true })
})

/** Sends lines to a Kith that dies on the way, and gives the answers that were whole. */
async function sendToDying(world: World, path: string, body: string, at: string): Promise<AnswerLine[]> {
  const kith = await runCommand(['serve'], {
    ...{ DATABASE_URL: world.database.url, KITH_DATA_DIR: dir, KITH_JWT_SECRET: secret, KITH_DELIVERY: 'off' },
    KITH_CRASH_AT: at,
  })
  let text = ''
  try {
    const response = await fetch(`${kith.base}/api/v2${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.admin.token}`, 'content-type': 'application/x-ndjson' },
      body,
    })
    for await (const piece of response.body ?? []) text += Buffer.from(piece).toString('utf8')
  } catch {
    // It died, as it was to.
  }
  expect(await kith.ended).toBe('SIGKILL')
  return readAnswers(text.slice(0, text.lastIndexOf('\n') + 1))
}

test('a Kith killed in the middle of an import has done what it answered, and nothing by half', async () => {
  const world = await createWorld()
  const members = Array.from({ length: 4_000 }, (_, i) => ({ ext_id: `crm-${i}`, username: `crowd-${i}` }))
  const answered = await sendToDying(world, '/user/import/?events=1', toLines(members), 'some members imported:3')
  const count = async (sql: string) =>
    (await world.db.query<{ n: number }>(`select count(*)::int as n from ${sql}`))[0]?.n
  const there = (await count(`users where username like 'crowd-%'`)) as number
  // Those of two transactions, each whole; and each told.
  expect([there > 0, there < 4_000]).toEqual([true, true])
  expect(await count(`event where type = 'user.created' and body::text like '%crowd-%'`)).toBe(there)
  expect(answered.every(({ made }) => made)).toBe(true)
  expect(answered.length).toBeLessThanOrEqual(there)
  const again = await sendLines(world, '/user/import/?events=1', toLines(members))
  expect(again.lines.at(-1)).toEqual({ done: true, lines: 4_000, made: 4_000 - there, there, refused: 0 })
  for (const { line, id } of answered) expect(again.lines[(line as number) - 1]).toMatchObject({ id, made: false })

  const ids = again.lines.flatMap(({ id }) => id ?? [])
  const pairs = ids
    .slice(1)
    .map((id, i) => ({ from_user: id, to_user: ids[i], state: i % 3 ? 'connected' : 'requested' }))
  await sendToDying(world, '/connection/import/?events=1', toLines(pairs), 'some connections imported:3')
  const ties = (await count('relation where asked and state > 0')) as number
  expect([ties > 0, ties < pairs.length]).toEqual([true, true])
  expect(await count(`event where type like 'connection%'`)).toBe(ties)
  expect(await findDrift(world.db)).toEqual([])
  const rest = await sendLines(world, '/connection/import/?events=1', toLines(pairs))
  expect(rest.lines.at(-1)).toMatchObject({ lines: pairs.length, made: pairs.length - ties, there: ties, refused: 0 })
  expect(await count(`event where type like 'connection%'`)).toBe(pairs.length)
  expect(await findDrift(world.db)).toEqual([])
  await world.end()
}, 60_000)
