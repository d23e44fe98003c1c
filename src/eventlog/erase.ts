import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

const erasing = statement({
  name: 'eventlog: erase members from events',
  takes: { members: 'bigint[]', after: 'bigint', upTo: 'bigint', batch: 'bigint' },
  gives: { n: 'int', last: 'bigint?', changed: 'bigint[]' },
  sql: ($) => `with looked_at as materialized (
      select id, body from event where id > ${$.after} and id <= ${$.upTo} order by id limit ${$.batch}
    ), changed as (
      update event e set body = without.body
      from (select id, without_members(body, ${$.members}) as body from looked_at where names_members(body, ${$.members})) without
      where e.id = without.id and e.body::text <> without.body::text returning e.id
    )
    select (select count(*)::int from looked_at) as n, (select max(id) from looked_at) as last,
      array(select id from changed) as changed`,
})

/**
 * Removes what some events say of members. That there was an event, when, and the ids of the members stay.
 * @returns how many events were looked at, the last of them, and which were changed
 */
export async function eraseFromEvents(
  tx: Db,
  members: number[],
  range: { after: number; upTo: number; batch: number },
): Promise<{ n: number; last: number | null; changed: number[] }> {
  const row = await erasing.row(tx, { members, ...range })
  return row as NonNullable<typeof row>
}
