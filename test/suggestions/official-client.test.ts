import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'

const { http, SuggestionService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

let world: World
beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
})
afterAll(() => world.end())

/** What the client has and the scenario does not call, and why. */
const uncalled = {
  getCourseSuggestion: 'There are no courses.',
  getEventSuggestion: 'There are no events.',
  getPollSuggestion: 'Polls are off.',
}

test('the official client reads what is suggested', async () => {
  const [dora, erin, fay] = await world.strangers()
  const { body: birds } = await ok(world.admin.post('/category/', { name: 'Birds' }))
  await world.set({ incubator_enabled: true })
  const { body: owls } = await ok(erin.post('/incubator/', { name: 'Owls' }))
  for (const [who, whom] of [
    [dora, erin],
    [erin, fay],
  ] as const) {
    await ok(who.post(`/user/${whom.id}/connection/request/`))
    await ok(whom.post(`/user/${who.id}/connection/accept/`))
  }
  http.setAuthorizeToken(dora.token)
  const called = {
    getUserSuggestion: async () =>
      expect((await SuggestionService.getUserSuggestion()).results).toMatchObject([{ id: fay.id }]),
    getCategorySuggestion: async () =>
      expect((await SuggestionService.getCategorySuggestion()).results).toMatchObject([{ id: birds.id }]),
    getIncubatorSuggestion: async () =>
      expect((await SuggestionService.getIncubatorSuggestion()).results).toMatchObject([{ id: owls.id }]),
    getSearchSuggestion: async () =>
      expect((await SuggestionService.getSearchSuggestion('bir')).results).toMatchObject([
        { type: 'category', category: { id: birds.id } },
      ]),
  }
  for (const call of Object.values(called)) await call()
  const offered = Object.getOwnPropertyNames(SuggestionService).filter(
    (name) => typeof SuggestionService[name as 'getUserSuggestion'] === 'function',
  )
  expect(offered.sort()).toEqual([...Object.keys(called), ...Object.keys(uncalled)].sort())
})
