import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  open: { 'POST /api/v2/jwt/verify_token/': 'It is about a token, whoever sends it.' },
}
