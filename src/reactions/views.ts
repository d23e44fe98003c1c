import type { Flags } from '../community/flags.ts'
import { publicAddressCall } from '../community/public-address.ts'
import Type from '../platform/schema.ts'
import { referred, referring } from '../platform/sql/referred.ts'
import {
  boolean,
  type Field,
  inFragments,
  integer,
  nested,
  nullable,
  plainView,
  renderSql,
  text,
  versionSql,
} from '../platform/sql/view.ts'

/** A reaction, r. */
export const Reaction = inFragments(
  plainView('Reaction', 'What members vote with.', {
    id: integer('r.id'),
    label: text('r.label'),
    sentiment: { ...integer('r.sentiment'), schema: Type.Integer({ description: '1 glad, 0 neither, -1 not glad.' }) },
    image: text(`case when r.image like '/%' then concat(${publicAddressCall}, r.image) else r.image end`),
    active: boolean('r.active'),
  }),
  { from: 'reaction r', id: 'r.id', version: versionSql('r'), flags: () => [null] },
)

/** The reaction of a vote that names none. */
export const usual = 1

/** SQL of a reaction as JSON. */
export const renderReaction = renderSql(Reaction, null)

/** All reactions: lists have each once, however many rows name it. */
export const reactions = referred({
  name: 'Reaction',
  all: true,
  entries: () => `select r.id, ${renderReaction} as text from reaction r`,
})

/** SQL of a reaction as JSON. The usual one is the same for all rows of a list, so it is rendered once. */
const reactionSql = (id: string | number) => `(select ${renderReaction} from reaction r where r.id = ${id})`

const own = referring(reactions, 'reaction', (raw, page) => {
  if (raw !== '' && page.has(Number(raw))) page.thing(Number(raw))
  else page.json('null')
})

/** The reaction of the member whose mark is m. */
export const ownReaction: Field<Flags> = nested(
  nullable(Reaction.schema),
  own(
    'm.reaction',
    `case when m.reaction = ${usual} then ${reactionSql(usual)}
    when m.reaction is not null then ${reactionSql('m.reaction')} end`,
  ),
)

/** SQL of how often each reaction occurs in the votes for c: the usual one is what is left. */
const countsSql = `select ${usual}::bigint as id,
    c.vote_count - coalesce((select sum(value::int) from jsonb_each_text(c.reactions)), 0)::int as n
  union all select key::bigint, value::int from jsonb_each_text(c.reactions)`

/** SQL of how many votes for c are of one reaction. */
export const votesWithSql = (reaction: string) =>
  `(select coalesce(sum(n), 0) from (${countsSql}) counted where id = ${reaction})`

/** The same as `countsSql` and what it is joined with, from the number of votes and the reactions other than the usual one. */
const counts = referring(reactions, 'reactions', (raw, page) => {
  const space = raw.indexOf(' ')
  const votes = Number(raw.slice(0, space))
  if (votes === 0) return page.json('[]')
  const all = [{ id: usual, n: votes }]
  if (!raw.endsWith('{}'))
    for (const [id, n] of Object.entries(JSON.parse(raw.slice(space + 1)) as Record<string, number>)) {
      all.push({ id: Number(id), n: Number(n) })
      ;(all[0] as { n: number }).n -= Number(n)
    }
  const shown = all.filter(({ id, n }) => n > 0 && page.has(id)).sort((a, b) => b.n - a.n || a.id - b.id)
  let before = '['
  for (const { id, n } of shown) {
    page.json(`${before}{"count":${n},"reaction":`)
    page.thing(id)
    before = '},'
  }
  page.json(shown.length ? '}]' : '[]')
})

/** How often members voted with each reaction for c, from its `vote_count` and `reactions`; most frequent first. */
export const reactionsCount: Field<Flags> = nested(
  Type.Array(
    Type.Object(
      { count: Type.Integer(), reaction: Reaction.schema },
      { $id: 'ReactionCount', description: 'How often it was used in votes.', additionalProperties: false },
    ),
  ),
  counts(
    `c.vote_count, ' ', c.reactions`,
    `case when c.vote_count = 0 then '[]'
    when c.reactions = '{}' then concat('[{"count":', c.vote_count, ',"reaction":', ${reactionSql(usual)}, '}]')
    else (select concat('[', string_agg(concat('{"count":', n, ',"reaction":', ${renderReaction}, '}'), ','
        order by n desc, r.id), ']')
      from (${countsSql}) counted join reaction r on r.id = counted.id where n > 0) end`,
  ),
)
