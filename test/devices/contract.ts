import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {
  // Known to the official clients alone.
  undocumented: [
    'POST /api/v2/device/{type}/',
    'GET /api/v2/device/{type}/{id}/',
    'DELETE /api/v2/device/{type}/{id}/',
  ],
  open: {
    'POST /api/v2/device/{type}/': 'It says where they are to be told of what they may read.',
    'DELETE /api/v2/device/{type}/{id}/': 'It takes that back.',
  },
}
