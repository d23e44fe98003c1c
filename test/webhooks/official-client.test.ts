import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventTypes } from '../../src/webhooks/event-types.ts'
import { createWorld, type World } from '../support/world.ts'
import { addAttempts, target, waiting } from './endpoints.ts'

// The vendor's published client, as it is. Its ESM build cannot be imported by Node; its CommonJS build can.
const client = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')
const { http, WebhookService, FeatureService } = client

let world: World

beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
  http.setAuthorizeToken(world.admin.token)
})
afterAll(() => world.end())

const events = [{ type: 'connection.created' }, { type: 'user.created' }]
const make = () => WebhookService.createWebhookEndpoint({ target, events })

test('the official client finds webhooks among the features, and what can be subscribed to', async () => {
  const { results } = await FeatureService.getAllFeatures()
  expect(results).toContainEqual(expect.objectContaining({ name: 'webhook', enabled: true }))
  expect(await WebhookService.getAllWebhookEvents()).toEqual([...eventTypes])
})

test('the official client makes, reads, changes and deletes an endpoint', async () => {
  const made = await make()
  expect(made).toMatchObject({ target, is_active: true, description: '', ssl_cert_verification: true })
  expect(made.events.map(({ type }) => type)).toEqual(['connection.created', 'user.created'])
  expect(await WebhookService.getASpecificWebhookEndpoint(made.id)).toEqual(made)
  expect(await WebhookService.getAllWebhookEndpoints()).toEqual({
    count: 1,
    next: null,
    previous: null,
    results: [made],
  })

  const updated = await WebhookService.updateASpecificWebhookEndpoint(made.id, { ...made, description: 'Ours' })
  expect(updated).toEqual({ ...made, description: 'Ours', updated_at: updated.updated_at })
  const patched = await WebhookService.updateASingleWebhookEndpointField(made.id, { is_active: false } as never)
  expect(patched).toEqual({ ...updated, is_active: false, updated_at: patched.updated_at })

  expect(await WebhookService.deleteWebhookEndpoint(made.id)).toBe('')
  await expect(WebhookService.getASpecificWebhookEndpoint(made.id)).rejects.toMatchObject({ response: { status: 404 } })
})

test('the official client reveals the secret, and has it replaced', async () => {
  const made = await make()
  const { signing_secret } = await WebhookService.revealWebhookSigningSecret(made.id)
  expect(signing_secret).toMatch(/^whsec_/)
  const expired = await WebhookService.expireWebhookSigningSecret(made.id)
  expect(expired).toEqual({ ...made, updated_at: expired.updated_at })
  expect((await WebhookService.revealWebhookSigningSecret(made.id)).signing_secret).not.toBe(signing_secret)
})

test('the official client lists attempts and has events sent again', async () => {
  const made = await make()
  await addAttempts(world, made.id, [{ event: 1 }, { event: 2, code: 500, retry: Date.now() + 5_000 }])
  const { count, results } = await WebhookService.getAllWebhookEndpointAttempts(made.id)
  expect(count).toBe(2)
  expect(results[0]).toMatchObject({
    event: { type: 'user.created' },
    http_request_signature_header: expect.stringMatching(/^t=\d+,v1=[\da-f]{64},v0=[\da-f]{64}$/),
  })
  expect(await WebhookService.resendWebhookEndpointEvent(made.id, 1)).toBe('')
  expect(await WebhookService.resendMultipleWebhookEndpointEvent(made.id, [1, 2, 4_000_000])).toBe('')
  expect((await waiting(world, made.id)).map(({ event_id, run }) => [event_id, run])).toEqual([
    [1, 2],
    [2, 1],
  ])
})

test('the official client is told by 403 that it is not for members', async () => {
  http.setAuthorizeToken(world.alice.token)
  await expect(make()).rejects.toMatchObject({ response: { status: 403 } })
  http.setAuthorizeToken(world.admin.token)
})
