import { lookAgain } from '../auth/again.ts'
import { member } from '../auth/audience.ts'
import { askedOf, type Kith, type MemberCtx } from '../context.ts'
import { keyOf } from '../files/keep.ts'
import type { Db } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import type { FileOut, Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { partName } from './make.ts'
import { DataPortability, renderStatus, type Subject } from './views.ts'

const showing = statement({
  name: 'archives: show how far one is',
  takes: { member: 'bigint' },
  gives: { json: shown(DataPortability) },
  sql: ($) => `select ${renderStatus}::text as json
    from (select 1) one left join archive a on a.member_id = ${$.member} left join users u on u.id = a.member_id`,
})

/** The state of the caller's archive. */
export const showStatus = async ({ db, actor }: MemberCtx): Promise<Json<'DataPortability'>> =>
  (await showing.row(db, { member: actor.id })) as Json<'DataPortability'>

const requesting = statement({
  name: 'archives: ask for one',
  takes: { member: 'bigint', language: 'text', now: 'timestamptz' },
  gives: {},
  sql: (
    $,
  ) => `insert into archive as a (member_id, language, requested_at) values (${$.member}, ${$.language}, ${$.now})
    on conflict (member_id) do update set requested_at = excluded.requested_at, language = excluded.language,
      attempt = a.attempt + 1, worked_at = null, generated_at = null, email_sent_at = null, downloaded_at = null, bytes = 0
    where a.generated_at is not null`,
})

/** Asks for an archive. If one is being made, that one counts; a finished one is replaced. */
export async function requestArchive(ctx: MemberCtx): Promise<Json<'DataPortability'>> {
  await ctx.db.transaction(async (tx) => {
    await lookAgain(tx, ctx, member)
    await requesting.rows(tx, { member: ctx.actor.id, language: askedOf(ctx).language, now: ctx.now })
  })
  return showStatus(ctx)
}

const taking = statement({
  name: 'archives: take one',
  takes: { member: 'bigint', now: 'timestamptz' },
  gives: { attempt: 'int', bytes: 'bigint', username: 'text', day: 'text' },
  sql: ($) => `with a as (
      update archive set downloaded_at = ${$.now} where member_id = ${$.member} and generated_at is not null returning *
    )
    select a.attempt, a.bytes, u.username, to_char(a.generated_at at time zone 'UTC', 'YYYY-MM-DD') as day
    from a join users u on u.id = a.member_id`,
})

const reading = statement({
  name: 'archives: read a part',
  takes: { member: 'bigint', attempt: 'int', n: 'int' },
  gives: { token: 'text' },
  sql: ($) => `select f.token from archive_part p join file f on f.id = p.file_id
    where p.member_id = ${$.member} and p.attempt = ${$.attempt} and p.n = ${$.n}`,
})

async function* partsOf({ db, files }: Kith, member: number, attempt: number): AsyncIterable<Buffer> {
  for (let n = 0; ; n++) {
    const row = await reading.row(db, { member, attempt, n })
    if (!row) return
    const part = await files.storage.get(keyOf(row.token, partName))
    // The client sees that the download is cut off.
    if (!part) throw new Error(`A part of an archive is missing in the storage: ${files.storage.where}`)
    yield* part
  }
}

/** The caller's archive, read piece by piece. */
export async function takeArchive({ kith, db, actor, now }: MemberCtx): Promise<FileOut> {
  const row = await taking.row(db, { member: actor.id, now })
  if (!row) throw notFound('There is no archive of yours. Ask for one by POST, and wait until computing is false.')
  return { name: `${row.username}-${row.day}.zip`, bytes: row.bytes, content: partsOf(kith, actor.id, row.attempt) }
}

const forgetting = statement({
  name: 'archives: forget that of a member',
  takes: { member: 'bigint' },
  gives: {},
  sql: ($) => `delete from archive where member_id = ${$.member}`,
})

/** Deletes the archive of a member who leaves. */
export async function forgetArchive(tx: Db, { id }: Subject): Promise<void> {
  await forgetting.rows(tx, { member: id })
}
