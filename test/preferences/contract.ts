import type { Exceptions } from '../contract/exceptions.ts'

const own = 'They see it alone, as their settings.'

export const exceptions: Partial<Exceptions> = {
  pages: ['GET /api/v2/user/{id}/preference/'],
  open: {
    'POST /api/v2/user/{id}/preference/': own,
    'PATCH /api/v2/user/{user_id}/preference/{id}/': own,
    'PUT /api/v2/user/{user_id}/preference/{id}/': own,
    'DELETE /api/v2/user/{user_id}/preference/{id}/': own,
  },
}
