import { isStaff } from '../auth/actor.ts'
import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { activeMember } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { refused } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { proposalsOn } from './gate.ts'
import { noIncubator } from './inputs.ts'
import { seenSql } from './lists.ts'
import { countSql, openStatusSql, statusWithSql } from './status.ts'

const looking = statement({
  name: 'incubators: look at a supporter',
  takes: { id: 'bigint', member: 'bigint', staff: 'boolean' },
  gives: { open: 'boolean', subscribed: 'boolean', ...againGives },
  sql: ($) => `select incubator.status < 2 as open, s.member_id is not null as subscribed, ${againSql}
    from incubator left join users me on me.id = ${$.member}
    left join incubator_subscriber s on s.incubator_id = incubator.id and s.member_id = me.id
    where incubator.id = ${$.id} and ${seenSql($.member, $.staff)}`,
})

/**
 * Supports or no longer supports in one statement: the row, the count of supporters with the status, the counts of all;
 * always in this order. If the row exists already (or is gone), it writes nothing. If the member, the proposal or the
 * community's options have changed meanwhile, everything is rolled back.
 */
const applying = statement({
  name: 'incubators: support or no longer',
  takes: { id: 'bigint', member: 'bigint', now: 'timestamptz', version: 'int' },
  gives: { done: 'boolean' },
  variants: () => [true, false].map((support) => ({ support })),
  sql($, { support }) {
    const sign = support ? '+' : '-'
    return `with s as (
      ${
        support
          ? `insert into incubator_subscriber (incubator_id, member_id, added_at)
             select id, ${$.member}, ${$.now} from incubator where id = ${$.id} for key share
             on conflict do nothing returning member_id`
          : `delete from incubator_subscriber where incubator_id = ${$.id} and member_id = ${$.member} returning member_id`
      }
    ), member as (
      select users.id from users join s on s.member_id = users.id
      where users.status = 'a' and (select version from community) = ${$.version} for no key update of users
    ), changed as (
      update incubator set subscribers = subscribers ${sign} 1, status = ${statusWithSql(`subscribers ${sign} 1`)}
      from member where incubator.id = ${$.id} ${support ? 'and status < 2' : ''}
      returning status, case when status > 1 then status else ${openStatusSql(`subscribers ${support ? '-' : '+'} 1`)} end as was
    ), counted as (
      ${countSql('select status, was from changed')}
    )
    select case when not exists (select from s) then false when exists (select from changed) then true
      else raise_conflict() end as done`
  },
})

/** Supports a proposal, or no longer. What is decided can only be left. */
export async function toggleSubscription(given: MemberCtx, id: number): Promise<void> {
  const { db, actor, now } = given
  await decide(async () => {
    const row = await looking.row(db, { id, member: actor.id, staff: isStaff(actor) })
    if (!row) throw noIncubator()
    const { version } = await admitAgain(db, given, activeMember, row, proposalsOn)
    if (!row.subscribed && !row.open)
      throw refused('decided', 'This incubator has been decided about: nobody can support it any more.')
    const applied = await applying.row(db, { id, member: actor.id, now, version }, { support: !row.subscribed })
    return applied?.done ? undefined : outdated
  })
}
