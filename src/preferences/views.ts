import Type from '../platform/schema.ts'
import { integer, moment, nested, plainView, renderSql, text } from '../platform/sql/view.ts'

/** @param p the row of user_preference it reads */
const preference = (p: string) =>
  plainView('UserPreference', 'What a client keeps for a member.', {
    id: integer(`${p}.id`),
    user_id: integer(`${p}.member_id`),
    key: text(`${p}.key`),
    value: nested(Type.Unknown({ description: 'Any JSON, as it was sent.' }), `${p}.value::text`),
    created_at: moment(`${p}.created_at`),
    last_updated_at: moment(`${p}.last_updated_at`),
  })

export const UserPreference = preference('p')

/** SQL of a preference as JSON. */
export const renderPreferenceOf = (p: string) => renderSql(preference(p), null)
export const renderPreference = renderPreferenceOf('p')
