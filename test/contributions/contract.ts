import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  undocumented: [
    'POST /api/v2/discussion/{id}/restore/',
    // The official client asks for them.
    ...['status', 'post', 'discussion'].flatMap((kind) => [
      `GET /api/v2/${kind}/scheduled/`,
      `POST /api/v2/${kind}/{id}/publish/`,
      `GET /api/v2/${kind}/{id}/export/`,
    ]),
  ],
  within: {
    'GET /api/v2/category/{id}/feed/trending/': ['type', 'discussion', 'post', 'status', 'seen_by_id', 'has_boost'],
  },
  pages: ['status', 'post', 'discussion'].map((kind) => `GET /api/v2/${kind}/{id}/flag/`),
  open: Object.fromEntries(
    ['status', 'post', 'discussion'].flatMap((kind) => [
      [`POST /api/v2/${kind}/{id}/follow/`, 'Documented: they choose what they hear of.'],
      [`POST /api/v2/${kind}/{id}/suspend/`, 'Documented: they choose what they hear of.'],
      [`POST /api/v2/${kind}/{id}/hide/`, 'Nobody else sees it.'],
    ]),
  ),
}
