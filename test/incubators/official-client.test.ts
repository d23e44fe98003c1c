import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'

const { http, IncubatorService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.set({ incubator_enabled: true, incubator_subscribers: 1 })
  http.setBasePortal(world.url)
})
afterAll(() => world.end())

test('the official client proposes, supports and reads incubators', async () => {
  const { alice, admin } = world
  http.setAuthorizeToken(alice.token)
  const made = await IncubatorService.createIncubator({ name: 'Owls', slogan: 'Who?' })
  const read = { ...made, subscribers_count: 1, subscribed: true, status: 1 }
  const called = {
    createIncubator: async () => expect(made).toMatchObject({ name: 'Owls', slug: 'owls', status: 0 }),
    subscribeToIncubator: async () => expect(await IncubatorService.subscribeToIncubator(made.id)).toBe(''),
    checkIncubatorSubscription: async () =>
      expect(await IncubatorService.checkIncubatorSubscription(made.id)).toEqual({ subscribed: true }),
    getSpecificIncubator: async () => expect(await IncubatorService.getSpecificIncubator(made.id)).toEqual(read),
    getAllIncubators: async () =>
      expect((await IncubatorService.getAllIncubators({ ordering: '-added_at' } as never)).results).toEqual([read]),
    searchIncubators: async () =>
      expect((await IncubatorService.searchIncubators({ search: 'owl', status: 1 })).results).toEqual([read]),
    getIncubatorSubscribers: async () =>
      expect((await IncubatorService.getIncubatorSubscribers(made.id)).results).toMatchObject([{ id: alice.id }]),
  }
  for (const call of Object.values(called)) await call()
  const offered = Object.getOwnPropertyNames(IncubatorService).filter(
    (name) => typeof IncubatorService[name as 'getAllIncubators'] === 'function',
  )
  expect(offered.sort()).toEqual(Object.keys(called).sort())
  await ok(admin.post(`/incubator/${made.id}/approve/`))
  expect(await IncubatorService.getSpecificIncubator(made.id)).toMatchObject({
    status: 2,
    approved_category: { name: 'Owls', slug: 'owls' },
  })
})
