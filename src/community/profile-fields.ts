import { faultOfLine, isBlank } from '../platform/text.ts'

export const fieldTypes = ['string', 'integer', 'phone_number', 'enum', 'url', 'email'] as const
export type FieldType = (typeof fieldTypes)[number]

/** A field that the community has added to profiles. */
export type ProfileField = {
  name: string
  label: string
  type: FieldType
  /** It cannot be emptied. If registration asks for it, newcomers cannot leave it out. */
  mandatory: boolean
  inSignup: boolean
  /** Only the member and administrators see it. Kith's own: the documented definitions do not have it. */
  hidden: boolean
  /** The possible values of an enum. */
  options: string[]
}

const mostFields = 50

/**
 * Names that members' views and inputs use already: clients find added fields beside these. A test compares it with
 * those views and inputs.
 */
export const takenNames = new Set(
  `id username real_name avatar cover ext_id date_joined bio location location_lat_lng position_lat_lng date_of_birth
  birthday description gender status website tags reputation role community_badge reg_approved company_name company_role
  deleted deleted_at followings_counter followers_counter connection_requests_sent_counter connections_counter
  connection_requests_received_counter posts_counter discussions_counter statuses_counter polls_counter
  categories_counter connection_status mutual_count can_send_pm_to email email_isvalid permission
  unseen_interactions_counter unseen_notification_banners_counter custom_user_metadata password language`.split(/\s+/),
)

type Defined = Record<string, unknown>

const isObject = (value: unknown): value is Defined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): Defined | null {
  try {
    const value: unknown = JSON.parse(text || '{}')
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

const isLine = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most && !isBlank(value) && !faultOfLine(value)

/** What is wrong with one definition, in a sentence. */
function faultOf(name: string, definition: unknown): string | undefined {
  if (!/^[a-z][a-z0-9_]{0,49}$/.test(name))
    return `Call a field by lower-case letters, digits and _: ${JSON.stringify(name.slice(0, 50))} is not.`
  if (takenNames.has(name)) return `Profiles have a field ${name} already. Call yours something else.`
  if (!isObject(definition)) return `Say what ${name} is: {"label": "...", "type": "string"}.`
  const { label, type = 'string', type_options: options } = definition
  if (!isLine(label, 255)) return `Give ${name} a label, of one line.`
  if (!fieldTypes.includes(type as FieldType)) return `The type of ${name} is one of ${fieldTypes.join(', ')}.`
  for (const flag of ['mandatory', 'in_signup', 'in_export', 'private'])
    if (typeof (definition[flag] ?? false) !== 'boolean') return `${flag} of ${name} is true or false.`
  if (type !== 'enum') return undefined
  const fits = Array.isArray(options) && options.length > 0 && options.every((each) => isLine(each, 255))
  return fits && new Set(options).size === options.length
    ? undefined
    : `Say what ${name} may be in type_options: a list of different texts.`
}

/** What is wrong with the definitions, in a sentence that says what to send instead. */
export function faultOfFields(text: string): string | undefined {
  const defined = parse(text)
  if (!defined) return 'Send a JSON object as text, such as {"job": {"label": "Job", "type": "string"}}.'
  const all = Object.entries(defined)
  if (all.length > mostFields) return `Define ${mostFields} fields at most.`
  for (const [name, definition] of all) {
    const fault = faultOf(name, definition)
    if (fault) return fault
  }
  return undefined
}

/** The fields of stored definitions. Definitions stored before they were checked give no fields if they are invalid. */
export function readFields(text: string): ProfileField[] {
  return Object.entries(parse(text) ?? {}).flatMap(([name, definition]) => {
    if (faultOf(name, definition)) return []
    const { label, type = 'string', mandatory, in_signup, private: hidden, type_options } = definition as Defined
    return {
      ...{ name, label: label as string, type: type as FieldType, mandatory: mandatory === true },
      ...{ inSignup: in_signup === true, hidden: hidden === true },
      options: type === 'enum' ? (type_options as string[]) : [],
    }
  })
}
