import { byFlags, flagsSeenBy } from '../community/flags.ts'
import type { Ctx } from '../context.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { renderUser } from '../users/queries.ts'
import { relationJoin } from '../users/visibility.ts'
import { hadSql } from './feed.ts'
import { contributionJoins } from './find.ts'
import type { ContributionName } from './kinds.ts'
import { weight } from './lists.ts'
import { authorAmongSeenSql, seenSql, sumOfEachSql, unseenAuthors, unseenCountSql } from './seen.ts'
import { renderAnyKind } from './views.ts'

const shares = list({
  name: 'contributions: shares',
  takes: { viewer: 'bigint?', id: 'bigint' },
  variants: byFlags,
  sql($, { flags }) {
    const had = (kind: string) => hadSql(flags, kind)
    return {
      columns: '',
      from: `from (select *, contribution_id as id from share) x
        where x.shared_id = ${$.id} and ${had('x.kind')} and ${seenSql('x', $.viewer)}`,
      keys: [
        { sql: 'x.added_at', descending: true, type: 'timestamptz' },
        { sql: 'x.id', descending: true, type: 'bigint' },
      ],
      joins: contributionJoins('p.k1', $.viewer),
      weight: weight('p.k1'),
      render: renderAnyKind(flags, $.viewer),
      // Shares of disabled kinds are counted, too.
      count: `select (select share_count from contribution where id = ${$.id})
        ${had('kind') === 'true' ? '' : `- (select count(*) from share where shared_id = ${$.id} and not ${had('kind')})`}
        - (${unseenCountSql(
          $.viewer,
          unseenAuthors($.viewer),
          (authors) =>
            sumOfEachSql(
              authors,
              (author) => `select count(*) from share s
                where s.shared_id = ${$.id} and s.author_id = ${author} and ${had('s.kind')}`,
            ),
          {
            joins: 'join share s on s.contribution_id = h.target_id and s.kind = h.kind',
            where: `s.shared_id = ${$.id} and ${had('h.kind')}`,
          },
        )})`,
    }
  },
})

/** Contributions of any kind that share a contribution, newest first. */
export const listShares = (ctx: Ctx, id: number, page: PageRequest): Promise<PageRows<ContributionName>> =>
  shares.page(ctx.db, { viewer: ctx.actor?.id ?? null, id }, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })

const sharers = list({
  name: 'contributions: sharers',
  takes: { viewer: 'bigint?', id: 'bigint' },
  variants: byFlags,
  sql: ($, { flags }) => ({
    columns: 'k.author_id',
    from: `from sharer k where k.contribution_id = ${$.id} and ${authorAmongSeenSql('k', $.viewer)}`,
    keys: [{ sql: 'k.place', descending: true, type: 'bigint' }],
    joins: `join users u on u.id = p.author_id
      ${relationJoin($.viewer, 'p.author_id')}`,
    render: renderUser(flags),
    count: `select (select sharer_count from contribution where id = ${$.id})
      - (${sumOfEachSql(
        unseenAuthors($.viewer),
        (author) => `select count(*) from sharer where contribution_id = ${$.id} and author_id = ${author}`,
      )})`,
  }),
})

/** Members who shared a contribution, latest first, except those whose contributions are not seen. */
export const listSharers = (ctx: Ctx, id: number, page: PageRequest): Promise<PageRows<'User'>> =>
  sharers.page(ctx.db, { viewer: ctx.actor?.id ?? null, id }, page, { flags: flagsSeenBy(ctx.actor, ctx.community) })
