// A proposal that is open has the status 1 while it has as many supporters as it needs, else 0.

/** SQL of the status of a proposal that is open, by how many support it. */
export const openStatusSql = (subscribers: string, threshold = 'threshold') => `(${subscribers} >= ${threshold})::int`

/** SQL of the status after the number of supporters has changed: what is decided stays so. */
export const statusWithSql = (subscribers: string) =>
  `case when status > 1 then status else ${openStatusSql(subscribers)} end`

/** The columns that count the proposals of each status. */
const counted = ['pending', 'proposals', 'approved', 'ignored'] as const

/**
 * SQL that counts proposals whose status changes. The row of counts is the last that an act locks.
 * @param changes SQL of rows with `was` and `status`; null where there was or will be none
 */
export const countSql = (changes: string) => `update incubator_total t set ${counted
  .map((column) => `${column} = t.${column} + d.${column}`)
  .join(', ')}
    from (select ${counted
      .map(
        (column, status) =>
          `(count(*) filter (where status = ${status}) - count(*) filter (where was = ${status}))::int as ${column}`,
      )
      .join(', ')} from (${changes}) c having count(*) filter (where was is distinct from status) > 0) d`
