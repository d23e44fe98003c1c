import type { Db } from '../platform/db/database.ts'
import { type Finding, good, wrong } from '../platform/finding.ts'
import { statement } from '../platform/sql/statement.ts'

const summing = statement({
  name: 'webhooks: how they are doing',
  takes: {},
  gives: { active: 'int', paused: 'text[]?', idle: 'int', behind: 'int' },
  sql: () => `select count(*)::int as active, array_agg(e.target order by e.id) filter (where l.paused) as paused,
      count(*) filter (where n.id is null)::int as idle,
      coalesce(max((select max(id) from event) - l.position) filter (where not l.paused), 0)::int as behind
    from webhook_endpoint e join webhook_lane l on l.endpoint_id = e.id
    left join webhook_node n on n.id = l.owner and n.until > now()
    where e.is_active and not e.deleted`,
})

/** Examines whether webhooks arrive. */
export async function examineWebhooks(db: Db): Promise<Finding[]> {
  const row = await summing.row(db, {})
  const { active = 0, paused = null, idle = 0, behind = 0 } = row ?? {}
  if (paused?.length) return [wrong(`webhooks: paused, because they do not answer: ${paused.slice(0, 5).join(', ')}`)]
  if (behind > 10_000 && idle) return [wrong(`webhooks: ${idle} endpoints are delivered to by nobody. Run kith work.`)]
  return [good(`webhooks: ${active} active, the slowest at most ${behind} events behind`)]
}
