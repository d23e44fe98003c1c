import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Db } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { foldName } from '../platform/search/names.ts'
import { statement } from '../platform/sql/statement.ts'
import type { ChoreCtx } from '../slice.ts'
import { written } from './views.ts'

const columns = [...written, 'lat', 'lng', 'folded']

const locking = statement({
  name: 'localities: lock the source',
  takes: {},
  gives: { digest: 'text' },
  sql: () => 'select digest from locality_source for update',
})

const clearing = statement({
  name: 'localities: clear',
  takes: {},
  gives: {},
  sql: () => 'delete from locality',
})

const adding = statement({
  name: 'localities: add some',
  takes: { rows: 'json' },
  gives: {},
  sql: ($) => `insert into locality (${columns.join(', ')}) select ${columns.join(', ')}
    from json_to_recordset(${$.rows}) as x(${columns
      .map((name) => `${name} ${name === 'lat' || name === 'lng' ? 'float8' : 'text'}`)
      .join(', ')})`,
})

const noting = statement({
  name: 'localities: note the source',
  takes: { digest: 'text', localities: 'int' },
  gives: {},
  sql: ($) => `update locality_source set digest = ${$.digest}, localities = ${$.localities}`,
})

/** Lines written at a time. */
const batch = 1_000
const longest = 500

type Row = Record<string, string | number>

/** Reads a line of the file; null if it has no place. */
export function readLine(names: string[], line: string): Row | null {
  const cells = line.split('\t')
  const cell = (name: string) => (cells[names.indexOf(name)] ?? '').replaceAll('\0', '').trim().slice(0, longest)
  const [lat, lng] = [cell('lat'), cell('lng')].map((text) => (text ? Number(text) : Number.NaN)) as [number, number]
  const row: Row = { ...Object.fromEntries(written.map((name) => [name, cell(name).toWellFormed()])), lat, lng }
  if (!row.town || !(Math.abs(lat) <= 90) || !(Math.abs(lng) <= 180)) return null
  row.full_address ||= [row.postal_code, row.town, row.province, row.region, row.country].filter(Boolean).join(', ')
  return { ...row, folded: foldName(`${row.town}, ${row.full_address}`) }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256').update(`${rules} `)
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Replaces all places by those of the file, in the given transaction. Resolves to how many lines are invalid. */
async function replace(tx: Db, file: string, digest: string): Promise<{ localities: number; bad: number }> {
  await clearing.rows(tx, {})
  let names: string[] | null = null
  let rows: Row[] = []
  const sums = { localities: 0, bad: 0 }
  const write = async () => {
    sums.localities += rows.length
    await adding.rows(tx, { rows: JSON.stringify(rows) })
    rows = []
  }
  const input = createReadStream(file, 'utf8')
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  let fault: Error | null = null
  // Reading by lines does not report this error itself.
  input.on('error', (error) => {
    fault = error
    lines.close()
  })
  for await (const line of lines) {
    if (!line.trim()) continue
    if (!names) {
      names = line
        .replace(/^\ufeff/, '')
        .split('\t')
        .map((name) => name.trim())
      continue
    }
    const row = readLine(names, line)
    if (row) rows.push(row)
    else sums.bad++
    if (rows.length === batch) await write()
  }
  if (fault) throw fault
  await write()
  await noting.rows(tx, { digest, localities: sums.localities })
  return sums
}

/** The state of the file when this node last read it: an unchanged file need not be read again. */
let seen = ''

/**
 * Reads the file of localities if it has changed since it was last read. All of it replaces what is there, or nothing
 * does. Without a file there are no places.
 */
export async function loadLocalities({
  kith,
  config,
  log,
}: Pick<ChoreCtx, 'kith' | 'log'> & { config: { localities: string | null } }) {
  const file = config.localities
  const now = file ? await stat(file).then(({ mtimeMs, size, ino }) => `${file} ${mtimeMs} ${size} ${ino}`) : 'none'
  if (seen === now) return
  const digest = file ? await digestOf(file) : ''
  await kith.db.transaction(async (tx) => {
    const before = await locking.row(tx, {})
    if (before?.digest === digest) return
    if (file) log.info({ file, ...(await replace(tx, file, digest)) }, 'localities were read')
    else {
      await clearing.rows(tx, {})
      await noting.rows(tx, { digest, localities: 0 })
    }
  })
  seen = now
}
