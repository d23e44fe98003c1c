import type { Exceptions } from '../contract/exceptions.ts'

const all = ['GET ', 'GET {id}/', 'POST {id}/start/', 'POST {id}/complete/', 'POST {id}/reset/'].map((each) => {
  const [method, rest] = each.split(' ')
  return `${method} /api/v2/onboarding/${rest}`
})

export const exceptions: Partial<Exceptions> = {
  audiences: Object.fromEntries(all.map((name) => [name, 'creator'])),
  // A step has `results` of its own, which are taken for those of a page; the test of them names each field.
  within: Object.fromEntries(all.map((name) => [name, []])),
}
