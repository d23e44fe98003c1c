import type { ListKey } from '../platform/sql/list.ts'

/** The orders of feeds that the options of a community name, the usual one first. */
export const orderings = ['recent', 'last_activity'] as const
export type Ordering = (typeof orderings)[number]

/** The moment that each orders by, latest first. */
export const moments = { recent: 'added_at', last_activity: 'last_activity_at' } as const

/** The keys of a list of contributions in that order; x is the alias of their rows. */
export const orderedKeys = (x: string, ordering: Ordering): ListKey[] => [
  { sql: `${x}.${moments[ordering]}`, descending: true, type: 'timestamptz' },
  { sql: `${x}.id`, descending: true, type: 'bigint' },
]
