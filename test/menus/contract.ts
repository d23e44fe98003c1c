import type { Exceptions } from '../contract/exceptions.ts'

const menu = ['id', 'name', 'items', 'created_at', 'updated_at']

export const exceptions: Partial<Exceptions> = {
  within: Object.fromEntries(
    ['', '{id}/', 'base/', 'search/'].map((which) => [`GET /api/v2/custom_menu/${which}`, menu]),
  ),
}
