import type { Kith } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { type Finding, good, wrong } from '../platform/finding.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import { sweepFolder } from '../platform/storage/disk.ts'
import type { Erasing } from '../slice.ts'
import { keyOf, type Part } from './keep.ts'

/** Files deleted per round. */
const atOnce = 200
/** An upload that is not finished after this long, in ms, never will be. */
const tooLong = 3_600_000

const giving = statement({
  name: 'files: give up what was never finished',
  takes: { before: 'timestamptz' },
  gives: {},
  sql: ($) => `update file set state = 'gone' where state = 'pending' and created_at < ${$.before}`,
})

const gone = statement({
  name: 'files: whose bytes are to be deleted',
  takes: {},
  gives: { id: 'bigint', token: 'text', parts: 'json', shared: 'boolean' },
  sql: () => `select id, token, parts, shared from file where state = 'gone' order by created_at limit ${atOnce}`,
})

const forgetting = statement({
  name: 'files: forget what is deleted',
  takes: { ids: 'bigint[]' },
  gives: {},
  sql: ($) => `delete from file where id = any(${$.ids}) and state = 'gone'`,
})

const owning = statement({
  name: 'files: they are ours to delete',
  takes: {},
  gives: {},
  sql: () => 'update file set shared = false where shared',
})

/** Declares all files ours: no other community uses them any more. */
export const ownAllFiles = (db: Db) => owning.rows(db, {})

const sharing = statement({
  name: 'files: those that others have as well',
  takes: { own: 'text[]' },
  gives: {},
  sql: ($) => `update file set shared = true where token <> all(${$.own})`,
})

/** All files but these may belong to another community that goes on, so they are not deleted from here. */
export const shareFiles = (db: Db, own: string[]) => sharing.rows(db, { own })

/** Deletes the bytes of files that nothing shows any more, and of unfinished ones. Two nodes may do so at once. */
export async function deleteGoneFiles({ db, files, clock }: Kith): Promise<void> {
  await giving.rows(db, { before: new Date(clock.now().getTime() - tooLong) })
  for (;;) {
    const rows = await gone.rows(db, {})
    for (const { token, parts, shared } of rows)
      for (const { name } of shared ? [] : (parts as Part[])) await files.storage.delete(keyOf(token, name))
    if (rows.length) await forgetting.rows(db, { ids: rows.map(({ id }) => id) })
    if (rows.length < atOnce) return
  }
}

/** Deletes what unanswered requests left on the disk: those of a process that was killed. */
export async function sweepUploads({ files, clock }: Pick<Kith, 'files' | 'clock'>): Promise<void> {
  const before = new Date(clock.now().getTime() - tooLong)
  await sweepFolder(files.folder, before)
  await files.storage.sweep(before)
}

const erasing = statement({
  name: 'files: erase those of a member',
  takes: { member: 'bigint' },
  gives: { n: 'int' },
  sql: ($) => `with gone as (
      update file set state = 'gone', owner_id = null, sha256 = null, parts = (select json_agg(json_build_object('name', each ->> 'name')) from json_array_elements(parts) each)
      where ${chosenSql('id', `select id from file where owner_id = ${$.member} limit ${atOnce}`)} returning 1
    ), unfetched as (
      delete from avatar_fetch where user_id = ${$.member}
    ), pictures as (
      delete from avatar where user_id = ${$.member}
    )
    select count(*)::int as n from gone`,
})

/** Hides a member's files from this moment on; a chore deletes the bytes. */
export async function eraseFiles(tx: Db, { id }: Erasing): Promise<boolean> {
  const row = await erasing.row(tx, { member: id })
  return row?.n === atOnce
}

const waiting = statement({
  name: 'files: how many there are',
  takes: {},
  gives: { late: 'int' },
  sql: () => `select count(*)::int as late from file where state = 'gone' and created_at < now() - interval '1 day'`,
})

/** Examines whether files wait for deletion longer than they should. */
export async function examineFiles(db: Db): Promise<Finding[]> {
  const row = await waiting.row(db, {})
  if (!row || row.late < 10_000) return [good('files: none waits to be deleted')]
  return [
    wrong(
      `files: ${row.late} wait to be deleted. Run kith serve or kith work, and look for "a chore failed" in its log.`,
    ),
  ]
}
