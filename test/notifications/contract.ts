import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  audiences: {
    // Documented as open to anyone; but what is read is read by somebody.
    'POST /api/v2/notification/banner/read/': 'member',
  },
  open: {
    'POST /api/v2/notification/read/': 'It is a note that they have read, which they may.',
    'POST /api/v2/notification/banner/read/': 'It is a note that they have read, which they may.',
    'POST /api/v2/notification/banner/dispose/': 'It is a note that they have read, which they may.',
  },
}
