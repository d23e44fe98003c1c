import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  undocumented: [
    'GET /api/v2/user/hidden_users_id/',
    'GET /api/v2/user/{id}/connection/requests/',
    'GET /api/v2/user/{id}/connection/requests_sent/',
    'GET /api/v2/user/{id}/connection_requests/',
    'GET /api/v2/user/connection_requests/',
  ],
  open: {
    'POST /api/v2/user/connection/statuses/': 'It reads; the ids would be too many for an address.',
    'POST /api/v2/user/{id}/connection_requests/mark_seen/': 'It is a note that they have read, which they may.',
    'POST /api/v2/user/{id}/follow/': 'Documented: they may unfollow; to begin is refused by the act.',
  },
}
