import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createWorld } from '../support/world.ts'

describe('a database that takes no writes', () => {
  test('answers what is read, refuses what is written as 503, and is not ready until it takes them again', async () => {
    const world = await createWorld()
    const { db, alice, bob, url, database } = world
    expect((await alice.post(`/user/${bob.id}/connection/request/`)).status).toBe(200)
    const isReady = async () => (await world.send(`${url}/readyz`)).body

    const admin = await db.connect()
    await admin.query(`alter database ${database.name} set default_transaction_read_only = on`)
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = '${database.name}' and pid <> pg_backend_pid()`)
    await sleep(100)
    const refused = await bob.post(`/user/${alice.id}/connection/accept/`)
    expect([refused.status, refused.body]).toEqual([
      503,
      { errors: [{ code: 'unavailable', message: 'The database takes no writes just now. Try again in a moment.' }] },
    ])
    expect(refused.headers.get('retry-after')).toBe('1')
    expect((await bob.get('/user/me/')).status).toBe(200)
    expect(await isReady()).toEqual({
      errors: [
        {
          code: 'unavailable',
          message: 'The database takes no writes: default_transaction_read_only is on.',
        },
      ],
    })

    // Connections that could not write are not used again: nothing but a new one learns of the change.
    await admin.query(`alter database ${database.name} reset default_transaction_read_only`)
    await admin.end()
    await bob.post(`/user/${alice.id}/connection/accept/`)
    await expect.poll(async () => (await bob.post(`/user/${alice.id}/connection/accept/`)).status).toBe(200)
    expect(await isReady()).toEqual({ status: 'ready' })
    await world.end()
  })

  test('is ready again as soon as it takes them, though nobody has tried to write', async () => {
    const world = await createWorld()
    const { db, alice, bob, url, database } = world
    const admin = await db.connect()
    await admin.query(`alter database ${database.name} set default_transaction_read_only = on`)
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = '${database.name}' and pid <> pg_backend_pid()`)
    const status = async () => (await world.send(`${url}/readyz`)).status
    // Connections are made meanwhile, those that reads share too.
    for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 10 }, () => bob.get('/user/me/')))
    await expect.poll(status).toBe(503)
    await admin.query(`alter database ${database.name} reset default_transaction_read_only`)
    expect(await status()).toBe(200)
    expect((await alice.post(`/user/${bob.id}/connection/request/`)).status).toBe(200)
    await admin.end()
    await world.end()
  })
})

describe('the health pages', () => {
  test('are never limited', async () => {
    const world = await createWorld({ rateLimit: 2 })
    const statuses = []
    for (let i = 0; i < 5; i++)
      for (const page of ['healthz', 'readyz']) statuses.push((await world.send(`${world.url}/${page}`)).status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    await world.end()
  })

  test('say that a schema is not the one this Kith needs', async () => {
    const world = await createWorld()
    await world.db.query(`delete from migration where name = '0011-webhook-lists'`)
    const { status, body } = await world.send(`${world.url}/readyz`)
    expect([status, body.errors[0].message]).toEqual([
      503,
      'The schema is not up to date (0011-webhook-lists). Run kith migrate.',
    ])
    await world.end()
  })
})
