import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  open: {
    'DELETE /api/v2/oauth/allowed/{id}/': 'It ends what an app may do for them.',
    'POST /oauth/token/': 'They may read, and so sign in.',
    'POST /oauth/revoke_token/': 'It ends what an app may do.',
    'POST /oauth/introspect/': 'It is about a token, whoever it is of.',
  },
}
