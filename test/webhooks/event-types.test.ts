import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { declaredEvents } from '../../packages/verify/generate.ts'
import { eventTypes, isEventType, operationalTypes } from '../../src/webhooks/event-types.ts'
import { type Answer, createWorld, faultsOf, type Person, type Told, type World } from '../support/world.ts'
import { target } from './endpoints.ts'
import names from './event-names.json' with { type: 'json' }

const declared = await declaredEvents()
describe('the types of events', () => {
  test('are the documented, in their order', () => {
    expect(eventTypes).toEqual(names)
    expect(new Set(eventTypes).size).toBe(97)
  })

  test('are recognised by name, and ours are not among them', () => {
    expect(eventTypes.every(isEventType)).toBe(true)
    for (const name of [...operationalTypes, 'user', 'user.*', 'USER.created', '', 'constructor'])
      expect(isEventType(name), name).toBe(false)
  })

  test('that slices declare are documented or ours, each declared once', () => {
    const types = declared.map(({ type }) => type)
    expect(types.filter((type) => !isEventType(type)).sort()).toEqual([...operationalTypes].sort())
    expect(new Set(types).size).toBe(types.length)
  })
})

describe('what endpoints are subscribed to', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.end())

  const emitted = new Set(declared.map(({ type }) => type as string))
  const missing = ({ headers }: Answer) => headers.get('x-kith-not-emitted')

  test('and is not emitted yet is named where the endpoint is made, changed and shown', async () => {
    const never = eventTypes.filter((type) => !emitted.has(type))
    expect(never.length).toBeGreaterThan(0)
    const made = await world.admin.post('/webhook/endpoint/', { target, events: eventTypes })
    expect([made.status, missing(made)]).toEqual([201, never.join(',')])
    expect(Object.keys(made.body)).not.toContain('X-Kith-Not-Emitted')
    const path = `/webhook/endpoint/${made.body.id}/`
    expect(missing(await world.admin.get(path))).toBe(never.join(','))
    const patched = await world.admin.patch(path, { events: ['connection.created', 'comment.created'] })
    expect([patched.status, missing(patched)]).toEqual([200, 'comment.created'])
    expect(missing(await world.admin.patch(path, { description: 'the same' }))).toBe('comment.created')
    const put = await world.admin.put(path, { target, events: ['connection.created', ...operationalTypes] })
    expect([put.status, missing(put)]).toEqual([200, null])
    expect(missing(await world.admin.post('/webhook/endpoint/', { target, events: ['nobody.knows'] }))).toBeNull()
  })

  test('is listed with whether it is emitted, for administrators', async () => {
    const answer = await world.admin.get('/webhook/event_type/')
    expect(answer.body).toEqual(
      [...eventTypes, ...operationalTypes].map((type) => ({
        type,
        emitted: emitted.has(type),
        documented: isEventType(type),
      })),
    )
    expect((await world.alice.get('/webhook/event_type/')).status).toBe(403)
    expect((await world.visitor.get('/webhook/event_type/')).status).toBe(401)
  })

  test('is known by the server itself, whatever else is loaded', async () => {
    const program = `await import('./src/app.ts')
      const { notEmitted } = await import('./src/webhooks/event-types.ts')
      console.log(JSON.stringify(notEmitted(${JSON.stringify([...emitted])})))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: join(import.meta.dirname, '../..'),
    })
    expect(JSON.parse(stdout)).toEqual([])
  })
})

describe('every event that is told is as declared', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.end())

  const ok = async (answer: Promise<{ status: number; text: string }>) => {
    const { status, text } = await answer
    expect(status, text).toBeLessThan(300)
  }

  test('when Alice, Bob and Carla do what can be done', async () => {
    const { admin, alice, bob, carla } = world
    const seen = new Set<string>()
    const told = async () => {
      for (const event of await world.told()) {
        expect(faultsOf(event), event.type).toEqual([])
        seen.add(event.type)
      }
    }
    const password = 'Correct-horse-1'
    await ok(admin.post('/account/create/', { username: 'alice_2', email: 'alice_2@example.com', password }))
    await ok(
      alice.patch('/user/me/', { bio: 'line\nbreak "quoted" 🐇', date_of_birth: '1852-05-04', gender: 'Female' }),
    )
    await ok(alice.patch('/user/me/settings/', { qa_frequency: 1, connection_requests: 'ask' }))
    await ok(alice.patch('/user/me/settings/', { connections_visibility: 'self' }))

    const request = (who: Person, act: string, other: Person) => ok(who.post(`/user/${other.id}/connection/${act}/`))
    await request(alice, 'request', bob)
    await request(bob, 'reject', alice)
    await request(bob, 'cancel_reject', alice)
    await request(bob, 'accept', alice)
    await request(carla, 'request', bob)
    await request(carla, 'cancel_request', bob)
    await request(carla, 'request', bob)
    await request(alice, 'remove', bob)
    await told()

    const category = await admin.post('/category/', { name: 'Rabbits' })
    await ok(Promise.resolve(category))
    const about = `/category/${category.body.id}`
    await ok(alice.post(`${about}/follow/`))
    await ok(admin.patch('/dynamic_preference/', { post_geolocation_enabled: true }))
    for (const kind of ['status', 'post', 'discussion']) {
      const text = `<p>Late! <mention id="${bob.id}">@bob</mention></p>`
      const location = { location: 'Oxford', lat: 51.75, lng: -1.25 }
      const content = {
        text,
        location,
        categories: [category.body.id],
        ...(kind === 'discussion' && { title: 'Time' }),
      }
      const { body, status, text: why } = await alice.post(`/${kind}/`, content)
      expect(status, why).toBe(201)
      const path = `/${kind}/${body.id}`
      await ok(alice.put(`${path}/`, { ...content, text: '<p>Very late!</p>' }))
      for (const act of ['follow', 'follow', 'suspend', 'suspend', 'vote', 'vote'])
        await ok(bob.post(`${path}/${act}/`))
      await ok(alice.delete(`${path}/`))
      await ok(alice.post(`${path}/restore/`))
    }
    await ok(alice.post(`${about}/follow/`))
    await ok(admin.patch(`${about}/`, { slogan: 'Down the hole' }))
    await ok(admin.delete(`${about}/`))
    await told()

    // Values of each kind: a switch, a number, text, and a secret.
    await ok(admin.patch('/dynamic_preference/', { follow_enabled: true, application_name: 'Wonderland' }))
    await ok(admin.patch('/dynamic_preference/', { connection_request_daily_quota: 5, google_app_secret: 'hush' }))
    await ok(alice.post(`/user/${bob.id}/follow/`))
    await ok(carla.post(`/user/${bob.id}/follow/`))
    await ok(alice.post(`/user/${bob.id}/follow/`))
    await told()
    await ok(admin.delete(`/user/${carla.id}/`))
    await told()
    await ok(admin.patch('/dynamic_preference/', { follow_enabled: false }))
    await request(alice, 'request', bob)
    await ok(admin.delete(`/user/${bob.id}/?hard=1`))
    await told()

    const ours: readonly string[] = operationalTypes
    const types = declared.map(({ type }) => type).filter((type) => !ours.includes(type))
    expect([...seen].sort()).toEqual(types.sort())
  })

  test('and a declaration refuses what is not', async () => {
    await ok(world.alice.patch('/user/me/', { bio: 'new' }))
    const [event] = (await world.told()) as [Told]
    expect(faultsOf({ ...event, data: { ...event.data, password: 'x' } as never })).not.toEqual([])
    expect(faultsOf({ ...event, data: { ...event.data, id: 'one' } as never })).not.toEqual([])
    expect(faultsOf({ ...event, type: 'user.settings_updated' })).not.toEqual([])
  })
})
