import type { Db } from '../platform/db/database.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import type { Erasing } from '../slice.ts'
import { letGoOfFiles, lockBoxes, lockThreads } from './lock.ts'

/** Threads and messages per transaction. */
const [someThreads, someMessages] = [50, 500]

const choosing = statement({
  name: 'messages: some threads to erase',
  takes: { member: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from (
      (select id from message_thread where low_id = ${$.member} limit ${someThreads})
      union all (select id from message_thread where high_id = ${$.member} limit ${someThreads})
    ) t order by id limit ${someThreads}`,
})

const others = statement({
  name: 'messages: who has threads that are to be erased',
  takes: { threads: 'bigint[]' },
  gives: { member: 'bigint' },
  sql: ($) => `select distinct member_id as member from message_side
    where thread_id = any(${$.threads}) and last_id is not null`,
})

const closing = statement({
  name: 'messages: erase sides',
  takes: { threads: 'bigint[]' },
  gives: {},
  sql: ($) => `with gone as (
      delete from message_side where thread_id = any(${$.threads}) returning member_id, last_id
    )
    update message_box b set threads = b.threads - g.n
    from (select member_id, count(last_id)::int as n from gone group by 1) g where b.member_id = g.member_id`,
})

const erasing = statement({
  name: 'messages: erase',
  takes: { threads: 'bigint[]' },
  gives: { file: 'text?' },
  sql: ($) =>
    `delete from message where ${chosenSql(
      'id',
      `select id from message where thread_id = any(${$.threads}) order by thread_id, id limit ${someMessages}`,
    )} returning file_uuid as file`,
})

const ending = statement({
  name: 'messages: erase threads',
  takes: { threads: 'bigint[]' },
  gives: {},
  sql: ($) => `delete from message_thread t where t.id = any(${$.threads})
    and not exists (select from message x where x.thread_id = t.id)`,
})

// A chore deletes the pieces of unfinished files.
const ownFiles = statement({
  name: 'messages: erase the files that a member has not sent',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `with files as (
      delete from message_file where owner_id = ${$.member} returning *
    ), box as (
      delete from message_box where member_id = ${$.member}
    )
    update file set state = 'gone' where id in (select unnest(array[file_id, thumbnail_id]) from files)`,
})

/** Erases some threads of a member, for both: what they wrote, and what was written to them. */
export async function eraseMessages(tx: Db, { id: member }: Erasing): Promise<boolean> {
  const chosen = (await choosing.rows(tx, { member })).map(({ id }) => id)
  const threads = await lockThreads(tx, chosen)
  const rows = await erasing.rows(tx, { threads })
  await letGoOfFiles(
    tx,
    rows.map(({ file }) => file),
  )
  const boxes = (await others.rows(tx, { threads })).map((row) => row.member)
  if (boxes.length) await lockBoxes(tx, boxes)
  await closing.rows(tx, { threads })
  await ending.rows(tx, { threads })
  if (chosen.length === someThreads || rows.length === someMessages) return true
  await ownFiles.rows(tx, { member })
  return false
}
