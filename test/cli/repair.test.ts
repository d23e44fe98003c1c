import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { categoryRepairs, findCategoryDrift } from '../../src/categories/recount.ts'
import { findDrift, relationshipRepairs } from '../../src/connections/recount.ts'
import { contributionRepairs, findContributionDrift } from '../../src/contributions/recount.ts'
import { repairDrift } from '../../src/platform/db/repair.ts'
import { startOfKith } from '../support/compiled.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let dir: string
let post: number

beforeAll(async () => {
  world = await createWorld()
  dir = await mkdtemp(join(tmpdir(), 'kith-repair-'))
  const { admin, alice, bob, carla } = world
  await alice.post(`/user/${bob.id}/connection/request/`)
  await bob.post(`/user/${alice.id}/connection/accept/`)
  await carla.post(`/user/${alice.id}/connection/request/`)
  const birds = (await admin.post('/category/', { name: 'Birds' })).body.id
  const owls = (await admin.post('/category/', { name: 'Owls', parents: [birds] })).body.id
  for (const who of [alice, bob]) await who.post(`/category/${owls}/follow/`)
  post = (await alice.post('/post/', { text: 'Hoo', categories: [owls] })).body.id
  await carla.post('/discussion/', { title: 'Hoo', text: 'Hoo', categories: [birds] })
  for (const who of [bob, carla]) await who.post(`/post/${post}/vote/`)
  await bob.post(`/post/${post}/follow/`)
})
afterAll(async () => {
  await world.end()
  await rm(dir, { recursive: true, force: true })
})

function doctor(...args: string[]): Promise<{ code: number; out: string }> {
  const env = { ...process.env, DATABASE_URL: world.database.url, KITH_DATA_DIR: dir, KITH_JWT_SECRET: 's'.repeat(32) }
  return new Promise((resolve) => {
    execFile(process.execPath, [...startOfKith, 'doctor', ...args], { env }, (error, out) =>
      resolve({ code: Number(error?.code ?? 0), out }),
    )
  })
}

const findAll = async () => [
  ...(await findDrift(world.db)),
  ...(await findCategoryDrift(world.db)),
  ...(await findContributionDrift(world.db)),
]

/** All that is kept, to be compared with what it was. */
const kept = () =>
  Promise.all(
    [
      'users',
      'community',
      'category',
      'contribution',
      'contribution_total',
      'category_feed',
      'category_feed_total',
    ].map((table) => world.db.query(`select t.* from ${table} t order by to_jsonb(t)::text`)),
  )

describe('kith doctor --repair', () => {
  test('counts again everything that has drifted, and nothing else', async () => {
    expect(await findAll()).toEqual([])
    const before = await kept()
    for (const sql of [
      'update users set connections = connections + 3, requests_sent = 7, categories = 9, posts = 5, discussions = 5',
      'update community set members = 77',
      'update category set followers = 5',
      `update category set ancestors = '{}'`,
      'update contribution set vote_count = 40, follower_count = 0',
      'delete from contribution_total where kind = 3 and n > 0',
      'update contribution_total set n = 3',
      'delete from category_feed where contribution_id % 2 = 0',
      'update category_feed set relevant_at = now()',
      'update category_feed_total set n = 9',
      'delete from category_feed_total where kind = 3',
    ])
      await world.db.query(sql)

    const ill = await doctor()
    expect([ill.code, ill.out]).toEqual([1, expect.stringContaining('Run kith doctor --repair.')])
    const repaired = await doctor('--repair')
    expect([repaired.code, repaired.out]).toEqual([
      0,
      expect.stringMatching(/\d+ did not equal their rows; \d+ were counted/),
    ])
    expect(repaired.out).toContain('ok     counters: every one equals its rows')
    expect(await findAll()).toEqual([])
    expect(await kept()).toEqual(before)
    expect((await doctor('--repair')).out).not.toContain('counted again')
  })

  test('says of what is no count that it cannot be counted again, and leaves it', async () => {
    await world.db.query(`update relation set version = version + 1 where member_id = ${world.alice.id}`)
    const { code, out } = await doctor('--repair')
    expect([code, out]).toEqual([1, expect.stringContaining('It is no count, and cannot be counted again.')])
    await world.db.query(`update relation set version = version - 1 where member_id = ${world.alice.id}`)
    expect(await findAll()).toEqual([])
  })

  test('is right while members go on', async () => {
    const { db } = world
    let acting = true
    const acts = [
      async () => {
        await world.carla.post(`/user/${world.bob.id}/connection/request/`)
        await world.carla.post(`/user/${world.bob.id}/connection/cancel_request/`)
      },
      () => world.bob.post(`/post/${post}/vote/`),
      () => world.carla.post(`/post/${post}/follow/`),
      async () => {
        const { body } = await world.alice.post('/post/', { text: 'Hoo', categories: [1, 2] })
        await world.alice.delete(`/post/${body.id}/`)
      },
    ].map(async (act) => {
      while (acting) await act()
    })
    const { id } = world.alice
    // Row by row, so that only what is repaired stands in anybody's way.
    for (let i = 0; i < 15; i++) {
      await db.query('update users set requests_sent = requests_sent + 1, posts = posts + 1 where id = $1', [id])
      await db.query('update users set requests_received = requests_received + 1 where id = $1', [world.bob.id])
      await db.query('update contribution set vote_count = vote_count + 1 where id = $1', [post])
      await db.query('update contribution_total set n = n + 1 where kind = 2 and part = $1::bigint % 16', [id])
      await repairDrift(db, relationshipRepairs, await findDrift(db))
      await repairDrift(db, categoryRepairs, await findCategoryDrift(db))
      await repairDrift(db, contributionRepairs, await findContributionDrift(db))
    }
    acting = false
    await Promise.all(acts)
    expect(await findAll()).toEqual([])
    expect(world.log.filter((line) => JSON.parse(line).status >= 500)).toEqual([])
  })
})
