import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  pages: ['GET /api/v2/category/{id}/followers/'],
  open: { 'POST /api/v2/category/{id}/follow/': 'Documented: they choose what they read.' },
}
