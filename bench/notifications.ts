import { indexAll } from '../src/cli/indexing.ts'
import { openDatabase } from '../src/platform/db/database.ts'
import { createDatabase } from './community.ts'
import { type At, runKith } from './contributions.ts'
import { get, median } from './load.ts'
import { type Measuring, measure } from './measure.ts'
import { startKith } from './servers.ts'
import { createTokenBook } from './sources.ts'
import { figure, judged, printTable } from './table.ts'

type Options = Measuring & { nodeArgs: string[] }

/** Members who are told of as many things as their names say: the same rows that acts write. */
const fill = `with made as (
    insert into users (username, email, date_joined)
    select 'told-' || n, 'told-' || n || '@example.org', now() from unnest($1::int[]) n returning id, username
  ), box as (
    insert into notification_box (member_id, last, unseen)
    select id, split_part(username, '-', 2)::int, split_part(username, '-', 2)::int from made
  ) select id, split_part(username, '-', 2)::int as n from made order by n`

/**
 * The list of notifications, and how many are unseen, of members who have ever more of them: neither depends on how many.
 * @param sizes how many notifications a member has
 */
export async function benchNotifications(dir: string, at: At, sizes: number[], options: Options): Promise<void> {
  const { say, nodeArgs, ...measuring } = options
  const url = await createDatabase(at, 'notifications')
  await runKith(dir, url, ['create-user', 'admin', '--role', 'admin'])
  const db = openDatabase({ url, size: 1, session: { statement_timeout: '0' } }, () => {})
  const members = await db.query<{ id: number; n: number }>(fill, [sizes])
  // All that rows refer to is there: to look for it again, for millions of them, takes longer than to write them.
  const session = { statement_timeout: '0', session_replication_role: 'replica', synchronous_commit: 'off' }
  const writing = openDatabase({ url, size: 1, session }, () => {})
  for (const { id, n } of members) {
    say(`notifications: writing ${figure(n)}`)
    // Followers, told of one after the other; each stands in a group of its own, about nothing but the member.
    await writing.query(
      `with notice as (
         insert into notification_notice (type, actor_id, owner_id, once, at)
         select 97, 1, null, false, now() - (($2::int - n) || ' s')::interval from generate_series(1, $2::int) n
         returning id
       ), numbered as (select id, row_number() over (order by id) as position from notice
       ), grouped as (
         insert into notification_group (member_id, kind, subject_id, alone, last, n, unseen)
         select $1, 0, 0, id, position, 1, 1 from numbered returning id, alone, last
       )
       insert into notification (member_id, group_id, notice_id, position, actor_id)
       select $1, id, alone, last, 1 from grouped`,
      [id, n],
    )
  }
  await writing.close()
  await db.query('update community set members = (select count(*) from users)')
  // Or Kith does it while it is measured.
  await indexAll({ db })
  await db.query('vacuum analyze')
  await db.close()
  const tokens = await createTokenBook(members.map(({ id }) => id))
  const server = await startKith(dir, url, { KITH_RATE_LIMIT: '0' }, nodeArgs)
  const asked: [name: string, path: string][] = [
    ['unseen count', '/api/v2/notification/unseen/count/'],
    // What is listed counts as seen from then on: the first page is read again and again, another behind it as well.
    ['list', '/api/v2/notification/?limit=10'],
    ['50 of the list', '/api/v2/notification/?limit=50'],
  ]
  const rows: string[][] = []
  let [worst, flat] = [0, true]
  for (const [name, path] of asked) {
    const runners = members.map(({ id }) => {
      const request = get(path, tokens.get(id))
      return { port: server.port, pid: server.pid, source: () => request }
    })
    const results = await measure(`notifications, ${name}`, runners, { ...measuring, say })
    const [floor] = results
    for (const [i, { rate, p50, p99, nodeMs, postgresMs, windows }] of results.entries()) {
      // Windows that ran one after the other are compared.
      const ratio = median(windows.map(({ cpuMs }, w) => cpuMs / (floor?.windows[w]?.cpuMs ?? Number.NaN)))
      if (ratio > 1.3) flat = false
      worst = Math.max(worst, ratio)
      rows.push([
        ...[i ? '' : name, figure(members[i]?.n ?? 0), figure(rate), figure(p50, 1), figure(p99, 1)],
        ...[figure(nodeMs, 2), figure(postgresMs, 2), figure(ratio, 2)],
      ])
    }
  }
  await server.stop()
  say('')
  printTable(
    'Notifications of one member',
    ['', 'has', 'a second', 'p50 ms', 'p99 ms', 'node ms', 'PostgreSQL ms', 'CPU to the first'],
    rows,
  )
  console.log(`At most ${figure(worst, 2)} of the CPU that ${figure(sizes[0] ?? 0)} take: ${judged(flat, '<= 1.3')}.`)
}
