import { moderator } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderOne } from './lists.ts'
import { lockToDecide } from './lock.ts'
import { countSql, openStatusSql } from './status.ts'

const ignoring = statement({
  name: 'incubators: ignore or take up again',
  takes: { id: 'bigint' },
  gives: {},
  sql: ($) => `with old as materialized (
      select status as was from incubator where id = ${$.id}
    ), changed as (
      update incubator set status = case status when 3 then ${openStatusSql('subscribers')} else 3 end
      where id = ${$.id} returning status
    )
    ${countSql('select status, was from changed, old')}`,
})

/** Turns a proposal down, or takes it up again. */
export const toggleIgnored = (ctx: MemberCtx, id: number): Promise<Json<'Incubator'>> =>
  ctx.db.transaction(async (tx) => {
    const { community } = await lockToDecide(tx, ctx, moderator, id)
    await ignoring.rows(tx, { id })
    return renderOne(tx, { actor: ctx.actor, community }, id)
  })
