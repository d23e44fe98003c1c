import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  notYet: {
    'POST /api/v2/account/create/': ['invite_code', 'promo_code', 'custom_user_metadata'],
    'POST /api/v2/sso/signup/': ['avatar_base64', 'cover_base64', 'tags'],
  },
  open: { 'DELETE /api/v2/user/{id}/': 'Everybody may leave.' },
}
