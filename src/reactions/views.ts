import { everyFlags, type Flags, view } from '../community/flags.ts'
import { publicAddressCall } from '../community/public-address.ts'
import Type from '../platform/schema.ts'
import {
  boolean,
  type Field,
  inFragments,
  integer,
  nested,
  nullable,
  renderSql,
  text,
  versionSql,
} from '../platform/sql/view.ts'

/** A reaction, r. */
export const Reaction = inFragments(
  view('Reaction', 'What members vote with.', {
    id: integer('r.id'),
    label: text('r.label'),
    sentiment: { ...integer('r.sentiment'), schema: Type.Integer({ description: '1 glad, 0 neither, -1 not glad.' }) },
    image: text(`case when r.image like '/%' then concat(${publicAddressCall}, r.image) else r.image end`),
    active: boolean('r.active'),
  }),
  { from: 'reaction r', id: 'r.id', version: versionSql('r'), flags: everyFlags },
)

/** The reaction of a vote that names none. */
export const usual = 1

/** SQL of a reaction as JSON. The usual one is the same for all rows of a list, so it is rendered once. */
const reactionSql = (flags: Flags, id: string | number) =>
  `(select ${renderSql(Reaction, flags)} from reaction r where r.id = ${id})`

/** The reaction of the member whose mark is m. */
export const ownReaction: Field<Flags> = nested(
  nullable(Reaction.schema),
  (flags) => `case when m.reaction = ${usual} then ${reactionSql(flags, usual)}
    when m.reaction is not null then ${reactionSql(flags, 'm.reaction')} end`,
)

/** SQL of how often each reaction occurs in the votes for c: the usual one is what is left. */
const countsSql = `select ${usual}::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)`

/** SQL of how many votes for c are of one reaction. */
export const votesWithSql = (reaction: string) =>
  `(select coalesce(sum(n), 0) from (${countsSql}) counted where id = ${reaction})`

/** How often members voted with each reaction for c, from its `vote_count` and `reactions`; most frequent first. */
export const reactionsCount: Field<Flags> = nested(
  Type.Array(
    Type.Object(
      { count: Type.Integer(), reaction: Reaction.schema },
      { $id: 'ReactionCount', description: 'How often it was used in votes.', additionalProperties: false },
    ),
  ),
  (flags) => `case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', ${reactionSql(flags, usual)}, '}]')
    else (select concat('[', string_agg(concat('{"count":', n, ',"reaction":', ${renderSql(Reaction, flags)}, '}'), ','
        order by n desc, r.id), ']')
      from (${countsSql}) counted join reaction r on r.id = counted.id where n > 0) end`,
)
