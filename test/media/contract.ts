import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  open: { 'POST /api/v2/media/{id}/click/': 'It counts that somebody looked, and shows nothing of who.' },
  audiences: {
    // Documented as optional: nobody learns of what they may not see.
    'POST /api/v2/media/{id}/click/': 'visitor',
  },
}
