import { expect, test } from 'vitest'
import { explainFileError } from '../../src/platform/process.ts'

test('what a file system refuses is a sentence that says what to do', () => {
  const refused = (code: string) =>
    Object.assign(new Error(code), { code, syscall: 'open', path: '/srv/kith/jwt-secret' })
  expect(explainFileError(refused('ENOSPC'))).toBe(
    '/srv/kith/jwt-secret cannot be used (open): there is no room left on its disk. Make room, then try again.',
  )
  for (const code of ['EROFS', 'EACCES', 'EPERM', 'EDQUOT', 'ENOTDIR', 'EIO', 'EMFILE'])
    expect(explainFileError(refused(code)), code).toMatch(/^\/srv\/kith\/jwt-secret cannot be used \(open\): .*\.$/)
  // Anything else is not the file system's, and keeps its stack.
  expect(explainFileError(new TypeError('x is not a function'))).toBeNull()
  expect(explainFileError(Object.assign(new Error('no'), { code: 'EACCES' }))).toBeNull()
})
