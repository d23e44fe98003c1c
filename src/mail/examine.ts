import type { Config } from '../config.ts'
import type { Db } from '../platform/db/database.ts'
import { type Finding, good, wrong } from '../platform/finding.ts'
import { statement } from '../platform/sql/statement.ts'
import { mailFolder } from './post.ts'

const counting = statement({
  name: 'mail: what waits, and what was given up',
  takes: {},
  gives: { waiting: 'int', late: 'int', fault: 'text?', given_up: 'int', why: 'text?' },
  sql: () => `select count(*) filter (where due_at is not null)::int as waiting,
      count(*) filter (where due_at is not null and created_at < now() - interval '15 minutes')::int as late,
      max(fault) filter (where due_at is not null) as fault,
      count(*) filter (where fault is not null and settled_at > now() - interval '1 week')::int as given_up,
      max(fault) filter (where settled_at > now() - interval '1 week') as why
    from mail where due_at is not null or settled_at > now() - interval '1 week'`,
})

/** Examines where mails go, and how many wait or were given up. */
export async function examineMails(db: Db, config: Pick<Config, 'smtp' | 'dataDir'>): Promise<Finding[]> {
  const { smtp } = config
  const row = await counting.row(db, {})
  const waiting = row?.waiting ? `; ${row.waiting} waiting` : ''
  const findings = [
    good(
      smtp
        ? `mail: by ${smtp.host}:${smtp.port}${waiting}`
        : `mail: SMTP_URL is not set, so mails are files in ${mailFolder(config)}${waiting}`,
    ),
  ]
  if (row?.late)
    findings.push(
      wrong(
        `mail: ${row.late} waiting for more than 15 minutes${row.fault ? ` (${row.fault})` : ''}. ` +
          'See that kith serve or kith work runs, and that SMTP_URL is right.',
      ),
    )
  if (row?.given_up) findings.push(wrong(`mail: ${row.given_up} given up in the last week, as: ${row.why}`))
  return findings
}
