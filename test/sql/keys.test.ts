import { expect, test } from 'vitest'
import { keyOf } from '../../src/platform/sql/statement.ts'

test('variants of a statement are told apart by what is said of what', () => {
  expect(keyOf({ own: true })).not.toBe(keyOf({ mixed: true }))
  expect([keyOf(undefined), keyOf({ own: true })]).toEqual(['', 'own=true'])
  expect(keyOf({ own: true, mixed: false })).not.toBe(keyOf({ own: false, mixed: true }))
  expect(keyOf({ kind: { name: 'post' }, names: ['age', 'user'] })).toBe('kind=post names=age,user')
  expect(() => keyOf({ kind: {} })).toThrow('neither key nor name')
})
