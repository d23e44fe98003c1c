import { afterAll, beforeAll, expect, test } from 'vitest'
import { unseenAuthors } from '../../src/contributions/seen.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'
import { finds, write } from './places.ts'

// One rule of who sees whose contributions: what one hides, or is hidden by, is in no list, no count and at no address.

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({ share_post_enabled: true, polls_enabled: true })
})
afterAll(() => world.end())

test('neither of two of whom one hides the other finds what the other writes, in anything', async () => {
  const [alice, bob, carla] = await world.strangers()
  const places = await write(world, alice, carla, [bob])
  expect(await finds(bob, alice, places)).toBe(true)
  for (const [one, other] of [
    [bob, alice],
    [alice, bob],
  ] as const) {
    await ok(one.post(`/user/${other.id}/hide/`))
    expect(await finds(bob, alice, places)).toBe(false)
    await ok(one.post(`/user/${other.id}/hide/`))
    expect(await finds(bob, alice, places)).toBe(true)
  }
  // It stays so once a member has left whom one hid; not what members hid who have left.
  await ok(bob.post(`/user/${alice.id}/hide/`))
  await ok(alice.delete(`/user/${alice.id}/`))
  const there = { ...places, addresses: places.addresses.filter((path) => !path.startsWith('/user/')) }
  expect(await finds(bob, alice, { ...there, lists: there.lists.filter((path) => !path.includes('user=')) })).toBe(
    false,
  )
})

test('those who moderate see what members write who hide them, but not what they hide themselves', async () => {
  const [alice, mona, carla] = await world.strangers()
  await world.db.query(`update users set role = 'moderator' where id = $1`, [mona.id])
  const places = await write(world, alice, carla, [mona])
  await ok(alice.post(`/user/${mona.id}/hide/`))
  expect(await finds(mona, alice, places)).toBe(true)
  await ok(mona.post(`/user/${alice.id}/hide/`))
  expect(await finds(mona, alice, places)).toBe(false)
  await ok(mona.post(`/user/${alice.id}/hide/`))
  await world.db.query('update users set role = null where id = $1', [mona.id])
  expect(await finds(mona, alice, places)).toBe(false)
})

test('of whom somebody sees nothing is read from an index that has nobody else', async () => {
  const plan = await world.db.transaction(async (tx) => {
    await tx.query('set local enable_seqscan = off')
    return tx.query(`explain (costs off) ${unseenAuthors(String(world.alice.id))}`)
  })
  expect(JSON.stringify(plan)).toMatch(/Scan using relation_hidden|Bitmap Index Scan on relation_hidden/)
})
