import type { Exceptions } from '../contract/exceptions.ts'

/** No token is needed; with one, members see what they have said to a page. */
const readByAnyone = ['', '{id}/', '{policy}/revisions/', 'last_revisions/', 'search/']

export const exceptions: Partial<Exceptions> = {
  audiences: Object.fromEntries(readByAnyone.map((which) => [`GET /api/v2/legal_page/${which}`, 'anyone'])),
  open: { 'POST /api/v2/legal_page/{id}/ack/': 'What they agree to is theirs to say, and nobody sees it.' },
}
