import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  audiences: {
    // Administrators, too: an integration keeps profiles in step.
    'PATCH /api/v2/user/{id}/': 'self or admin',
    'PUT /api/v2/user/{id}/': 'self or admin',
    'GET /api/v2/user/{id}/settings/': 'self',
    'PATCH /api/v2/user/{id}/settings/': 'active self',
    'GET /api/v2/user/me/platform_url/': 'staff',
  },
  open: { 'POST /api/v2/user/match/': 'It reads; the names would be too many for an address.' },
}
