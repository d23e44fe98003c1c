import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { runCommand } from '../support/command.ts'
import { freshDatabase } from '../support/world.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
const open: { close(): unknown }[] = []

beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(async () => {
  for (const each of open) await each.close()
  await database.drop()
})

/** A host of its own, which leads to the tests' PostgreSQL, and can be cut off from the network. */
async function openHost() {
  const { host, port } = inject('postgres')
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer((from) => {
    sockets.add(from)
    from.on('error', () => {})
    if (silent) return
    const to = connect(`${host}/.s.PGSQL.${port}`)
    to.on('error', () => from.destroy())
    from.on('close', () => to.destroy())
    to.on('close', () => from.destroy())
    from.on('data', (data) => silent || to.write(data))
    to.on('data', (data) => silent || from.write(data))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const hosting = {
    name: `127.0.0.1:${(server.address() as { port: number }).port}`,
    connections: () => [...sockets].filter((socket) => !socket.destroyed).length,
    /** Takes whatever is sent and says nothing, as a machine that is gone without a word. */
    fallSilent() {
      silent = true
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
  open.push(hosting)
  return hosting
}

const url = (...hosts: string[]) => `postgres://${inject('postgres').user}@${hosts.join(',')}/${database.name}`

function openOn(...hosts: string[]): Database {
  const db = openDatabase({ url: url(...hosts), size: 3 }, () => {})
  open.push(db)
  return db
}

describe('a database on several hosts', () => {
  test('is found on the one that is there', async () => {
    const there = await openHost()
    const db = openOn('127.0.0.1:1', '[::1]:2', there.name)
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
    const own = await db.connect()
    expect((await own.query('select 2 as two')).rows).toEqual([{ two: 2 }])
    await own.end()
  })

  test('is looked for elsewhere when its host falls silent, and nobody waits there for long', async () => {
    const [first, second] = [await openHost(), await openHost()]
    const db = openOn(first.name, second.name)
    const session = await db.connect()
    const ended = new Promise((resolve) => session.once('end', resolve))
    await Promise.all([1, 2, 3].map(() => db.query('select pg_sleep(0.1)')))
    expect(second.connections()).toBe(0)
    first.fallSilent()
    const at = performance.now()
    await expect(db.query('select 1')).rejects.toMatchObject({ status: 503 })
    await ended
    expect(performance.now() - at).toBeLessThan(9_000)
    await expect.poll(() => db.query('select 1 as one').catch(() => null), { timeout: 5_000 }).toEqual([{ one: 1 }])
    await Promise.all([1, 2, 3].map(() => db.query('select 1')))
    expect(second.connections()).toBeGreaterThan(0)
  })

  test('is unreachable where none of them does, with the reason of each, and no password', async () => {
    const db = openOn('127.0.0.1:1', '127.0.0.1:2')
    const error = await db.query('select 1').catch((error) => error)
    expect(error).toMatchObject({ status: 503 })
    expect(error.cause.message).toBe(
      'None of the hosts is there and takes writes (127.0.0.1:1: ECONNREFUSED, 127.0.0.1:2: ECONNREFUSED)',
    )
  })

  test('is left for another when it takes no writes any more, whatever was under way', async () => {
    const only = await openHost()
    const db = openOn(only.name, '127.0.0.1:1')
    await db.query('select 1')
    const admin = await db.connect()
    await admin.query(`alter database ${database.name} set default_transaction_read_only = on`)
    await admin.end()
    await db.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    await sleep(50)
    await expect
      .poll(() =>
        openOn(only.name, '127.0.0.1:1')
          .query('select 1')
          .catch((error) => error.cause.message),
      )
      .toContain(`${only.name}: read-only`)
    const root = openDatabase({ ...database.connection, session: { default_transaction_read_only: 'off' } }, () => {})
    await root.query(`alter database ${database.name} reset default_transaction_read_only`)
    await root.close()
  })
})

describe('kith serve', () => {
  test('does not start on a database that takes no writes, and says so', async () => {
    const root = openDatabase({ ...database.connection, session: { default_transaction_read_only: 'off' } }, () => {})
    await root.query(`alter database ${database.name} set default_transaction_read_only = on`)
    const kith = await runCommand(['serve'], { DATABASE_URL: database.url, KITH_JWT_SECRET: 'x'.repeat(32) })
    expect(await kith.ended).toBe(1)
    expect(kith.out).toBe('The database at DATABASE_URL takes no writes: default_transaction_read_only is on.\n')
    await root.query(`alter database ${database.name} reset default_transaction_read_only`)
    await root.close()
  })
})
