import type { Ctx } from '../context.ts'
import { kinds } from '../contributions/kinds.ts'
import { mergedScan } from '../contributions/merged.ts'
import { statement } from '../platform/sql/statement.ts'
import { isoSql } from '../platform/sql/view.ts'

/** How many of each kind are looked at, by last activity. */
const looked = 100

/** SQL of the last active contributions of a kind that the viewer sees. */
const newestOf = (viewer: string, kind: number, wanted: string) =>
  `select * from (${mergedScan(
    { viewer, known: true, kinds: [kind], moment: 'last_activity_at', and: () => wanted },
    { part: (scan) => `select * from (${scan} limit ${looked}) few`, beyond: () => '', direction: 'desc' },
  )}) m`

const finding = statement({
  name: 'pages: liveliest contributions',
  takes: { viewer: 'bigint?', kinds: 'int[]', limit: 'int' },
  gives: {
    ...{ id: 'bigint', kind: 'int', slug: 'text', title: 'text', summary: 'text', added_at: 'text' },
    ...{ author: 'bigint', username: 'text', votes: 'int', comments: 'int' },
  },
  sql: ($) => `select c.id, c.kind::int as kind, c.slug, c.title, c.summary, ${isoSql('c.added_at')} as added_at,
      u.id as author, u.username, c.vote_count as votes, c.comment_count as comments
    from (${Object.values(kinds)
      .map(({ id }) => newestOf($.viewer, id, `${id} = any(${$.kinds})`))
      .join(' union all ')}) x
    join contribution c on c.id = x.k1 join users u on u.id = c.author_id
    where not c.collapsed and c.vote_count + c.comment_count + c.share_count > 0
    order by relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count) desc, c.id desc
    limit ${$.limit}`,
})

export type Lively = Awaited<ReturnType<typeof findLiveliest>>[0]

/** The contributions of all kinds with the most activity now, as the viewer may see them. */
export async function findLiveliest({ db, actor, community }: Ctx, limit: number) {
  const there = Object.values(kinds).filter(({ option }) => community.options[option])
  const rows = await finding.rows(db, { viewer: actor?.id ?? null, kinds: there.map(({ id }) => id), limit })
  return rows.map(({ author, username, kind, ...rest }) => ({
    ...rest,
    type: there.find(({ id }) => id === kind)?.name ?? '',
    author: { id: author, username },
  }))
}
