import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { declaredEvents as declared } from '../../src/slices.ts'
import { eventTypes, isEventType, operationalTypes } from '../../src/webhooks/event-types.ts'
import { ok } from '../support/ok.ts'
import { type Answer, createWorld, faultsOf, type Told, type World } from '../support/world.ts'
import { target } from './endpoints.ts'
import names from './event-names.json' with { type: 'json' }

const tests = join(import.meta.dirname, '..')

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
    const one = never[0] as string
    const patched = await world.admin.patch(path, { events: ['connection.created', one] })
    expect([patched.status, missing(patched)]).toEqual([200, one])
    expect(missing(await world.admin.patch(path, { description: 'the same' }))).toBe(one)
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

  test('when Alice, Bob and Carla do what can be done, slice by slice', async () => {
    const seen = new Set<string>()
    for (const file of globSync('*/everything.ts', { cwd: tests }).sort()) {
      await (await import(pathToFileURL(join(tests, file)).href)).doEverything(world)
      for (const { type } of [...(await world.told()), ...(await world.notified())]) seen.add(type)
    }
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
