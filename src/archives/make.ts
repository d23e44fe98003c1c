import { ownLink, ownPaths } from '../addresses/links.ts'
import { writeMail } from '../addresses/write.ts'
import type { Kith } from '../context.ts'
import { putFiles } from '../files/keep.ts'
import { failpoint } from '../platform/failpoint.ts'
import { languageOf } from '../platform/http/language.ts'
import { statement } from '../platform/sql/statement.ts'
import { type ZipEntry, zip } from '../platform/zip.ts'
import type { Slice } from '../slice.ts'

/** The smallest size of a part in bytes, except the last. */
const partBytes = 4 * 1024 * 1024
/** A node that has written nothing for this long, in ms, has abandoned its archive. */
const patience = 120_000
/** Days that an archive is kept. */
export const keptDays = 7

/** The name of a part in the storage. */
export const partName = 'part'

const claiming = statement({
  name: 'archives: claim one that is due',
  takes: { now: 'timestamptz', late: 'timestamptz' },
  gives: { member: 'bigint', attempt: 'int' },
  sql: ($) => `with due as (
      select member_id from archive where generated_at is null and (worked_at is null or worked_at < ${$.late})
      order by requested_at limit 1 for update skip locked
    ), cleared as (
      delete from archive_part p using due where p.member_id = due.member_id
    )
    update archive a set attempt = a.attempt + 1, worked_at = ${$.now}, bytes = 0 from due
    where a.member_id = due.member_id returning a.member_id as member, a.attempt`,
})

// The part is stored before its row. If another node makes the archive by now, the row is not written and a chore
// deletes the part.
const keeping = statement({
  name: 'archives: keep a part',
  takes: { member: 'bigint', attempt: 'int', n: 'int', file: 'bigint', bytes: 'bigint', now: 'timestamptz' },
  gives: { n: 'int' },
  sql: ($) => `with held as (
      update archive set worked_at = ${$.now}, bytes = bytes + ${$.bytes}
      where member_id = ${$.member} and attempt = ${$.attempt} and generated_at is null returning member_id
    ), kept as (
      update file set state = 'kept' from held where id = ${$.file} and state = 'pending' returning id
    )
    insert into archive_part (member_id, attempt, n, file_id)
    select held.member_id, ${$.attempt}, ${$.n}, kept.id from held, kept returning n`,
})

const finishing = statement({
  name: 'archives: finish one',
  takes: { member: 'bigint', attempt: 'int', now: 'timestamptz' },
  gives: { language: 'text', username: 'text', email: 'text?' },
  sql: ($) => `update archive a set generated_at = ${$.now}, worked_at = null,
      email_sent_at = case when u.email is not null then ${$.now} end
    from users u where a.member_id = ${$.member} and u.id = a.member_id and a.attempt = ${$.attempt} and a.generated_at is null
    returning a.language, u.username, u.email`,
})

/** Marks the archive as ready and writes the mail about it, both or neither. */
const finish = ({ db, clock, community }: Kith, { member, attempt }: { member: number; attempt: number }) =>
  db.transaction(async (tx) => {
    const now = clock.now()
    const row = await finishing.row(tx, { member, attempt, now })
    if (!row?.email) return
    const { email: to, username } = row
    const until = new Date(now.getTime() + keptDays * 86_400_000)
    const link = ownLink(community.current(), ownPaths.data)
    await writeMail(tx, community.current(), 'archiveReady', {
      ...{ to, member, username, language: languageOf(row.language), link, now, until },
    })
  })

const about = `This is what is kept of you here. Each file that ends in .jsonl has a line of JSON for each thing:
read them with a text editor, or with any program that reads JSON Lines.

Pictures and documents are in the folder files. Where a line has an address like /files/TOKEN/NAME, what
was there is in files/TOKEN/ of this archive; smaller copies of a picture are left out.
`

async function* once(text: string): AsyncIterable<string> {
  yield text
}

/** Everything that slices keep of a member: lines, and the files they refer to. */
async function* filesOf(kith: Kith, slices: readonly Slice[], member: number): AsyncIterable<ZipEntry> {
  yield { name: 'README.txt', content: once(about) }
  for (const { whatMemberHas = {} } of slices)
    for (const [name, rows] of Object.entries(whatMemberHas))
      yield { name: `${name}.jsonl`, content: rows(kith.db, member) }
  for (const { filesMemberHas } of slices) if (filesMemberHas) yield* filesMemberHas(kith, member)
}

/** Joins pieces of bytes until each is as large as a part. */
async function* inParts(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let held: Buffer[] = []
  let size = 0
  for await (const piece of pieces) {
    held.push(piece)
    size += piece.length
    if (size < partBytes) continue
    yield Buffer.concat(held)
    held = []
    size = 0
  }
  if (size) yield Buffer.concat(held)
}

/**
 * Makes the archives that members have asked for, until none is left. Each part is a transaction of its own. An
 * abandoned archive is begun anew, and the node that abandoned it writes nothing more.
 * @returns how many were made
 */
export async function makeArchives(kith: Kith): Promise<number> {
  const { db, clock } = kith
  const slices = await kith.slices()
  for (let made = 0; ; made++) {
    const now = clock.now()
    const claimed = await claiming.row(db, { now, late: new Date(now.getTime() - patience) })
    if (!claimed) return made
    let n = 0
    let ours = true
    for await (const content of inParts(zip(filesOf(kith, slices, claimed.member), now))) {
      const part = { name: partName, type: 'application/octet-stream', bytes: content.length, from: content }
      const put = await putFiles(kith, { owner: null }, [part])
      const values = { file: put.id, bytes: content.length, now: clock.now() }
      ours = Boolean(await keeping.row(db, { ...claimed, n: n++, ...values }))
      if (!ours) break
      failpoint('part of an archive')
    }
    if (ours) await finish(kith, claimed)
  }
}

const removing = statement({
  name: 'archives: remove old ones',
  takes: { before: 'timestamptz' },
  gives: {},
  sql: ($) => `delete from archive where generated_at < ${$.before}`,
})

/** Deletes archives that have been kept long enough. */
export const removeOldArchives = ({ db, clock }: Kith): Promise<unknown> =>
  removing.rows(db, { before: new Date(clock.now().getTime() - keptDays * 86_400_000) })
