import type { Ctx } from '../context.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { nullable } from '../platform/sql/view.ts'
import { mustBeThere } from '../users/queries.ts'
import * as events from './events.ts'

/** The types of events about two members. */
const types = Object.values(events)
  .map(({ type }) => type)
  .filter((type) => type.startsWith('connection'))

/** Events of each type that are searched, newest first: no index knows whom an event is about. */
const lookedAt = 2_000

const reading = statement({
  name: 'connections: history of a member',
  takes: { member: 'bigint', types: 'text[]', most: 'bigint', limit: 'bigint' },
  gives: {
    ...{ event_id: 'bigint', type: 'text', created: 'float8', from_id: 'bigint?', from_name: 'text?' },
    ...{ to_id: 'bigint?', to_name: 'text?' },
  },
  sql: ($) => `select e.id as event_id, e.type, extract(epoch from e.created)::float8 as created,
      e.from_id, f.username as from_name, e.to_id, t.username as to_name
    from unnest(${$.types}) kind cross join lateral (
      select e.id, e.type, e.created, (e.body #>> '{data,from_user,id}')::bigint as from_id,
        (e.body #>> '{data,to_user,id}')::bigint as to_id
      from event e where e.type = kind order by e.id desc limit ${$.most}
    ) e left join users f on f.id = e.from_id left join users t on t.id = e.to_id
    where ${$.member} in (e.from_id, e.to_id) order by e.id desc limit ${$.limit}`,
})

const Party = nullable(Type.Object({ id: Type.Integer(), username: Type.String() }, { additionalProperties: false }))

export const ConnectionHistory = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        { event_id: Type.Integer(), type: Type.String(), created: Type.Number(), from_user: Party, to_user: Party },
        { additionalProperties: false },
      ),
    ),
    looked_at: Type.Integer({ description: 'How many events of each type were searched, newest first.' }),
  },
  { $id: 'ConnectionHistory', description: 'What happened between a member and others.', additionalProperties: false },
)

const party = (id: number | null, username: string | null) =>
  id === null || username === null ? null : { id, username }

/** What happened between a member and others, newest first: who asked, accepted, rejected, restored, followed. */
export async function listHistory(ctx: Ctx, member: number, limit: number) {
  await mustBeThere(ctx, member)
  const rows = await reading.rows(ctx.db, { member, types, most: lookedAt, limit })
  return {
    results: rows.map(({ event_id, type, created, from_id, from_name, to_id, to_name }) => ({
      ...{ event_id, type, created },
      ...{ from_user: party(from_id, from_name), to_user: party(to_id, to_name) },
    })),
    looked_at: lookedAt,
  }
}
