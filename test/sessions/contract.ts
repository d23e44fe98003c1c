import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  audiences: { 'PATCH /api/v2/user/{id}/change_password/': 'self' },
  open: { 'PATCH /api/v2/user/{id}/change_password/': 'It is their account, and nobody else sees it.' },
}
