import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  within: {
    'GET /api/v2/moderation/user/': [
      ...['id', 'username', 'status', 'blocked_at', 'days_blocked', 'expire_at', 'last_seen'],
      ...['flags_given', 'flags_received', 'last_score_variation'],
    ],
  },
  pages: ['GET /api/v2/moderation/contribution/{id}/flag/'],
}
