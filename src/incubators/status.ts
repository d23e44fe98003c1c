// A proposal that is open has the status 1 while it has as many supporters as it needs, else 0.

/** SQL of the status of a proposal that is open, by how many support it. */
export const openStatusSql = (subscribers: string, threshold = 'threshold') => `(${subscribers} >= ${threshold})::int`

/** SQL of the status after the number of supporters has changed: what is decided stays so. */
export const statusWithSql = (subscribers: string) =>
  `case when status > 1 then status else ${openStatusSql(subscribers)} end`

/** The columns that count the proposals of each status. */
export const counted = ['pending', 'proposals', 'approved', 'ignored'] as const

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

/** SQL of CTEs that count supporters who are gone: `gone` has the incubators they supported. */
export const loweringSql = `left_behind as materialized (
      select id from incubator where id in (select incubator_id from gone) order by id for no key update
    ), lowered as (
      update incubator set subscribers = subscribers - n.n, status = ${statusWithSql('subscribers - n.n')}
      from left_behind, (select incubator_id, count(*)::int as n from gone group by 1) n
      where incubator.id = left_behind.id and n.incubator_id = left_behind.id
      returning status, case when status > 1 then status else ${openStatusSql('subscribers + n.n')} end as was
    )`
