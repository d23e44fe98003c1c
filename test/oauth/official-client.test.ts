import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../support/world.ts'
import { makeApp, password, refresh, signIn } from './support.ts'

const client = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')
const { http, Endpoints, UserService } = client

let world: World

beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
})
afterAll(() => world.end())

test('the official client gets a token where it looks for it, acts with it, and changes the password', async () => {
  const dora = await world.join('dora', { password })
  const app = await makeApp(world, { confidential: false })
  await world.told()
  const { method, url } = Endpoints.OAuthToken as NonNullable<typeof Endpoints.OAuthToken>
  // It sends JSON unless told otherwise, also where OAuth has a form.
  const sent = { grant_type: 'password', client_id: app.client_id, username: 'dora', password }
  const answer = await http.request({ method, url: url({}), data: sent })
  const data = answer.data as { access_token: string; refresh_token: string }
  http.setAuthorizeToken(data.access_token)
  expect(await UserService.getCurrentUser()).toMatchObject({ id: dora.id, username: 'dora' })
  expect(await UserService.userRequestConnection(world.bob.id)).toEqual({
    connection_status: 'sent_connection_request',
  })
  expect(await UserService.changeUserPassword(dora.id, password, 'another Horse 8')).toBe('')
  expect(await UserService.getCurrentUser()).toMatchObject({ id: dora.id })

  // What an application does that is told 401: it refreshes, and goes on.
  world.pass(36_001_000)
  await expect(UserService.getCurrentUser()).rejects.toMatchObject({ response: { status: 401 } })
  const renewed = (await refresh(world, app, data.refresh_token)).body
  http.setAuthorizeToken(renewed.access_token)
  expect(await UserService.getCurrentUser()).toMatchObject({ id: dora.id })
  expect((await signIn(world, app, 'dora')).status).toBe(400)
  expect(await world.toldShort()).toEqual(['connection_request.created dora>bob'])
  http.setAuthorizeToken('')
})
