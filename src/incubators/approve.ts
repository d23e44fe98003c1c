import { admin } from '../auth/audience.ts'
import { createNamed } from '../categories/create.ts'
import { isNamed, lockCategories, readTree } from '../categories/tree.ts'
import type { MemberCtx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderOne } from './lists.ts'
import { lockToDecide } from './lock.ts'
import { tellApproved } from './notices.ts'
import { countSql } from './status.ts'

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
    const { community, author, status, subscribers, threshold, ...named } = await lockToDecide(tx, ctx, admin, id)
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
