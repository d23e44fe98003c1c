import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  audiences: {
    // Documented as optional: nobody learns of what they may not see.
    'POST /api/v2/media/{id}/click/': 'visitor',
  },
  open: { 'POST /api/v2/media/{id}/click/': 'It is a note that they followed a link, which they may.' },
}
