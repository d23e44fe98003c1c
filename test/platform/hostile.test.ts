import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Case, Target } from '../../torture/hostile/case.ts'
import { corpus } from '../../torture/hostile/corpus/index.ts'
import { createGenerator, type Description } from '../../torture/hostile/generate.ts'
import { judgeAnswer, judgeCase, judgeRefusal } from '../../torture/hostile/judge.ts'
import { sendCase } from '../../torture/hostile/send.ts'
import { dice } from '../../torture/storm.ts'
import { createWorld, secret, type World } from '../support/world.ts'

// A part of `npm run torture -- --only hostile`, which sends all of it to a Kith of its own, and much more.

let world: World
let target: Target

beforeAll(async () => {
  world = await createWorld()
  const { alice, bob, admin } = world
  const blocked = await world.join('blocked')
  const editor = await world.join('editor', { role: 'editor' })
  const moderator = await world.join('moderator', { role: 'moderator' })
  // Whoever makes up calls may delete those they are made for; the first administrator stays.
  const staff = await world.join('staff', { role: 'admin' })
  await world.db.query(`update users set status = 'b' where id = $1`, [blocked.id])
  const { port, hostname } = new URL(world.url)
  const { id: post } = (await alice.post('/post/', { text: 'Good morning' })).body
  const { id: status } = (await alice.post('/status/', { text: 'Good morning' })).body
  const { id: category } = (await admin.post('/category/', { name: 'Music' })).body
  target = {
    host: hostname,
    port: Number(port),
    tokens: {
      visitor: '',
      alice: alice.token,
      bob: bob.token,
      blocked: blocked.token,
      editor: editor.token,
      moderator: moderator.token,
      admin: staff.token,
    },
    ids: { alice: alice.id, bob: bob.id, blocked: blocked.id, post, status, category },
  }
})
afterAll(() => world.end())

/** Whatever was logged as an error, or holds a secret. */
const loggedFaults = () =>
  world.log.filter(
    (line) => /"level":[56]0/.test(line) || Object.values(target.tokens).some((each) => each && line.includes(each)),
  )

/** Sends all of it, some at a time; gives what is wrong. */
async function sendAll(cases: Case[], judge = judgeCase): Promise<string[]> {
  const wrong: string[] = []
  const left = [...cases]
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let each = left.shift(); each; each = left.shift()) {
        const found = judge(each, await sendCase(each, target))
        wrong.push(...found.map((what) => `${each?.who ?? 'visitor'}, "${each?.name}": ${what}`))
      }
    }),
  )
  return wrong
}

/** Of the corpus by hand, what has stopped or frozen a Kith, and what is like it. */
const nastiest = [
  /a file that ends early/,
  /nothing but (NUL|line ends|hyphens)/,
  /(1,001|4,000) fields|2,500 files|a thousand headers of a part/,
  /no boundary|boundary of|the last boundary|a field that ends early|ends in its headers/,
  /(lists|objects) .* deep|60,000 empty|120,000 numbers|30,000 (keys|times)/,
  /^(a (value|name) with NUL|NUL|NUL, escaped|half of a surrogate pair|UTF-16.*|a character cut in two|the (name|key) __proto__)$/,
  /empty pairs|names without values|plus signs|half of a character, sent/,
  /9,000 categories|as text: 20,000/,
  /gzip|a length (that is not|and chunks|of 10 GB)|chunk size|two lengths|smuggled/,
  /^Host: |no Host|two Hosts|100 kB of headers|a header of 100 kB/,
  /\/user\/search\/ with a forged cursor/,
  /token with (alg|kid|a kid|jku|crit|no |dots)/,
  /of stranger|10 MB of one|10 MB with/,
  /TLS bytes|every byte|a reset|PROXY/,
  /GET \/user\/ID\/ of /,
  /a post of (12 quotes|lines of one|bidi)/,
]

describe('a hostile request', () => {
  test('is refused in the documented form, and ends nothing', async () => {
    const all = corpus(secret).flatMap(({ cases }) => cases)
    const chosen = all.filter(({ name, patience }) => !patience && nastiest.some((each) => each.test(name)))
    for (const each of nastiest)
      expect(all.filter(({ name }) => each.test(name)).length, String(each)).toBeGreaterThan(0)
    expect(chosen.length).toBeGreaterThan(100)
    expect(await sendAll(chosen)).toEqual([])
    expect(loggedFaults()).toEqual([])
    expect((await world.alice.get('/user/me/')).status).toBe(200)
  })

  test('has a name of its own', () => {
    const names = corpus(secret).flatMap(({ name, cases }) => cases.map((each) => `${name}: ${each.name}`))
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    expect(names.length).toBeGreaterThan(300)
  })
})

describe('a call made up from the description', () => {
  const make = (description: Description, seed: number) =>
    createGenerator(description, dice(seed), { ids: target.ids, receiver: 'http://127.0.0.1:1/' })

  test('is answered, whoever makes it, and never with the fault of the server', async () => {
    const description = (await world.send('/openapi.json')).body as Description
    const next = make(description, 7)
    const calls = Array.from({ length: 1_500 }, next)
    const offered = Object.values(description.paths).flatMap((each) =>
      Object.values(each).map(({ operationId }) => operationId),
    )
    const missed = () => {
      const called = new Set(calls.map(({ operation }) => operation))
      return offered.filter((each) => !called.has(each))
    }
    // All of the API is called.
    while (missed().length && calls.length < 5_000) calls.push(next())
    expect(missed()).toEqual([])
    const cases = calls.map(
      ({ who, operation, request }): Case => ({ name: operation, who, send: request, allowed: [] }),
    )
    const methods = new Map(cases.map((each, i) => [each, calls[i]?.request.method]))
    const wrong = await sendAll(cases, (each, { answers: [answer], closed, silent }) => {
      if (!answer) return closed || silent ? ['no answer'] : []
      const found =
        judgeAnswer(answer) ?? (answer.status >= 400 && methods.get(each) !== 'HEAD' ? judgeRefusal(answer) : null)
      return found ? [`${found} (${JSON.stringify(each.send).slice(0, 1_000)})`] : []
    })
    expect(wrong).toEqual([])
    expect(loggedFaults()).toEqual([])
  })

  test('is the same again with the same seed', async () => {
    const description = (await world.send('/openapi.json')).body as Description
    const some = (seed: number) => Array.from({ length: 50 }, make(description, seed))
    expect(some(3)).toEqual(some(3))
    expect(some(3)).not.toEqual(some(4))
  })
})

test('a refusal that is not as documented is found', () => {
  const refusal = (status: number, body: string, headers: Record<string, string> = {}) =>
    judgeRefusal({ status, body, headers: { 'content-type': 'application/json', ...headers }, ms: 1 })
  const good = '{"errors":[{"code":"invalid","message":"Send a number."}]}'
  expect(refusal(400, good)).toBeNull()
  expect(
    refusal(400, '{"errors":[{"field":"a","messages":[{"code":"invalid","message":"Send a number."}]}]}'),
  ).toBeNull()
  expect(refusal(503, good, { 'retry-after': '1' })).toBeNull()
  expect(refusal(503, good)).toMatch(/Retry-After/)
  expect(refusal(400, '')).toMatch(/without JSON/)
  expect(refusal(400, '{"errors":[]}')).toMatch(/without errors/)
  expect(refusal(400, '{"errors":[{"code":"invalid","message":"bad"}]}')).toMatch(/sentence/)
  expect(refusal(400, good, { 'content-type': 'text/html' })).toMatch(/text\/html/)
  expect(judgeAnswer({ status: 500, body: '', headers: {}, ms: 1 })).toMatch(/500/)
})
