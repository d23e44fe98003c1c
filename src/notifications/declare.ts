import type { TSchema } from 'typebox'
import type { Flags } from '../community/flags.ts'
import { type EventDeclaration, event } from '../platform/events/declare.ts'
import type { Language } from '../platform/http/language.ts'
import Type from '../platform/schema.ts'

/**
 * A part of what notifications of a type show: members of a JSON object. Its SQL reads the notice n, and
 * `about.json`, the rendering of its subject. Null if it is not there for the member: then they are not shown the
 * notification.
 */
export type Thing = {
  properties: Record<string, TSchema>
  sql(flags: Flags, viewer: string): string
  /** The same for webhook receivers, for notices whose subject and part are of these kinds. */
  webhook: { properties: Record<string, TSchema>; sql(flags: Flags, of: Kinds): string }
}

/** Kinds of a subject and of a part; 0 for none. */
export type Kinds = { kind: number; part: number }

/** A type of notification. The slice whose acts it tells of declares it, and calls `tell`. */
export type NotificationType = {
  name: string
  /** Its number in the table and for clients. */
  activity: number
  /** Whether those about one subject are shown together. */
  aggregates: boolean
  /** Whether the same act, done again while it is still told, is not told once more. */
  once: boolean
  /** Whether the actor may be told, too. */
  ofOneself: boolean
  /** Whether it stays when its subject is deleted, because it tells of that. */
  stays: boolean
  shows: Thing[]
  /** Null if receivers of webhooks do not hear of it. */
  event: EventDeclaration | null
  /** SQL of who is told besides the named members: `member_id`s in order, beyond `after`. Reads the notice n. */
  audience?: (flags: Flags, after: string, most: string) => string
  /** The members of what it shows that open pages also read beside the notification. */
  beside: string[]
  /** What a mail says of it, after the name of the actor. */
  mail: Record<Language, string>
}

/** What notifications are about: kinds of subjects, and kinds of their parts. */
type About = {
  kinds: number[]
  properties: Record<string, TSchema>
  /** SQL of the bytes of one with a given id, if its texts can be long. */
  bytes?: (id: string) => string
  /** The same for webhook receivers: SQL of `"key":value` for a notice n about a subject of this kind. */
  webhook: { properties: Record<string, TSchema>; sql(flags: Flags, kind: number): string }
}

/** What notifications are grouped by. */
export type Subject = About & {
  /**
   * SQL of a row with `json`: `"key":value`, for one of its kinds. No row if it is not there for the viewer.
   * @param kind SQL of the kind
   */
  sql(flags: Flags, viewer: string, kind: string, id: string): string
}

/** A part of a subject, such as a comment. */
export type Part = About & {
  /** The kinds of subjects that have it. */
  of: number[]
  /** SQL of `"key":value` for a notice n; null if it is not there for the viewer. */
  sql(flags: Flags, viewer: string): string
}

const types = new Map<number, NotificationType>()
const subjects: Subject[] = []
const parts: Part[] = []

/** Every type, once all slices are loaded. */
export const allTypes = (): NotificationType[] => [...types.values()].sort((a, b) => a.activity - b.activity)
export const allSubjects = (): readonly Subject[] => subjects
export const allParts = (): readonly Part[] => parts

/** The type with a number. */
export const typeOf = (activity: number): NotificationType | undefined => types.get(activity)

/** Schemas of notifications, one per type; and of subjects. Both grow as slices are loaded. */
export const itemSchemas: TSchema[] = []
export const subjectProperties: Record<string, TSchema> = {}

const camel = (name: string) => name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())

const moment = Type.String({ format: 'date-time' })

/** The fields of every notification. */
const common = {
  sid: Type.String({ description: 'Id of the notification.' }),
  is_new: Type.Boolean({ description: 'Not seen yet.' }),
  active_at: moment,
}

/** A schema whose properties are known once all slices are loaded. The properties of `rest` may be missing. */
function objectOf($id: string, always: Record<string, TSchema>, rest: () => Record<string, TSchema>): TSchema {
  const whole = () => Type.Object({ ...always, ...rest() })
  const lazily = (key: 'properties' | 'required') => ({ enumerable: true, get: () => whole()[key] })
  const schema = { $id, type: 'object', additionalProperties: false }
  return Object.defineProperties(schema, { properties: lazily('properties'), required: lazily('required') }) as never
}

/** Declares the event of a type, for the `events.ts` of the slice that tells. */
export const notificationEvent = <const Name extends string>(name: Name, shows: Thing[]) =>
  event(
    `notification.${name}`,
    objectOf(
      `WebhookNotification${camel(name)}`,
      {
        recipients: Type.Array(Type.Integer(), { description: 'Ids of the members who are told.' }),
        type: Type.Literal(name),
        active_at: moment,
      },
      () => Object.assign({}, ...shows.map(({ webhook }) => webhook.properties)),
    ),
  )

/** Declares a type of notification. */
export function declareNotification(
  declared: Omit<NotificationType, 'once' | 'stays' | 'ofOneself' | 'beside'> &
    Partial<Pick<NotificationType, 'once' | 'stays' | 'ofOneself' | 'beside'>>,
): NotificationType {
  const type = { once: false, stays: false, ofOneself: false, beside: [], ...declared }
  if (types.has(type.activity)) throw new Error(`Two types of notifications have the number ${type.activity}`)
  types.set(type.activity, type)
  itemSchemas.push(
    objectOf(`Notification${camel(type.name)}`, { type: Type.Literal(type.name), ...common }, () =>
      Object.assign({}, ...type.shows.map((thing) => thing.properties)),
    ),
  )
  return type
}

const optional = (schemas: Record<string, TSchema>): Record<string, TSchema> =>
  Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, Type.Optional(schema)]))

function checkKinds(all: readonly About[], { kinds }: About): void {
  const taken = kinds.find((kind) => all.some((one) => one.kinds.includes(kind)))
  if (taken !== undefined) throw new Error(`Two subjects of notifications have the number ${taken}`)
}

/** Declares a subject of notifications. */
export function defineSubject(subject: Subject): void {
  checkKinds(subjects, subject)
  subjects.push(subject)
  Object.assign(subjectProperties, optional(subject.properties))
}

/** Declares a part of a subject of notifications. */
export function definePart(part: Part): void {
  checkKinds(parts, part)
  parts.push(part)
}

const byKind = <Each extends About>(column: string, all: readonly Each[], sqlOf: (each: Each) => string) =>
  all.map((each) => `when ${column} in (${each.kinds}) then ${sqlOf(each)}`).join(' ')

/** SQL of a case; `rest` if it has no branches. */
const caseSql = (cases: string, rest: string) => (cases ? `case ${cases} else ${rest} end` : rest)

/** SQL of the bytes of the part of a notice n, and of the subject of a group g. */
export const partBytesSql = () =>
  caseSql(
    byKind('n.part_kind', withBytes(parts), ({ bytes }) => bytes('n.part_id')),
    '0',
  )
export const subjectBytesSql = () =>
  caseSql(
    byKind('g.kind', withBytes(subjects), ({ bytes }) => bytes('g.subject_id')),
    '0',
  )

const withBytes = <Each extends About>(all: readonly Each[]) =>
  all.filter((each): each is Each & Required<Pick<About, 'bytes'>> => each.bytes !== undefined)

const allOf = (side: (each: About) => Record<string, TSchema>): Record<string, TSchema> =>
  optional(Object.assign({}, ...[...subjects, ...parts].map(side)))

/** What a notification is about: its part if it has one, else its subject. Webhook receivers get both. */
export const about: Thing = {
  get properties() {
    return allOf(({ properties }) => properties)
  },
  sql: (flags, viewer) =>
    caseSql(
      byKind('n.part_kind', parts, ({ sql }) => sql(flags, viewer)),
      'about.json',
    ),
  webhook: {
    get properties() {
      return allOf(({ webhook }) => webhook.properties)
    },
    sql: (flags, { kind, part }) => {
      const of = [
        subjects.find(({ kinds }) => kinds.includes(kind))?.webhook.sql(flags, kind),
        parts.find(({ kinds }) => kinds.includes(part))?.webhook.sql(flags, kind),
      ]
      return `concat_ws(',', ${of.map((sql) => sql ?? 'null').join(', ')})`
    },
  },
}

/** SQL of whether the notice n is of one of some types. */
export function typesSql(which: (type: NotificationType) => boolean): string {
  const some = allTypes().flatMap((type) => (which(type) ? type.activity : []))
  return some.length ? `(n.type in (${some}))` : 'false'
}

/** SQL of whether two notices tell of the same act. */
export const sameSql = (one: string, other: string) =>
  ['type', 'actor_id', 'kind', 'subject_id', 'part_kind', 'part_id']
    .map((name) => `${one}.${name} = ${other}.${name}`)
    .join(' and ')

/** What types show. Types that show the same share one; `key` names it. */
export type Shows = { key: string; things: Thing[] }

/** What each type shows. */
export function allShows(): Map<NotificationType, Shows> {
  const known: Shows[] = []
  return new Map(
    allTypes().map((type) => {
      const { shows } = type
      const same = known.find(
        ({ things }) => things.length === shows.length && things.every((thing, i) => thing === shows[i]),
      )
      if (!same) known.push({ key: type.name, things: shows })
      return [type, same ?? (known.at(-1) as Shows)]
    }),
  )
}

/** The kinds that notices may be about. */
export const allKinds = (): Kinds[] => [
  ...subjects.flatMap(({ kinds }) => kinds.map((kind) => ({ kind, part: 0 }))),
  ...parts.flatMap(({ of, kinds }) => of.flatMap((kind) => kinds.map((part) => ({ kind, part })))),
]

/** Whether notifications of a type show what they are about, besides the actor. */
export const showsAbout = ({ shows }: Pick<NotificationType, 'shows'>): boolean => shows.includes(about)

/** SQL of everything that some types show, as `,"key":value`: one text for each thing, whichever types show it. */
export function showsSql(types: NotificationType[], sqlOf: (thing: Thing) => string): string {
  const shown = new Map<Thing, number[]>()
  for (const { activity, shows } of types)
    for (const thing of shows) shown.set(thing, [...(shown.get(thing) ?? []), activity])
  const parts = [...shown].map(([thing, of]) => `case when n.type in (${of}) then ',' || ${sqlOf(thing)} else '' end`)
  return parts.length ? parts.join(' || ') : `''`
}
