import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/platform/db/database.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

/** Makes every new relation fail as PostgreSQL would with this code. */
async function failing(code: string, work: () => Promise<void>): Promise<void> {
  await world.db.pool.query(`create function fail() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file' using errcode = '${code}'; end $$;
    create trigger fail before insert on relation execute function fail()`)
  try {
    await work()
  } finally {
    await world.db.pool.query('drop trigger fail on relation; drop function fail')
  }
}

describe('what the database cannot do just now', () => {
  test('is told as 503 with its reason, which the log has with its cause', async () => {
    for (const [code, sentence] of [
      ['53100', 'The disk of the database is full, so nothing can be written. Whoever runs it has to make room.'],
      ['53200', 'The database has no memory left for this just now. Try again in a moment.'],
      ['53300', 'The database takes no more connections just now. Try again in a moment.'],
      ['57014', 'The database took too long for this, and it was broken off. Try again in a moment.'],
    ] as const) {
      await failing(code, async () => {
        const answer = await world.alice.post(`/user/${world.bob.id}/connection/request/`)
        expect([answer.status, answer.body]).toEqual([503, { errors: [{ code: 'unavailable', message: sentence }] }])
        expect(answer.headers.get('retry-after')).toBe('1')
        expect(world.log.findLast((line) => line.includes('"failed"'))).toContain(`${sentence}: could not extend file`)
      })
    }
    expect((await world.alice.post(`/user/${world.bob.id}/connection/request/`)).status).toBe(200)
    expect(await world.toldShort()).toEqual(['connection_request.created alice>bob'])
  })

  test('names the setting where a pooler loses prepared statements, or has those of others', async () => {
    const sentence = /KITH_PREPARED_STATEMENTS=off/
    const db = openDatabase({ ...world.database.connection, size: 1 }, () => {})
    // What is run often is prepared.
    for (let i = 0; i < 3; i++) await db.query('select 1 as one')
    // As in transaction mode: the next statement comes to another connection of the server.
    await db.pool.query('deallocate all')
    await expect(db.query('select 1 as one')).rejects.toThrow(sentence)
    await db.close()

    const crowded = openDatabase({ ...world.database.connection, size: 1 }, () => {})
    for (let i = 0; i < 3; i++) await crowded.query('select 2 as two')
    const { rows } = await crowded.pool.query<{ name: string }>('select name from pg_prepared_statements')
    await crowded.close()
    const next = openDatabase({ ...world.database.connection, size: 1 }, () => {})
    await next.pool.query(`prepare "${rows[0]?.name}" as select 2 as two`)
    await expect(next.query('select 2 as two')).rejects.toThrow(sentence)
    await next.close()
  })
})

test('the line of each request can be left out of the log, but not that of a failure', async () => {
  const quiet = await createWorld({ accessLog: false })
  try {
    await quiet.alice.get('/user/me/')
    await quiet.db.pool.query('alter table preference rename to away')
    expect((await quiet.admin.patch('/dynamic_preference/', { follow_enabled: true })).status).toBe(500)
    expect(quiet.log.map((line) => JSON.parse(line).msg)).toEqual(['failed'])
  } finally {
    await quiet.end()
  }
})
