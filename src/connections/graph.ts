import { activeSql } from '../auth/status.ts'
import type { Ctx } from '../context.ts'
import type { Json } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { nullable, renderingOf, shape, shown } from '../platform/sql/view.ts'
import { mustBeThere } from '../users/queries.ts'

/** The largest graph: members in it, and connections between them. */
export const mostMembers = 5_000
const mostEdges = 50_000

/** Rows of `relation` read for one graph: an equal share of each member's newest, whoever is in it. */
const mostRead = 400_000

const integers = Type.Array(Type.Integer())
const texts = Type.Array(Type.String())

/** Columns instead of objects: at its largest, a tenth of the size. */
export const ConnectionGraph = shape(
  'ConnectionGraph',
  Type.Object(
    {
      directed: Type.Boolean({
        description: 'true in follow mode: an edge leads from a follower to the member followed.',
      }),
      members: Type.Object(
        {
          id: integers,
          username: texts,
          real_name: texts,
          role: Type.Array(nullable(Type.String())),
          status: texts,
          connections: {
            ...integers,
            description: 'All connections they have, drawn or not; in follow mode their followers.',
          },
        },
        { additionalProperties: false, description: 'One column per field, in the same order.' },
      ),
      edges: Type.Object(
        { from: integers, to: integers },
        { additionalProperties: false, description: 'Ids of members.' },
      ),
      members_left_out: Type.Integer({ description: 'Members of the community, or of the circle, who are not in it.' }),
      edges_left_out: Type.Boolean({
        description: 'Whether there are connections between these members that are not among the edges.',
      }),
    },
    { $id: 'ConnectionGraph', description: 'Who is connected with whom, for drawing.', additionalProperties: false },
  ),
)

/** Whose graph it is: members with the most points, or the newest. Around one member it is their circle. */
export const graphOrders = ['points', 'newest'] as const
export type GraphOrder = (typeof graphOrders)[number]

type Asked = { limit: string; around: string }

/** SQL of the members in the graph, each with a rank. A list that is too short is filled up with the newest members. */
function chosenSql({ limit, around }: Asked, order: GraphOrder | 'around', follow: boolean): string {
  if (order === 'around') {
    const circle = (has: string, place: string) => `(select other_id, ${place} as place from relation
        where member_id = ${around} and ${has} order by ${place} desc limit ${limit})`
    const others = follow
      ? `${circle('following_place is not null', 'following_place')} union all ${circle('follower_place is not null', 'follower_place')}`
      : circle('state = 4', 'place')
    return `select id, rank from (
      select ${around} as id, 0::bigint as rank
      union all
      select other_id, row_number() over (order by place desc, other_id) from (
        select other_id, max(place) as place from (${others}) o group by other_id) o
    ) c order by rank limit ${limit}`
  }
  const newest = `select u.id, u.date_joined from users u where ${activeSql('u.')} order by u.date_joined desc, u.id desc limit ${limit}`
  if (order === 'newest')
    return `select id, row_number() over (order by date_joined desc, id desc) as rank from (${newest}) u`
  return `select id, min(rank) as rank from (
      select member_id as id, row_number() over (order by points desc, member_id) as rank
      from (select member_id, points from score_total where listed order by points desc, member_id limit ${limit}) t
      union all
      select id, ${limit} + row_number() over (order by date_joined desc, id desc) from (${newest}) u
    ) c group by id order by 2 limit ${limit}`
}

const drawing = statement({
  name: 'connections: graph',
  takes: { limit: 'bigint', around: 'bigint?', each: 'bigint', most: 'bigint' },
  gives: { json: shown(ConnectionGraph) },
  variants: () =>
    ([...graphOrders, 'around'] as const).flatMap((order) => [false, true].map((follow) => ({ order, follow }))),
  sql($, { order, follow }) {
    const number = follow ? 'followers' : 'connections'
    const theirs = follow
      ? `following_place is not null order by r.following_place desc`
      : `state = 4 order by r.place desc`
    const ends = follow
      ? 'p.id as a, r.other_id as b'
      : 'distinct least(p.id, r.other_id) as a, greatest(p.id, r.other_id) as b'
    const everybody =
      order === 'around'
        ? `(select ${follow ? 'u.followers + u.followings' : 'u.connections'} + 1 from users u where u.id = ${$.around})`
        : '(select members from community)'
    const column = (sql: string) => `coalesce(array_to_json(array_agg(${sql} order by n)), '[]')`
    const end = (name: string) => `coalesce(array_to_json(array_agg(${name} order by a, b)), '[]')`
    const rendered = renderingOf(
      ConnectionGraph,
      `json_build_object('directed', ${follow},
      'members', (select json_build_object('id', ${column('id')}, 'username', ${column('username')},
        'real_name', ${column('real_name')}, 'role', ${column('role')}, 'status', ${column('status')},
        'connections', ${column('connections')}) from member),
      'edges', (select json_build_object('from', ${end('a')}, 'to', ${end('b')}) from edge),
      'members_left_out', greatest(0, ${everybody} - (select count(*) from member)),
      'edges_left_out', (select count(*) from found) > ${$.most} or exists (
        select from member p where p.connections > ${$.each}))::text`,
    )
    // `is true` makes PostgreSQL hash the list of members, whatever its estimates are.
    return `with chosen as materialized (
      ${chosenSql($, order, follow)}
    ), member as materialized (
      select u.id, u.username, u.real_name, u.role, u.status::text as status, u.${number} as connections,
        (row_number() over (order by c.rank, u.id) - 1)::int as n
      from chosen c join users u on u.id = c.id and ${activeSql('u.')}
    ), found as materialized (
      select ${ends} from member p
      cross join lateral (select r.other_id from relation r where r.member_id = p.id and r.${theirs} limit ${$.each}) r
      where (r.other_id in (select id from member)) is true
    ), edge as materialized (
      select a, b from found order by a, b limit ${$.most}
    )
    select ${rendered} as json`
  },
})

/**
 * Reads who is connected with whom, or follows whom, among a limited number of members. The cost has a limit, whoever
 * they are.
 */
export async function drawConnections(
  ctx: Ctx,
  { limit, around, order }: { limit: number; around?: number; order: GraphOrder },
): Promise<Json<'ConnectionGraph'>> {
  const values = { limit, around: around ?? null, each: Math.floor(mostRead / limit), most: mostEdges }
  if (around !== undefined) await mustBeThere(ctx, around)
  const variant = { order: around === undefined ? order : ('around' as const), follow: ctx.community.mode === 'follow' }
  return (await drawing.row(ctx.db, values, variant)) as Json<'ConnectionGraph'>
}
