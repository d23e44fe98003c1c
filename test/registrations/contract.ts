import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  open: { 'POST /api/v2/account/verify/': 'It is their account, and nobody else sees it.' },
}
