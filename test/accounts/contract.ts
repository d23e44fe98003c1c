import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  open: {
    'DELETE /api/v2/user/{id}/': 'Everybody may leave.',
    'POST /api/v2/sso/signin/': 'It reads who they are.',
  },
}
