import type { Database } from '../src/platform/db/database.ts'
import { askServer } from './contributions.ts'
import { startHelper } from './delivery-processes.ts'
import { get } from './load.ts'
import { compare, type Measuring, measure, type Result, type Runner } from './measure.ts'
import type { Server } from './servers.ts'
import { figure, judged } from './table.ts'
import type { Uploaded, UploadQuestion } from './uploads-sender.ts'

type Site = { db: Database; kith: Server; token(id: number): string; readers: number[][] }

/** Comments of a short and of a long thread; as many are replies to the first of them. */
const lengths = [100, 10_000]

/** What a page of a thread costs, by how long the thread is: both levels, by time and by connection, at its top and far down. */
export async function benchThreads({ db, kith, token, readers }: Site, options: Measuring): Promise<string[][]> {
  const [reader] = readers.at(-1) as [number]
  const [contributions, authors] = [
    await db.query<{ id: number }>('select id from contribution where kind = 2 and not deleted order by id limit 2'),
    await db.query<{ id: number }>(`select id from users where status = 'a' order by id limit 2000`),
  ]
  const threads: { length: number; on: number; first: number }[] = []
  for (const [i, length] of lengths.entries()) {
    const on = (contributions[i] as { id: number }).id
    await db.query('delete from mark where kind = 16')
    await db.query('delete from comment where contribution_id = $1 and parent_id is not null', [on])
    await db.query('delete from comment where contribution_id = $1', [on])
    const add = (parent: number | null) =>
      db.query<{ id: number }>(
        `insert into comment (contribution_id, kind, parent_id, author_id, html, summary, added_at, comment_count)
         select $1, 2, $2::bigint, ($3::bigint[])[1 + n % cardinality($3::bigint[])], '<p>Well said!</p>', 'Well said!',
           now() - n * interval '1 minute', case when $2 is null and n = $4 then $4 else 0 end
         from generate_series(1, $4::int) n returning id`,
        [on, parent, authors.map(({ id }) => id), length],
      )
    const first = ((await add(null)).at(-1) as { id: number }).id
    await add(first)
    await db.query('update contribution set comment_count = $2 * 2, thread_count = $2 where id = $1', [on, length])
    threads.push({ length, on, first })
  }
  await db.query('vacuum analyze comment')
  const rows: string[][] = []
  for (const replies of [false, true])
    for (const ordering of ['-added_at', 'connection'])
      for (const far of [false, true]) {
        const runners: Runner[] = []
        for (const { length, on, first } of threads) {
          const asked = `/api/v2/comment/?post=${on}&ordering=${ordering}&limit=20${replies ? `&parent=${first}` : ''}`
          const half = await askServer(kith, `${asked}&offset=${length / 2}`, token(reader))
          const path = far ? (half.next as string).replace(/^.*\/api\/v2/, '/api/v2') : asked
          runners.push({ port: kith.port, pid: kith.pid, source: () => get(path, token(reader)) })
        }
        const what = `${replies ? 'replies' : 'thread'} by ${ordering}, ${far ? 'halfway' : 'first page'}`
        const results = await measure(what, runners, options)
        for (const [i, { length }] of threads.entries()) {
          const { rate, p50, p99, nodeMs, postgresMs } = results[i] as Result
          const grown = 1 / compare(results[i] as Result, results[0] as Result).cpu
          rows.push([
            `${what}, ${figure(length)}`,
            ...[figure(rate), figure(p50, 2), figure(p99, 2), figure(nodeMs, 3), figure(postgresMs, 3), ''],
            ...[figure(grown, 2), i ? judged(grown <= 1.3, 'growth <= 1.3') : ''],
          ])
        }
      }
  return rows
}

/** How long others wait while photos of ten megabytes are uploaded, one after the other. */
export async function benchUploads({ kith, token, readers }: Site, options: Measuring): Promise<string[][]> {
  const sender = startHelper('uploads-sender')
  const sending: UploadQuestion = { port: kith.port, tokens: readers.flat().map(token), seconds: 0 }
  // The first makes the photo, and has Kith load what reads it.
  await sender.ask(sending)
  const [reader] = readers[0] as [number]
  const runner: Runner = { port: kith.port, pid: kith.pid, source: () => get('/api/v2/user/me/', token(reader)) }
  // Few ask at a time: what is to be seen is how long one waits, not how many are served.
  // For long enough that some photos are uploaded in each window.
  const few = { ...options, connections: 2, seconds: Math.max(4, options.seconds) }
  const [alone] = (await measure('uploads, nobody uploads', [runner], few)) as [Result]
  const uploading = sender.ask<Uploaded>({ ...sending, seconds: few.seconds * (few.rounds + 1) })
  const [beside] = (await measure('uploads, one after the other', [runner], few)) as [Result]
  const { photos, megabytes } = await uploading
  await sender.stop()
  const cells = ({ rate, p50, p99, nodeMs, postgresMs }: Result) => [
    ...[figure(rate), figure(p50, 2), figure(p99, 2), figure(nodeMs, 3), figure(postgresMs, 3), '', ''],
  ]
  const held = beside.p99 - alone.p99
  return [
    ['one member, nobody uploads', ...cells(alone)],
    [
      `one member, while ${photos} photos of ${figure(megabytes, 1)} MB are uploaded`,
      ...cells(beside),
      judged(held <= 20, 'p99 at most 20 ms longer'),
    ],
  ]
}
