import { afterAll, beforeAll, expect, test } from 'vitest'
import { decide, outdated } from '../../src/platform/db/decide.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const conflict = () => world.db.query('select raise_conflict()')

test('what was outdated, or found out halfway that it is, is decided again until it holds', async () => {
  let attempts = 0
  const decided = await decide(async () => {
    attempts++
    if (attempts === 1) return outdated
    if (attempts === 2) await conflict()
    return 'done'
  })
  expect([decided, attempts]).toEqual(['done', 3])
})

test('a refusal, or a failure that is nobody else’s doing, ends it at once', async () => {
  let attempts = 0
  const failing = decide(async () => {
    attempts++
    await world.db.query('select 1 / 0')
    return 'done'
  })
  await expect(failing).rejects.toMatchObject({ code: '22012' })
  expect(attempts).toBe(1)
})

test('it gives up after forty attempts, with a 503 that says to try again', async () => {
  let attempts = 0
  const failing = decide(async () => {
    attempts++
    await conflict()
  })
  await expect(failing).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': '1' } })
  expect(attempts).toBe(40)
})
