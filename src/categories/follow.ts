import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { member } from '../auth/audience.ts'
import { activeSql } from '../auth/status.ts'
import { byFlags, type Flags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { categoryFollowed, categoryUnfollowed } from './events.ts'
import { noCategory } from './tree.ts'
import { CategoryAct } from './views.ts'

const looking = statement({
  name: 'categories: look at a follower',
  takes: { id: 'bigint', member: 'bigint' },
  gives: { auto_follow: 'text', active: 'boolean', followed: 'boolean', ...againGives },
  sql: ($) => `select category.auto_follow, category.active, f.member_id is not null as followed, ${againSql}
    from category left join users me on me.id = ${$.member}
    left join category_follower f on f.category_id = category.id and f.member_id = me.id
    where category.id = ${$.id} and not category.deleted`,
})

/**
 * Follows or unfollows in one statement: the row, the member's counter, the category's, the event; always in this
 * order, so that acts wait for each other but never in a circle. If the row exists already (or is gone), it writes
 * nothing. If the member, the category or the community's options have changed meanwhile, everything is rolled back.
 */
const applying = statement({
  name: 'categories: follow or unfollow',
  takes: { id: 'bigint', member: 'bigint', now: 'timestamptz', version: 'int' },
  gives: { done: 'boolean' },
  variants: () => byFlags().flatMap((each) => [true, false].map((follow) => ({ ...each, follow }))),
  sql($, { flags, follow }) {
    const sign = follow ? '+' : '-'
    return `with f as (
      ${
        follow
          ? `insert into category_follower (category_id, member_id, added_at, place)
             values (${$.id}, ${$.member}, ${$.now}, nextval('category_place')) on conflict do nothing returning *`
          : `delete from category_follower where category_id = ${$.id} and member_id = ${$.member} returning *`
      }
    ), member as (
      update users set categories = users.categories ${sign} 1 from f
      where users.id = f.member_id and ${activeSql('users.')}
        and (select version from community) = ${$.version} returning users.*
    ), changed as (
      update category set followers = category.followers ${sign} 1 from member
      where category.id = ${$.id} and not deleted and ${follow ? 'active' : `auto_follow <> 'forced'`} returning category.*
    ), emitted as (
      ${emit($.now, [
        follow ? categoryFollowed : categoryUnfollowed,
        renderSql(CategoryAct, flags),
        `from changed category, member u, f t, (select ${follow ? 'id' : 'null::bigint'} as member_id from member) f`,
      ])}
    )
    select case when not exists (select from f) then false when exists (select from changed) then true
      else raise_conflict() end as done`
  },
})

/** Follows a category, or unfollows it. Blocked members may do either. */
export async function toggleFollow(given: MemberCtx, id: number): Promise<void> {
  const ctx = { ...given }
  const { db, actor, now } = ctx
  await decide(async () => {
    const row = await looking.row(db, { id, member: actor.id })
    if (!row) throw noCategory()
    ctx.community = await admitAgain(db, ctx, member, row)
    const { options, version } = ctx.community
    if (row.followed) {
      if (row.auto_follow === 'forced')
        throw refused('forced', 'Everybody follows this category: it cannot be unfollowed.')
    } else {
      if (!row.active) throw refused('inactive', 'This category is not active: it can be unfollowed, but not followed.')
      if (!options['configurations.category_follow_enabled'])
        throw refused(
          'category_follow_disabled',
          'Following categories is off in this community: they can be unfollowed, but not followed.',
        )
    }
    const variant = { flags: flagsFor(ctx.community, true), follow: !row.followed }
    const applied = await applying.row(db, { id, member: actor.id, now, version }, variant)
    return applied?.done ? undefined : outdated
  })
}

/**
 * The part of the statement that creates members which makes them follow what everybody follows, or new members by
 * default. `made` is the CTE of the members, `before` comes before it and `after` behind it.
 * @param now SQL of the moment
 * @param asIs SQL condition under which the member is created at all
 */
export const joining = (flags: Flags, now: string, asIs = 'true') => ({
  // Locked in the order of their ids, so that members who join at once do not wait in a circle.
  before: `follows as materialized (
    select id from category where auto_follow <> 'none' and active and not deleted and ${asIs} order by id for no key update
  )`,
  /** SQL of each new member's counter. */
  count: '(select count(*)::int from follows)',
  after: `followed as (
    update category set followers = followers + many.n from follows, (select count(*)::int as n from made) many
    where category.id = follows.id and many.n > 0 returning category.*
  ), joined as (
    insert into category_follower (category_id, member_id, added_at, place)
    select followed.id, made.id, ${now}, nextval('category_place') from made, followed
    order by made.id, followed.position, followed.id
  )`,
  /** Its events. */
  emitted: [
    categoryFollowed,
    'begun.data',
    `from (select ${renderSql(CategoryAct, flags)} as data
      from made u cross join followed category cross join lateral (select u.id as member_id) f,
        (select ${now} as added_at) t
      order by u.id, category.position, category.id) begun`,
  ] as Parameters<typeof emit>[1],
})
