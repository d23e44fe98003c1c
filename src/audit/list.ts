import type { Db } from '../platform/db/database.ts'
import { readMoment } from '../platform/http/moment.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { renderSql } from '../platform/sql/view.ts'
import { AuditEntry } from './views.ts'

/** Larger than other pages, for readers that copy the whole trail. */
export const maxPage = 500

const either = [false, true]

const entries = list({
  name: 'audit: entries',
  takes: { actor: 'bigint?', target: 'bigint?', act: 'text?', since: 'float8?', until: 'float8?' },
  longest: maxPage,
  variants: () =>
    either.flatMap((byActor) =>
      either.flatMap((byTarget) =>
        either.flatMap((byAct) => either.map((within) => ({ byActor, byTarget, byAct, within }))),
      ),
    ),
  sql: ($, { byActor, byTarget, byAct, within }) => ({
    columns: '',
    from: `from audit x where true
      ${byActor ? `and x.actor_id = ${$.actor}` : ''} ${byTarget ? `and x.target = ${$.target}` : ''}
      ${byAct ? `and x.act = ${$.act}` : ''}
      ${within ? `and x.at >= to_timestamp(${$.since}) and x.at < to_timestamp(${$.until})` : ''}`,
    keys: [
      { sql: 'x.at', descending: true, type: 'timestamptz' },
      { sql: 'x.id', descending: true, type: 'bigint' },
    ],
    joins: 'join audit a on a.id = p.k1 left join users u on u.id = a.actor_id',
    render: renderSql(AuditEntry, null),
  }),
})

type Moment = number | string
export type AuditFilters = { actor?: number; target?: number; act?: string; since?: Moment; until?: Moment }

/** Reads the moments of a filter, or refuses them. */
export const readSpan = ({ since, until }: Pick<AuditFilters, 'since' | 'until'>) => ({
  since: since === undefined ? 0 : readMoment('since', since),
  until: until === undefined ? 1e11 : readMoment('until', until),
})

/** A page of the trail, last first. */
export async function listAudit(db: Db, filters: AuditFilters, page: PageRequest): Promise<PageRows<'AuditEntry'>> {
  const { actor, target, act, since, until } = filters
  const values = { actor: actor ?? null, target: target ?? null, act: act ?? null, ...readSpan(filters) }
  return entries.page(db, values, page, {
    ...{ byActor: actor !== undefined, byTarget: target !== undefined, byAct: act !== undefined },
    within: since !== undefined || until !== undefined,
  })
}
