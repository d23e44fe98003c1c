import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { checkSource } from '../../src/eventlog/continue.ts'
import { readReplicas } from '../../src/platform/db/address.ts'
import { openDatabase } from '../../src/platform/db/database.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { createReplicas, type Replicas } from '../../src/platform/db/replicas.ts'
import { openServers, type PgServer, type Servers } from '../../torture/servers.ts'
import { dice } from '../../torture/storm.ts'
import { type Delivering, deliver } from '../support/delivery.ts'
import { runHere } from '../support/here.ts'
import { ok } from '../support/ok.ts'
import { often, seedOr } from '../support/soak.ts'
import { createWorld, type World } from '../support/world.ts'

const metricsToken = 'a-token-for-prometheus'
let servers: Servers
let primary: PgServer
let standby: PgServer
let world: World
let replicas: Replicas

beforeAll(async () => {
  servers = await openServers()
  primary = await servers.primary('a')
  await primary.query('create database kith')
  const root = openDatabase({ url: urlOf(primary) }, () => {})
  await migrate(root.pool)
  await checkSource(root, 0)
  await root.close()
  standby = await primary.follow('b', { max_standby_streaming_delay: '0' })
  const url = urlOf(primary)
  world = await createWorld(
    { metricsToken },
    {
      database: { name: 'kith', url, connection: { url }, drop: async () => {} },
      replicas(db) {
        replicas = createReplicas(db, { urls: readReplicas(urlOf(standby)), size: 4, log: { info() {}, warn() {} } })
        return replicas
      },
    },
  )
})
let promoted = false
let receiver: Server | null = null
let delivering: Delivering | null = null
afterEach(async () => {
  // What follows a failure is none of it.
  if (!promoted) await stands(false)
})
afterAll(async () => {
  await delivering?.stop()
  receiver?.close()
  await replicas?.close()
  await world?.end()
  await servers?.close()
})

/** A receiver of webhooks, who does something with the id it is told before it answers. */
async function listen(act: (id: number) => void): Promise<Server> {
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const each of request) text += each
    act(JSON.parse(text).data.id)
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const urlOf = ({ port }: PgServer) => `postgres://kith@127.0.0.1:${port}/kith`

const state = () => replicas.state()[0] as ReturnType<Replicas['state']>[number]
const isUsed = () => expect.poll(() => state().why, { timeout: 10_000, interval: 20 }).toBe(null)
const stands = (still: boolean) => standby.query(`select pg_wal_replay_${still ? 'pause' : 'resume'}()`)

describe('what only reads', () => {
  test('goes to a replica, and what writes to the primary', async () => {
    await isUsed()
    const { reads } = state()
    const { id } = (await ok(world.alice.post('/status/', { text: 'hello' }))).body
    expect(state().reads).toBe(reads)
    await ok(world.bob.get(`/pm/?user=${world.carla.id}`))
    expect(state().reads).toBe(reads)
    // It may be late at times: then the primary answers.
    await expect
      .poll(async () => (await ok(world.bob.get(`/status/${id}/`))) && state().reads, { timeout: 10_000 })
      .toBeGreaterThan(reads)
    expect(state().failed).toBe(0)
  })

  test('shows all that was done before it was asked, by whomever, wherever, and however far a replica is', async () => {
    const { alice, bob, carla } = world
    const roll = dice(seedOr(17))
    const told: Promise<number>[] = []
    receiver = await listen((id) => void told.push(bob.get(`/status/${id}/`).then(({ status }) => status)))
    const target = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
    await ok(world.admin.post('/webhook/endpoint/', { target, events: ['status.created'] }))
    delivering = await deliver(world)
    const before = { ...state(), primary: replicas.primary() }
    let written = 0
    let still = false
    let name = ''
    for (let step = 0; step < often(200); step++) {
      const what = roll()
      if (what < 0.08) {
        still = !still
        await stands(still)
      } else if (what < 0.12) await sleep(roll() * 40)
      else if (what < 0.22) {
        name = `Alice ${step}`
        await ok(alice.patch(`/user/${alice.id}/`, { real_name: name }))
      } else if (what < 0.3) {
        // As another node does it: nothing here hears of it.
        name = `Alice ${step}, by another`
        await primary.query(`update users set real_name = '${name}' where id = ${alice.id}`, 'kith')
      } else {
        const { id } = (await ok(alice.post('/status/', { text: `text ${++written}` }))).body
        const [own, others, list] = await Promise.all([
          alice.get(`/status/${id}/`),
          carla.get(`/status/${id}/`),
          bob.get(`/user/${alice.id}/feed/?limit=1`),
        ])
        expect([own.status, others.status, list.body.results[0].status.id], own.text).toEqual([200, 200, id])
      }
      if (name) expect((await bob.get(`/user/${alice.id}/`)).body.real_name).toBe(name)
    }
    if (still) await stands(false)
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(written)
    expect(new Set(await Promise.all(told))).toEqual(new Set([200]))
    await isUsed()
    // A trial only if both were read from.
    expect(state().reads).toBeGreaterThan(before.reads + 10)
    expect(replicas.primary()).toBeGreaterThan(before.primary + 10)
    // One may be broken off now and then, by what the primary has cleaned up, or because it is waited for a second.
    expect(state().failed - before.failed).toBeLessThan((state().reads - before.reads) / 10)
  })

  test('is answered by the primary where a replica lags, and says so', async () => {
    await stands(true)
    const { id } = (await ok(world.alice.post('/status/', { text: 'not there yet' }))).body
    expect((await world.bob.get(`/status/${id}/`)).status).toBe(200)
    await expect.poll(() => state().why, { timeout: 5_000 }).toMatch(/^it is \d+ kB behind$/)
    expect(state().behind).toBeGreaterThan(0)
    const { text } = await world.send(`${world.url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } })
    expect(text).toMatch(/^kith_replicas_left_out 1$/m)
    expect(text).toMatch(new RegExp(`^kith_replica_reads_total\\{replica="127.0.0.1:${standby.port}"\\} [1-9]`, 'm'))
    const doctor = await runHere(['doctor'], {
      DATABASE_URL: urlOf(primary),
      DATABASE_REPLICA_URL: `postgres://kith@127.0.0.1:${standby.port},127.0.0.1:1/kith ${urlOf(primary)}`,
    })
    expect(doctor.out).toMatch(/^ok {5}replica 127.0.0.1:\d+: it is the primary$/m)
    expect(doctor.out).toMatch(/^WRONG {2}replica 127.0.0.1:\d+: left out, because it is \d+ kB behind\./m)
    expect(doctor.out).toMatch(/^WRONG {2}replica 127.0.0.1:1: left out, because ECONNREFUSED\./m)
    await stands(false)
    await isUsed()
  })

  test('is sent to the primary again where a replica breaks it off', async () => {
    await primary.query('create table locked ()', 'kith')
    await isUsed()
    const { failed } = state()
    const reading = replicas.reading()
    await expect.poll(() => state().behind).toBe(0)
    const read = reading.query<{ n: number }>('select count(*)::int as n from locked, pg_sleep(0.3) where true')
    const slow = reading.query<{ n: number }>('select 1 as n from pg_sleep(1) left join locked on true')
    const begun = `select 1 from pg_stat_activity where state = 'active' and query like '%from pg_sleep(1)%' and pid <> pg_backend_pid()`
    await expect.poll(() => standby.query(begun)).toHaveLength(1)
    await primary.query('begin; lock table locked; commit', 'kith')
    expect(await Promise.all([read, slow])).toEqual([[{ n: 0 }], [{ n: 1 }]])
    expect(state().failed).toBeGreaterThan(failed)
  })
})

describe('a replica', () => {
  /** Reads go on all the while, each as it should be. */
  async function meanwhile(work: () => Promise<unknown>): Promise<void> {
    let over = false
    const statuses = new Set<number>()
    const readers = [world.alice, world.bob, world.carla].map(async (each) => {
      while (!over) statuses.add((await each.get(`/user/${world.alice.id}/`)).status)
    })
    await work().finally(() => {
      over = true
    })
    await Promise.all(readers)
    expect(statuses).toEqual(new Set([200]))
  }

  test('that is killed is left out, and read from again when it is back', async () => {
    await isUsed()
    await meanwhile(async () => {
      await standby.kill()
      await expect.poll(() => state().why, { timeout: 5_000 }).not.toBe(null)
      await standby.start()
      await isUsed()
    })
  })

  test('that says nothing any more is waited for a second', async () => {
    await meanwhile(async () => {
      standby.freeze(true)
      await expect.poll(() => state().why, { timeout: 5_000 }).toBe('it does not answer')
      standby.freeze(false)
      await isUsed()
    })
  })

  test('that takes writes of its own is none', async () => {
    await meanwhile(async () => {
      promoted = true
      await standby.promote()
      await expect.poll(() => state().why, { timeout: 5_000 }).toMatch('no standby')
      const { reads } = state()
      await ok(world.bob.get(`/user/${world.alice.id}/`))
      expect(state().reads).toBe(reads)
    })
  })

  test('that follows such a server is none, though its rows are still the same', async () => {
    const other = await standby.follow('c')
    const found = createReplicas(world.db, { urls: [urlOf(other)], log: { info() {}, warn() {} } })
    await found.ready
    expect(found.state()[0]?.why).toMatch('follows another server')
    await found.close()
  })
})
