import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../support/world.ts'
import { openPage, heartbeat } from './page.ts'

let world: World
beforeAll(async () => { world = await createWorld() })
afterAll(() => world.end())

test('a page is told', async () => {
  const { alice, bob } = world
  const page = await openPage(world, alice)
  expect(page.protocol).toBe(`__${alice.token}`)
  page.say(heartbeat)
  expect(await page.next()).toBe(heartbeat)
  await bob.post(`/user/${alice.id}/connection/request/`)
  await bob.post(`/user/${alice.id}/connection/cancel_request/`)
  console.log(JSON.parse(await page.next()))
  await page.close()
})
