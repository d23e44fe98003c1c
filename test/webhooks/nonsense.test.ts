import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { headings } from '../../src/slices.ts'
import { often, within } from '../support/soak.ts'
import { createWorld, type World } from '../support/world.ts'
import { addEndpoint, target } from './endpoints.ts'

let world: World
let id: number

beforeAll(async () => {
  world = await createWorld()
  id = (await addEndpoint(world)).id
})
afterAll(() => world.end())

const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, 2 ** 31, 2 ** 53, 2 ** 63, 1e300))
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\u0000', '\ud800', 'null', '[', '{"a":', '1e999', 'Infinity', '__proto__', '%', "'; --", target),
)
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, number, text, fc.boolean(), fc.constant(null), tie('list'), tie('object')),
  list: fc.array(tie('any'), { maxLength: 5 }),
  object: fc.dictionary(fc.oneof(text, fc.constantFrom('type', 'added_at')), tie('any'), { maxKeys: 3 }),
})).any

const acts = (headings.Webhooks ?? []).filter(({ method }) => method !== 'DELETE')

test(
  'no nonsense that is sent is ever taken for a fault of ours',
  async () => {
    const sent = fc.constantFrom(...acts).chain(({ method, path, pathNames, takes }) => {
      const names = Object.keys(takes).filter((name) => !pathNames.includes(name))
      const fields = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] })
      return fc.record({ method: fc.constant(method), path: fc.constant(path), body: fc.oneof(fields, value) })
    })
    await fc.assert(
      fc.asyncProperty(sent, async ({ method, path, body }) => {
        const at = path.replace('/api/v2', '').replace('{id}', String(id))
        const query = new URLSearchParams()
        for (const [name, each] of Object.entries(Object(body)))
          query.append(name, typeof each === 'string' ? each : JSON.stringify(each))
        const answer = await world.send(method === 'GET' ? `${at}?${query}` : at, {
          method,
          headers: { authorization: `Bearer ${world.admin.token}`, 'content-type': 'application/json' },
          ...(method !== 'GET' && { body: JSON.stringify(body) }),
        })
        expect(answer.status, answer.text).toBeLessThan(500)
        if (answer.status < 400) return
        const [{ message, messages }] = answer.body.errors
        expect(message ?? messages[0].message).toMatch(/[.:]$/)
      }),
      { numRuns: often(1_500) },
    )
    expect((await world.admin.get(`/webhook/endpoint/${id}/`)).status).toBe(200)
  },
  within(60_000),
)
