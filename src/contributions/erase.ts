import { flagsFor } from '../community/flags.ts'
import type { Db } from '../platform/db/database.ts'
import { emit } from '../platform/events/emit.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { someSql } from '../platform/sql/some.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'
import { contributionEvents } from './events.ts'
import { byKind, byKindAndFlags, kinds } from './kinds.ts'
import { eventData } from './views.ts'

/** Contributions per statement, and bytes of text: each event repeats the text, and members wait meanwhile. */
const [batch, batchBytes] = [300, 1_000_000]

// No generated slug begins like this.
export const blank = `erased = true, deleted = true, title = '', slug = '~' || id, html = '', summary = '', words = '', search = '',
  categories = '{}', addressing = '{}', tag_ids = '{}', medias = '{}', poll_id = null, location = null, lat = null, lng = null, last_edited_at = null,
  scheduled_at = null`

const choosing = statement({
  name: 'contributions: choose some to erase',
  takes: { author: 'bigint', batch: 'bigint' },
  gives: { id: 'bigint', more: 'boolean' },
  variants: byKind,
  sql: ($, { kind }) =>
    `select c.id, more from (${someSql({
      columns: 'id',
      from: `from contribution where author_id = ${$.author} and kind = ${kind.id} and not deleted`,
      order: 'added_at, id',
      bytes: 'octet_length(html)',
      most: $.batch,
      mostBytes: batchBytes,
    })}) next join contribution c on c.id = next.id and not c.deleted order by n for no key update of c`,
})

const erasing = statement({
  name: 'contributions: erase',
  takes: { ids: 'bigint[]', author: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `with c as (
      update contribution set ${blank} where id = any(${$.ids}) returning *
    ), author as (
      update users set ${kind.counter} = ${kind.counter} - (select count(*) from c),
        polls = polls - (select count(*) from contribution where id = any(${$.ids}) and poll_id is not null)
      where id = ${$.author} returning *
    ), counted as (
      update contribution_total t set n = t.n - gone.n, uncommented = t.uncommented - gone.uncommented
      from (select count(*) as n, count(*) filter (where comment_count = 0) as uncommented from c) gone
      where t.kind = ${kind.id} and t.part = ${$.author} % 16
    )
    ${emit($.now, [contributionEvents[kind.name].deleted, eventData(kind, flags), 'from c order by c.added_at, c.id'])}`,
})

/**
 * Declares how rows are erased that their author has deleted.
 * @param blank SQL of the columns of an erased row
 */
export const erasingOfDeleted = (name: string, table: string, blank: string) =>
  statement({
    name,
    takes: { author: 'bigint', batch: 'bigint' },
    gives: { n: 'int' },
    sql: ($) => `with gone as (
      update ${table} set ${blank} where ${chosenSql(
        'id',
        `select id from ${table} where author_id = ${$.author} and deleted and not erased order by id limit ${$.batch}
        for no key update`,
      )} returning 1
    )
    select count(*)::int as n from gone`,
  })

const erasingDeleted = erasingOfDeleted('contributions: erase deleted ones', 'contribution', blank)

const showing = statement({
  name: 'contributions: forget who is hidden',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from hidden_author where author_id = ${$.member} or member_id = ${$.member}`,
})

/**
 * Erases some contributions of a member. Each is deleted, with its event, and keeps only its id, its author and its
 * numbers: the row stays, because others have voted for it, and its id is never used again.
 */
export async function eraseContributions(tx: Db, { id: author, now, community }: Erasing): Promise<boolean> {
  for (const kind of Object.values(kinds)) {
    const some = await choosing.rows(tx, { author, batch }, { kind })
    const ids = some.map(({ id }) => id)
    if (ids.length) await erasing.rows(tx, { ids, author, now }, { kind, flags: flagsFor(community, true) })
    if (some[0]?.more) return true
  }
  const row = await erasingDeleted.row(tx, { author, batch })
  if (row?.n === batch) return true
  await showing.rows(tx, { member: author })
  return false
}
