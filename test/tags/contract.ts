import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  undocumented: ['GET /api/v2/tag/user/search/'],
}
