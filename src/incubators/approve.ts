import { lookAgain } from '../auth/again.ts'
import { admin, type MemberAudience, moderator } from '../auth/audience.ts'
import { createNamed } from '../categories/create.ts'
import { isNamed, lockCategories, readTree } from '../categories/tree.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { proposalsOn } from './gate.ts'
import { noIncubator } from './inputs.ts'
import { renderOne } from './lists.ts'
import { tellApproved } from './notices.ts'
import { countSql, openStatusSql } from './status.ts'

const locking = statement({
  name: 'incubators: lock to decide',
  takes: { id: 'bigint' },
  gives: {
    ...{ author: 'bigint', name: 'text', slug: 'text', slogan: 'text?', status: 'int' },
    ...{ subscribers: 'int', threshold: 'int' },
  },
  sql: (
    $,
  ) => `select incubator.author_id as author, incubator.name, incubator.slug, incubator.slogan, incubator.status::int as status, incubator.subscribers, incubator.threshold
    from incubator where incubator.id = ${$.id} and not exists (select from erasure e where e.member_id = incubator.author_id)
    for no key update of incubator`,
})

/** Locks a proposal on which the staff decides, after the caller has been looked at again. */
async function lock(tx: Db, ctx: MemberCtx, who: MemberAudience, id: number) {
  const community = await lookAgain(tx, ctx, who, proposalsOn)
  const row = await locking.row(tx, { id })
  if (!row) throw noIncubator()
  if (row.status === 2) throw refused('approved', 'This incubator is a category already: change or delete that.')
  return { ...row, community }
}

const approving = statement({
  name: 'incubators: approve',
  takes: { id: 'bigint', category: 'bigint' },
  gives: {},
  sql: ($) => `with old as materialized (
      select status as was from incubator where id = ${$.id}
    ), changed as (
      update incubator set status = 2, category_id = ${$.category} where id = ${$.id} returning status
    )
    ${countSql('select status, was from changed, old')}`,
})

/**
 * Makes a category of a proposal that has as many supporters as it needs, and tells them and who proposed it. Emits
 * `category.created`.
 */
export const approveIncubator = (ctx: MemberCtx, id: number): Promise<Json<'Incubator'>> =>
  lockCategories(ctx.db, async (tx) => {
    const { community, author, status, subscribers, threshold, ...named } = await lock(tx, ctx, admin, id)
    if (status === 3)
      throw refused('ignored', 'This incubator was turned down: take it up again first, by sending `ignore` once more.')
    if (status === 0)
      throw refused(
        'too_few_subscribers',
        `This incubator has ${subscribers} of the ${threshold} supporters it needs: wait for the others, or create the category yourself.`,
      )
    const tree = await readTree(tx)
    if (isNamed(tree, null, named.name))
      throw refused(
        'category_exists',
        'There is a category with this name already: rename that first, or turn this incubator down.',
      )
    const given = { ...ctx, community }
    const category = await createNamed(tx, given, tree, { ...named, slogan: named.slogan ?? '' })
    await approving.rows(tx, { id, category })
    const json = await renderOne(tx, given, id)
    await tellApproved(tx, given, { id, author })
    return json
  })

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
    const { community } = await lock(tx, ctx, moderator, id)
    await ignoring.rows(tx, { id })
    return renderOne(tx, { actor: ctx.actor, community }, id)
  })
