import type { Db } from '../platform/db/database.ts'
import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'
import { slugSql } from './views.ts'

const erasing = statement({
  name: 'legalpages: erase answers',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from legal_page_ack where member_id = ${$.member}`,
})

/** Erases a member's answers to legal pages: at most one per revision. */
export async function eraseAcks(tx: Db, { id }: Erasing): Promise<boolean> {
  await erasing.rows(tx, { member: id })
  return false
}

/** A member's answers to legal pages, and the pages they wrote. */
export const ownAcks: Record<string, OwnRows> = {
  legal_pages: ownRows('legalpages: what a member has said', ($) => ({
    key: 'a.id',
    json: `json_build_object('id', a.id, 'page', ${slugSql('l')}, 'title', l.title, 'accepted_at', a.accepted_at,
      'not_accepted_at', a.not_accepted_at)`,
    from: `from legal_page_ack a join legal_page l on l.id = a.page_id where a.member_id = ${$.member}`,
  })),
  legal_pages_written: ownRows('legalpages: what a member wrote', ($) => ({
    key: 'l.id',
    json: `json_build_object('page', ${slugSql('l')}, 'title', l.title, 'summary', l.html_summary, 'body', l.html_body,
      'created_at', l.created_at, 'created', l.created_by = ${$.member}, 'updated_at', l.updated_at,
      'updated', l.updated_by is not distinct from ${$.member})`,
    from: `from legal_page l where (l.created_by = ${$.member} or l.updated_by = ${$.member})`,
  })),
}
