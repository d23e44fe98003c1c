import type { Exceptions } from '../contract/exceptions.ts'

const theirs = 'It is their account, and nobody else sees it.'

export const exceptions: Partial<Exceptions> = {
  audiences: { 'PATCH /api/v2/user/{id}/change_email/': 'self or admin' },
  open: {
    'PATCH /api/v2/user/{id}/change_email/': theirs,
    'POST /api/v2/user/{id}/confirm_email/': theirs,
    'POST /api/v2/account/recover/': theirs,
    'POST /api/v2/account/reset/': theirs,
    'POST /api/v2/account/verify/validation_code/': 'It reads whether a code is good.',
  },
}
