import { isAdmin } from '../auth/actor.ts'
import type { MemberCtx } from '../context.ts'
import { addressSql } from '../files/paths.ts'
import { csvOf } from '../platform/csv.ts'
import { forbidden } from '../platform/errors.ts'
import type { FileOut } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { isoSql } from '../platform/sql/view.ts'
import { unescapeMarkup } from '../texts/escape.ts'
import { noContribution, readableSql } from './find.ts'
import type { Kind } from './kinds.ts'

const reading = statement({
  name: 'contributions: read what is exported',
  takes: { id: 'bigint', kind: 'smallint', viewer: 'bigint' },
  gives: {
    ...{
      author: 'bigint',
      thing: 'bigint',
      type: 'text?',
      title: 'text',
      summary: 'text',
      url: 'text?',
      added_at: 'text',
    },
    ...{ views: 'int?', clicks: 'bigint', votes: 'int?', comments: 'int?', shares: 'int?' },
  },
  sql: ($) => `with c as (
      select c.* from contribution c where c.id = ${$.id} and c.kind = ${$.kind} and ${readableSql($.viewer, 'true')}
    ), shown as (
      select m.*, n.nth from c, unnest(c.medias) with ordinality n(id, nth) join media m on m.id = n.id
    )
    select author_id as author, id as thing, null as type, title, summary, null as url,
      ${isoSql('added_at')} as added_at, view_count as views,
      (select coalesce(sum(clicks), 0)::bigint from shown) as clicks, vote_count as votes, comment_count as comments,
      share_count as shares from c
    union all
    select c.author_id, m.id, m.type, m.title, '', coalesce(m.url, ${addressSql('m.image')}), ${isoSql('m.added_at')},
      null, m.clicks, null, null, null
      from (select * from shown order by nth) m, c`,
})

const header = ['id', 'type', 'title', 'url', 'added_at', 'views', 'clicks', 'votes', 'comments', 'shares']

/**
 * The numbers of a contribution and of each of its medias, as CSV: for administrators, and for publishers about their
 * own contributions.
 */
export async function exportContribution(ctx: MemberCtx, kind: Kind, id: number): Promise<FileOut> {
  const { actor, db } = ctx
  const rows = await reading.rows(db, { id, kind: kind.id, viewer: actor.id })
  const [first] = rows
  if (!first) throw noContribution(kind)
  if (!isAdmin(actor) && first.author !== actor.id) throw forbidden(`This ${kind.name} is somebody else's.`)
  const content = csvOf([
    header,
    ...rows.map(({ thing, type, title, summary, url, added_at, views, clicks, votes, comments, shares }) => [
      ...[thing, type ?? kind.name, title || unescapeMarkup(summary), url, added_at],
      ...[views, clicks, votes, comments, shares],
    ]),
  ])
  return { name: `${kind.name}-${id}.csv`, bytes: content.length, content: chunksOf(content) }
}

async function* chunksOf(content: Buffer) {
  yield content
}
