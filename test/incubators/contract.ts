import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  pages: ['GET /api/v2/incubator/{id}/subscribers/'],
}
