import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  // The official client asks for it.
  undocumented: ['GET /api/v2/score/search/'],
  audiences: {
    // As whatever shows members.
    'GET /api/v2/score/leaderboard/': 'visitor',
    // Who acts for others is kept in the audit trail.
    'POST /api/v2/score/': 'scorer',
  },
}
