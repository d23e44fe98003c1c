import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  audiences: {
    // Whom one may write to is asked of each recipient, once the body is read.
    'POST /api/v2/pm/': 'active member',
    // Documented without a word about it: it finds people for the one who asks.
    'GET /api/v2/pm/search/': 'member',
  },
  open: { 'DELETE /api/v2/pm/': 'Others keep the thread, and see nothing of it.' },
}
