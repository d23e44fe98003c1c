import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  audiences: {
    // Documented as for everybody who may read: that would be for visitors to change.
    'PUT /api/v2/embed/{id}/': 'admin',
    'PATCH /api/v2/embed/{id}/': 'admin',
  },
}
