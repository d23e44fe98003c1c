import Type from '../platform/schema.ts'
import { type Field, plainView } from '../platform/sql/view.ts'

const text = (sql: string): Field<unknown> => ({ schema: Type.String(), sql, kind: 'text' })
const degrees = (sql: string): Field<unknown> => ({ schema: Type.Number(), sql, kind: 'number' })

/** The text fields of a locality, under their names in the file. */
export const written = [
  'full_address',
  'postal_code',
  'town',
  'province',
  'province_short',
  'region',
  'country',
] as const

/** A place that members may name. The row is l. */
export const Locality = plainView('Locality', 'A place.', {
  ...Object.fromEntries(written.map((name) => [name, text(`l.${name}`)])),
  lat: degrees('l.lat'),
  lng: degrees('l.lng'),
})
