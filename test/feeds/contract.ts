import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  open: {
    'POST /api/v2/feed/likethis/': 'It reads; the ids would be too many for an address.',
    'POST /api/v2/feed/read/': 'It is a note that they have read, which they may.',
  },
}
