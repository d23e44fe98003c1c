import type { Db } from '../platform/db/database.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing, Leaving } from '../slice.ts'

const leaving = statement({
  name: 'scores: take off the leaderboard',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `with gone as (
      update score_total set listed = false where member_id = ${$.member} and listed returning member_id
    )
    update score_count set members = members - 1 from gone where part = gone.member_id % 16`,
})

/** Takes a member who leaves off the leaderboard, and drops points still due. */
export const leaveLeaderboard = async (tx: Db, { id: member }: Leaving): Promise<void> => {
  await leaving.rows(tx, { member })
}

/** Entries per statement. */
const batch = 1_000

const erasing = statement({
  name: 'scores: erase entries',
  takes: { member: 'bigint', batch: 'int' },
  gives: { n: 'int' },
  sql: ($) => `with gone as (
      delete from score where ${chosenSql('id', `select id from score where member_id = ${$.member} limit ${$.batch}`)} returning points
    ), lowered as (
      update score_total set points = points - (select coalesce(sum(points), 0) from gone),
        entries = entries - (select count(*) from gone) where member_id = ${$.member}
    ), counted as (
      update score_count set entries = entries - (select count(*) from gone) where part = ${$.member} % 16
    )
    select count(*)::int as n from gone`,
})

const forgetting = statement({
  name: 'scores: forget who gave points',
  takes: { member: 'bigint', batch: 'int' },
  gives: { n: 'int' },
  sql: ($) => `with nameless as (
      update score set created_by = null
      where ${chosenSql('id', `select id from score where created_by = ${$.member} limit ${$.batch}`)} returning 1
    )
    select count(*)::int as n from nameless`,
})

const ending = statement({
  name: 'scores: erase the rest',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `with due as (delete from score_due where member_id = ${$.member})
    delete from score_total where member_id = ${$.member} and entries = 0`,
})

/** Erases some of a member's points. Points they gave to others stay, from nobody. */
export async function eraseScores(tx: Db, { id: member }: Erasing): Promise<boolean> {
  for (const each of [erasing, forgetting]) if ((await each.row(tx, { member, batch }))?.n === batch) return true
  await ending.rows(tx, { member })
  return false
}
