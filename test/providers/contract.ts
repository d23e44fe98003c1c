import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  undocumented: ['GET /api/v2/user/{id}/provider/'],
  audiences: {
    'GET /api/v2/user/provider/': 'anyone',
    // Others see it in the profile.
    'POST /api/v2/user/{id}/provider/': 'active self or admin',
    'DELETE /api/v2/user/{id}/provider/': 'active self or admin',
  },
}
