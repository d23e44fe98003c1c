import type { Ctx } from '../context.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'

/** Counting stops here, so an answer of "more than that" costs the same in every community. */
export const countedTo = 100_000

const counting = statement({
  name: 'connections: totals',
  takes: { most: 'bigint' },
  gives: { connections: 'int', requests: 'int', rejected: 'int', followings: 'int' },
  sql($) {
    const first = (where: string) =>
      `(select count(*)::int from (select from relation r where ${where} limit ${$.most}) r)`
    const ofKind = (kind: number) =>
      first(`r.asked and r.state > 0
      and (case when r.state = 4 then 0 when r.rejected is null then 1 else 2 end) = ${kind}`)
    return `select ${ofKind(0)} as connections, ${ofKind(1)} as requests, ${ofKind(2)} as rejected,
      ${first('r.following_place is not null')} as followings`
  },
})

const figure = Type.Integer({ description: `At most ${countedTo}, which means that many or more.` })

export const ConnectionTotals = Type.Object(
  {
    mode: Type.Enum(['friendship', 'follow']),
    connections: figure,
    requests: figure,
    rejected: figure,
    followings: figure,
    counted_to: Type.Integer(),
  },
  {
    $id: 'ConnectionTotals',
    description: 'What there is of both modes, in effect or asleep.',
    additionalProperties: false,
  },
)

/** Counts what is between members in either mode: what a switch of modes puts to sleep, and what it wakes. */
export async function countConnections({ db, community }: Ctx) {
  const row = await counting.row(db, { most: countedTo })
  return { mode: community.mode, ...(row as NonNullable<typeof row>), counted_to: countedTo }
}
