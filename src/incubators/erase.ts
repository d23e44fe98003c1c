import { endNotifications } from '../notifications/end.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'
import { incubatorPart } from './notices.ts'
import { countSql, loweringSql } from './status.ts'

/** Supporters, and proposals, that are erased in one transaction. */
const [supporters, proposals] = [500, 20]

const emptying = statement({
  name: 'incubators: erase supporters of what a member proposed',
  takes: { author: 'bigint', most: 'int' },
  gives: { n: 'int' },
  sql: ($) => `with chosen as materialized (
      select s.incubator_id, s.member_id from incubator join incubator_subscriber s on s.incubator_id = incubator.id
      where incubator.author_id = ${$.author} limit ${$.most}
    ), gone as (
      delete from incubator_subscriber s using chosen c
      where s.incubator_id = c.incubator_id and s.member_id = c.member_id returning s.incubator_id
    ), ${loweringSql}, counted as (
      ${countSql('select status, was from lowered')}
    )
    select count(*)::int as n from gone`,
})

const choosing = statement({
  name: 'incubators: choose those to erase',
  takes: { author: 'bigint', most: 'int' },
  gives: { id: 'bigint', approved: 'boolean' },
  sql: ($) => `select id, status = 2 as approved from incubator where author_id = ${$.author}
    order by id limit ${$.most} for update`,
})

const erasing = statement({
  name: 'incubators: erase',
  takes: { ids: 'bigint[]' },
  gives: {},
  sql: ($) => `with gone as (
      delete from incubator where id = any(${$.ids}) returning status
    )
    ${countSql('select null::smallint as status, status as was from gone')}`,
})

/**
 * Erases some of what a member proposed, with its supporters and what they were told of it. A category that came of it
 * stays: it is the community's.
 */
export async function eraseIncubators(tx: Db, { id: author }: Erasing): Promise<boolean> {
  const emptied = await emptying.row(tx, { author, most: supporters })
  if (emptied?.n === supporters) return true
  const some = await choosing.rows(tx, { author, most: proposals })
  for (const { id, approved } of some) if (approved) await endNotifications(tx, 'part', [incubatorPart, id])
  if (some.length) await erasing.rows(tx, { ids: some.map(({ id }) => id) })
  return some.length === proposals
}
