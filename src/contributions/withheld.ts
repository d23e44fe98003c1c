import type { Flags } from '../community/flags.ts'
import type { Field } from '../platform/sql/view.ts'
import { moderatesSql } from '../users/visibility.ts'

/**
 * Joins `veil.withheld`: whether moderators have hidden c, a contribution or a comment, from the viewer. Its author
 * and moderators still read it; others see that it is there, and nothing of it.
 */
export const veilJoin = (
  viewer: string,
) => `cross join lateral (select c.collapsed and c.author_id is distinct from ${viewer}
    and not ${moderatesSql(viewer)} as withheld) veil`

/** A field that may be withheld, and SQL of what is shown instead. */
export const veiled = (field: Field<Flags>, instead: string): Field<Flags> => ({
  ...field,
  sql: (flags, viewer) =>
    `case when veil.withheld then ${instead} else ${typeof field.sql === 'string' ? field.sql : field.sql(flags, viewer)} end`,
})
