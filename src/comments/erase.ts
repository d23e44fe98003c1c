import { byFlags, flagsFor } from '../community/flags.ts'
import { erasingOfDeleted } from '../contributions/erase.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { someSql } from '../platform/sql/some.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'
import { commentDeleted } from './events.ts'
import { eventData } from './views.ts'

/** Comments per statement, and bytes of text: each event repeats the text, and members wait meanwhile. */
const [batch, batchBytes] = [300, 1_000_000]

const blank = `erased = true, deleted = true, html = '', summary = '', last_edited_at = null`

/** Replies first: the comments they reply to count them. */
const levels = [{ replies: true }, { replies: false }]

const choosing = statement({
  name: 'comments: choose some to erase',
  takes: { author: 'bigint', batch: 'bigint' },
  gives: { id: 'bigint', more: 'boolean' },
  variants: () => levels,
  sql: ($, { replies }) =>
    `select id, more from (${someSql({
      columns: 'id',
      from: `from comment
        where author_id = ${$.author} and parent_id is ${replies ? 'not' : ''} null and not deleted and not erased`,
      order: 'added_at, id',
      bytes: 'octet_length(html)',
      most: $.batch,
      mostBytes: batchBytes,
    })}) oldest order by n`,
})

// In the order of acts: contributions first, then the comments replied to, then the comments.
const lockingContributions = statement({
  name: 'comments: lock what those to erase are on',
  takes: { ids: 'bigint[]' },
  gives: {},
  sql: ($) => `select from contribution where id in (select contribution_id from comment where id = any(${$.ids}))
    order by id for no key update`,
})

const lockingComments = statement({
  name: 'comments: lock those to erase',
  takes: { ids: 'bigint[]' },
  gives: {},
  sql: ($) => `select from comment where id in (
      select unnest(array[id, parent_id]) from comment where id = any(${$.ids})
    ) order by id for no key update`,
})

const erasing = statement({
  name: 'comments: erase',
  takes: { ids: 'bigint[]', author: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byFlags,
  sql: ($, { flags }) => `with c as (
      update comment set ${blank} where id = any(${$.ids}) and not deleted returning *
    ), parent as (
      update comment p set comment_count = p.comment_count - gone.n
      from (select parent_id, count(*)::int as n from c group by parent_id) gone where p.id = gone.parent_id
    ), moved as (
      select c.contribution_id, count(*) filter (where c.parent_id is null)::int as firsts, count(*)::int as own,
        sum(case when q.deleted then 0 else 1 + c.comment_count end)::int as n
      from c left join comment q on q.id = c.parent_id group by c.contribution_id
    ), x as (
      update contribution x set comment_count = x.comment_count - m.n, thread_count = x.thread_count - m.firsts
      from moved m where x.id = m.contribution_id returning x.*, m.n as moved
    ), counted as (
      update contribution_total t set uncommented = t.uncommented + silent.n
      from (
        select kind, author_id % 16 as part, count(*)::int as n from x
        where comment_count = 0 and moved > 0 and not deleted group by 1, 2
      ) silent where t.kind = silent.kind and t.part = silent.part
    ), contributed as (
      update contributor k set comments = k.comments - m.own
      from moved m where k.contribution_id = m.contribution_id and k.author_id = ${$.author}
    ), author as materialized (
      select * from users where id = ${$.author}
    )
    ${emit($.now, [commentDeleted, eventData(flags), 'from c order by c.added_at, c.id'])}`,
})

const erasingDeleted = erasingOfDeleted('comments: erase deleted ones', 'comment', blank)

const forgetting = statement({
  name: 'comments: forget a contributor',
  takes: { author: 'bigint', batch: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `with gone as (
      delete from contributor where author_id = ${$.author} and ${chosenSql('contribution_id', `select contribution_id from contributor where author_id = ${$.author} limit ${$.batch}`)}
      returning 1
    )
    select count(*)::int as n from gone`,
})

/**
 * Erases some comments of a member. Each is deleted, with its event, and keeps only its id, its author and its
 * numbers: the row stays, because others have replied to it and voted for it.
 */
export async function eraseComments(tx: Db, { id: author, now, community }: Erasing): Promise<boolean> {
  for (const level of levels) {
    const some = await choosing.rows(tx, { author, batch }, level)
    const ids = some.map(({ id }) => id)
    if (!ids.length) continue
    await lockingContributions.rows(tx, { ids })
    await lockingComments.rows(tx, { ids })
    await erasing.rows(tx, { ids, author, now }, { flags: flagsFor(community, true) })
    if (some[0]?.more) return true
  }
  for (const each of [erasingDeleted, forgetting]) {
    const row = await each.row(tx, { author, batch })
    if (row?.n === batch) return true
  }
  return false
}
