import type { Db } from '../platform/db/database.ts'
import { type Figure, figure } from '../platform/figure.ts'
import { statement } from '../platform/sql/statement.ts'
import { maxCounted } from './views.ts'

const counting = statement({
  name: 'webhooks: figures',
  takes: {},
  gives: {
    ...{ events: 'bigint', healthy: 'int', failing: 'int', paused: 'int', idle: 'int' },
    ...{ behind: 'bigint', waiting: 'int', late: 'int', recoveries: 'int' },
  } as const,
  sql: () => `select (select coalesce(max(id), 0) from event) as events,
      count(*) filter (where l.failures = 0 and not l.paused)::int as healthy,
      count(*) filter (where l.failures > 0 and not l.paused)::int as failing,
      count(*) filter (where l.paused)::int as paused, count(*) filter (where n.id is null)::int as idle,
      greatest(0, coalesce(max((select max(id) from event) - l.position) filter (where not l.paused), 0)) as behind,
      (select count(*)::int from (select from webhook_delivery limit ${maxCounted}) d) as waiting,
      (select count(*)::int from (
        select from webhook_lane l cross join unnest('{false,true}'::boolean[]) r(replay) cross join lateral (
          select from webhook_delivery d
          where d.endpoint_id = l.endpoint_id and d.replay = r.replay and d.due_at < now() - interval '1 minute'
          limit ${maxCounted}) d
        where not l.paused limit ${maxCounted}) d) as late,
      (select count(*)::int from webhook_recovery) as recoveries
    from webhook_endpoint e join webhook_lane l on l.endpoint_id = e.id
    left join webhook_node n on n.id = l.owner and n.until > now()
    where e.is_active and not e.deleted`,
})

/** Metrics of events and their delivery. */
export async function webhookFigures(db: Db): Promise<Figure[]> {
  const row = await counting.row(db, {})
  if (!row) return []
  const { events, behind, waiting, late, idle, recoveries } = row
  return [
    figure('kith_events_total', 'Ids that events were given; a few are missing.', events),
    {
      name: 'kith_webhook_endpoints',
      says: 'Webhook endpoints that are active, by how deliveries to them go.',
      values: (['healthy', 'failing', 'paused'] as const).map((state) => ({ value: row[state], of: { state } })),
    },
    figure('kith_webhook_endpoints_idle', 'Active webhook endpoints that no node delivers to.', idle),
    figure(
      'kith_webhook_behind',
      'Events that the slowest endpoint, of those not paused, has before it at most.',
      behind,
    ),
    figure('kith_webhook_waiting', `Deliveries to be tried or sent again, counted up to ${maxCounted}.`, waiting),
    figure(
      'kith_webhook_late',
      'Those of them that have been due for more than a minute, of endpoints that are not paused.',
      late,
    ),
    figure('kith_webhook_recoveries', 'Recoveries under way.', recoveries),
  ]
}
