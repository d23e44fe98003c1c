import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { holdingSql } from './lists.ts'

/** A text that newcomers agree to. `words` changes when the text does. */
export type Asked = { id: number; title: string; summary: string; words: string }

const asking = statement({
  name: 'legalpages: what newcomers are asked',
  takes: { now: 'timestamptz' },
  gives: { id: 'bigint', title: 'text', summary: 'text', words: 'text' },
  sql: ($) => `select l.id, l.title, coalesce(l.html_summary, '') as summary,
    l.id || '.' || coalesce((extract(epoch from l.updated_at) * 1000)::bigint, 0) as words
    ${holdingSql($.now)} order by l.policy`,
})

/** The current revision of each policy. */
export const askedOfNewcomers = (db: Db, now: Date): Promise<Asked[]> => asking.rows(db, { now })

/** Identifies exactly these texts, for an agreement to them. */
export const consentTo = (asked: Asked[]): string => asked.map(({ words }) => words).join(' ')

const locking = statement({
  name: 'legalpages: lock for newcomers',
  takes: { now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from legal_page where id in (select l.id ${holdingSql($.now)}) order by id for share`,
})

const accepting = statement({
  name: 'legalpages: accept for a newcomer',
  takes: { member: 'bigint', ids: 'bigint[]', now: 'timestamptz' },
  gives: {},
  sql: ($) => `insert into legal_page_ack (page_id, member_id, accepted_at)
    select id, ${$.member}, ${$.now} from unnest(${$.ids}) id`,
})

/**
 * Notes that a newcomer agrees to all current texts, whose words cannot change from now on.
 * @param consent what `consentTo` gave for the texts they have seen
 * @returns false, without writing, if other texts or none are current
 */
export async function acceptAll(tx: Db, member: number, consent: string, now: Date): Promise<boolean> {
  await locking.rows(tx, { now })
  const asked = await askedOfNewcomers(tx, now)
  if (!asked.length || consent !== consentTo(asked)) return false
  await accepting.rows(tx, { member, ids: asked.map(({ id }) => id), now })
  return true
}

const forgetting = statement({
  name: 'legalpages: forget answers',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from legal_page_ack where member_id = ${$.member}`,
})

/** Deletes the answers of somebody who never became a member. */
export const forgetAnswers = (tx: Db, member: number): Promise<unknown> => forgetting.rows(tx, { member })
