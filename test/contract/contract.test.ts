import { Validator } from '@seriousme/openapi-schema-validator'
import type { TSchema } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../src/slices.ts'
import { createWorld, type World } from '../support/world.ts'
import contract from './endpoints.json' with { type: 'json' }
import { exceptions } from './exceptions.ts'

type Documented = {
  endpoint: string
  auth: string
  modes?: string[]
  status: number[]
  paginated?: boolean
  takes: string[]
  fields: string[]
}

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`
const documented = new Map((contract as Documented[]).map((each) => [each.endpoint, each]))
const served = endpoints.map((endpoint) => ({
  endpoint,
  name: nameOf(endpoint),
  facts: documented.get(nameOf(endpoint)),
}))

/** What slices say of themselves. */
const { undocumented, audiences, within, pages } = exceptions

const fieldsOf = (schema: TSchema | null): string[] => {
  const { properties, anyOf, items } = (schema ?? {}) as {
    properties?: Record<string, TSchema>
    anyOf?: TSchema[]
    items?: TSchema
  }
  if (anyOf) return anyOf.flatMap(fieldsOf)
  if (items) return fieldsOf(items)
  const results = properties?.results as { items?: TSchema } | undefined
  return results?.items ? fieldsOf(results.items) : Object.keys(properties ?? {})
}

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

describe('every endpoint', () => {
  test('is documented, or says that it is ours', () => {
    const strange = served.filter(({ endpoint, name, facts }) => {
      return !facts && !endpoint.declaration.extension && !undocumented.includes(name)
    })
    expect(strange.map(({ name }) => name)).toEqual([])
    expect(undocumented.filter((name) => !served.some((each) => each.name === name))).toEqual([])
  })

  test('is open to whom the documentation says', () => {
    const words: Record<string, string[]> = {
      none: ['anyone'],
      user: ['member', 'active member'],
      self: ['self', 'active self'],
      self_or_admin: ['self or admin'],
      admin: ['admin'],
      content_availability: ['visitor'],
      undocumented: ['visitor'],
      owner: ['author'],
      moderator: ['moderator'],
    }
    for (const { endpoint, name, facts } of served) {
      if (!facts) continue
      const expected = audiences[name] ? [audiences[name]] : words[facts.auth]
      expect(expected, name).toContain(endpoint.declaration.who.name)
    }
  })

  test('belongs to the mode the documentation says', () => {
    for (const { endpoint, name, facts } of served) {
      const [mode] = facts?.modes ?? []
      if (mode) expect(endpoint.declaration.onlyIf?.name, name).toBe(`${mode} mode`)
    }
  })

  test('answers with the documented status, as a page or not, with every documented field', () => {
    for (const { endpoint, name, facts } of served) {
      if (!facts) continue
      const { returns } = endpoint.declaration
      expect(facts.status, name).toContain(returns.status)
      expect(Boolean(returns.page), name).toBe(Boolean(facts.paginated) || pages.includes(name))
      // can_send_pm_to waits for private messages.
      const there = ['can_send_pm_to', ...fieldsOf(returns.schema)]
      expect(
        (within[name] ?? facts.fields).filter((field) => !there.includes(field)),
        name,
      ).toEqual([])
    }
  })

  test('of a mode is refused in the other and in none', async () => {
    const gated = served.filter(({ endpoint }) => endpoint.declaration.onlyIf?.name.endsWith(' mode'))
    const states = [
      { follow_enabled: true, connection_enabled: true, refuses: 'friendship mode' },
      { follow_enabled: false, connection_enabled: true, refuses: 'follow mode' },
      { follow_enabled: false, connection_enabled: false, refuses: '' },
    ]
    for (const { refuses, ...options } of states) {
      await world.set(options)
      for (const { endpoint, name } of gated) {
        if (refuses && endpoint.declaration.onlyIf?.name !== refuses) continue
        const path = endpoint.path.replace('/api/v2', '').replace('{id}', 'me')
        const { token } = endpoint.declaration.who.name === 'admin' ? world.admin : world.alice
        const answer = await world.send(path, {
          method: endpoint.method,
          headers: { authorization: `Bearer ${token}` },
        })
        expect([name, answer.status, answer.body.errors[0].code]).toEqual([
          name,
          400,
          expect.stringMatching(/_mode_required$/),
        ])
      }
    }
    await world.set({ follow_enabled: false, connection_enabled: true })
    expect(await world.told()).toEqual([])
  })
})

describe('the description of the API', () => {
  test('is valid OpenAPI 3.1 and names every endpoint', async () => {
    const answer = await world.visitor.get('/openapi.json')
    expect(answer.status).toBe(200)
    const result = await new Validator().validate(answer.body)
    expect(result.errors ?? '').toBe('')
    expect(answer.body.openapi).toBe('3.1.0')
    for (const { method, path } of endpoints) expect(answer.body.paths[path]).toHaveProperty(method.toLowerCase())
    expect(answer.body.servers).toEqual([{ url: world.url }])
    expect(Object.keys(answer.body.components.schemas)).toEqual(
      expect.arrayContaining(['User', 'ConnectionRequest', 'Errors']),
    )
  })

  test('has a page to browse it, which calls nobody else', async () => {
    const page = await world.send(`${world.url}/docs/reference`)
    expect(page.status).toBe(200)
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string)
    expect(links).toHaveLength(4)
    for (const link of links) expect((await world.send(`${world.url}${link}`)).status, link).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'self'")
    expect((await world.send(`${world.url}/docs/reference/`)).status).toBe(200)
  })
})
