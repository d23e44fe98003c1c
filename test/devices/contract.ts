import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  // Known to the official clients alone.
  undocumented: [
    'POST /api/v2/device/{type}/',
    'GET /api/v2/device/{type}/{id}/',
    'DELETE /api/v2/device/{type}/{id}/',
  ],
}
