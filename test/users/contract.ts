import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  audiences: {
    'PUT /api/v2/user/{id}/': 'active self',
    'GET /api/v2/user/{id}/settings/': 'self',
    'PATCH /api/v2/user/{id}/settings/': 'active self',
  },
  notYet: { 'GET /api/v2/user/search/': ['lat_lng', 'user_position', 'tag', 'category'] },
}
