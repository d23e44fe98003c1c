import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import type { ZipEntry } from '../platform/zip.ts'
import { keyOf, type Part } from './keep.ts'

/** Files looked up at a time. */
const most = 50

const some = statement({
  name: 'files: what a member has',
  takes: { member: 'bigint', after: 'bigint', most: 'int' },
  gives: { id: 'bigint', token: 'text', parts: 'json' },
  sql: ($) => `select id, token, parts from file where owner_id = ${$.member} and state = 'kept' and id > ${$.after}
    order by id limit ${$.most}`,
})

async function* bytesOf({ files }: Kith, token: string, { name }: Part): AsyncIterable<Buffer> {
  // A file may have been deleted since it was found.
  yield* (await files.storage.get(keyOf(token, name))) ?? []
}

/** Everything that a member has uploaded, each whole and once: of a picture in several sizes, the largest. */
export async function* ownFiles(kith: Kith, member: number): AsyncIterable<ZipEntry> {
  for (let after = -1; ; ) {
    const rows = await some.rows(kith.db, { member, after, most })
    for (const { token, parts } of rows) {
      const [largest] = (parts as Part[]).toSorted((a, b) => b.bytes - a.bytes)
      if (largest) yield { name: `files/${token}/${largest.name}`, content: bytesOf(kith, token, largest) }
    }
    if (rows.length < most) return
    after = rows.at(-1)?.id as number
  }
}
