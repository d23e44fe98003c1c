import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { declaredEvents as declared } from '../../src/slices.ts'
import { eventTypes, isEventType, operationalTypes } from '../../src/webhooks/event-types.ts'
import { ok } from '../support/ok.ts'
import { createWorld, faultsOf, type Told, type World } from '../support/world.ts'
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
      for (const { type } of await world.told()) seen.add(type)
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
