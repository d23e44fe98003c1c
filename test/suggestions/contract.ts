import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  within: {
    'GET /api/v2/suggestion/': ['type', 'score', 'user', 'category'],
    // There are none of these: their pages are empty.
    ...Object.fromEntries(['course', 'event'].map((what) => [`GET /api/v2/suggestion/${what}/`, []])),
  },
}
