import { everyFlags } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import { forbidden } from '../platform/errors.ts'
import type { Gate } from '../platform/http/endpoint.ts'

/** Every kind: its number in tables, its plural, and its features. */
const described = {
  status: { id: 1, plural: 'statuses', titled: false, polled: false },
  post: { id: 2, plural: 'posts', titled: false, polled: true },
  discussion: { id: 3, plural: 'discussions', titled: true, polled: true },
} as const

type Name = keyof typeof described
/** The names of their views. */
export type ContributionName = Capitalize<Name>

/** A kind of contribution. All kinds have the same endpoints, under their own name. */
export type Kind = {
  name: Name
  plural: (typeof described)[Name]['plural']
  /** Its number in tables. */
  id: (typeof described)[Name]['id']
  /** The author's counter. */
  counter: (typeof described)[Name]['plural']
  option: `configurations.${Name}_type_enabled`
  /** Has a title of its own. */
  titled: boolean
  /** May have a poll. */
  polled: boolean
}

/** Capitalised, as names of schemas and headings are. */
export const capital = <Word extends string>(word: Word) =>
  word.replace(/^./, (first) => first.toUpperCase()) as Capitalize<Word>

/** Makes something for each kind, by its name. */
export const forEachKind = <Each>(make: (kind: Kind) => Each): Record<Name, Each> =>
  Object.fromEntries(Object.values(kinds).map((kind) => [kind.name, make(kind)])) as Record<Name, Each>

export const kinds = Object.fromEntries(
  Object.entries(described).map(([name, each]) => [
    name,
    { name, ...each, counter: each.plural, option: `configurations.${name}_type_enabled` },
  ]),
) as Record<Name, Kind>

/** Every kind with every combination of flags: the variants of a statement. */
export const byKindAndFlags = () =>
  everyFlags().flatMap((flags) => Object.values(kinds).map((kind) => ({ kind, flags })))

/** Every kind, as the variants of a statement. */
export const byKind = () => Object.values(kinds).map((kind) => ({ kind }))

/**
 * SQL of whether a kind is among some, in a way that no index knows. With an index of kinds, PostgreSQL may read all that
 * somebody or a category has of these kinds and sort it; without, it follows the index that has the order.
 */
export const amongSql = (kind: string, ids: number[]) =>
  ids.length === 0 ? 'false' : `coalesce(${kind}, 0) = any('{${ids.join(', ')}}'::int[])`

/** SQL of the name of a kind; `rest` for numbers of other things. */
export const kindNameSql = (kind: string, rest?: string) =>
  `case ${kind} ${Object.values(kinds)
    .map(({ id, name }) => `when ${id} then '${name}'`)
    .join(' ')} ${rest ? `else '${rest}' ` : ''}end`

/** Passes only if the community has enabled this kind of contribution. */
export const enabled = ({ name, plural, option }: Kind): Gate<Ctx> => ({
  name: `${name} type`,
  says: `Only where the option \`${name}_type_enabled\` is true.`,
  check({ community }) {
    if (!community.options[option])
      throw forbidden(`This community has no ${plural}: the option ${name}_type_enabled is off.`, 'type_disabled')
  },
})
