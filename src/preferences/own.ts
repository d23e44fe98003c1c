import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'
import { renderPreference } from './views.ts'

export const ownPreferences: Record<string, OwnRows> = {
  preferences: ownRows('preferences: what a member has', ($) => ({
    key: 'p.id',
    json: renderPreference,
    from: `from user_preference p where p.member_id = ${$.member}`,
  })),
}
