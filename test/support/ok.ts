import { expect } from 'vitest'
import type { Answer } from './world.ts'

/** What was asked for is done; else the test fails by what was answered. */
export async function ok(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  expect(answer.status, answer.text).toBeLessThan(300)
  return answer
}
