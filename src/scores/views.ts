import { leftSql } from '../auth/status.ts'
import Type from '../platform/schema.ts'
import {
  integer,
  moment,
  nested,
  nullable,
  nullableText,
  plainView,
  renderSql,
  shape,
  text,
} from '../platform/sql/view.ts'
import { AutocompleteUser } from '../users/views.ts'
import { reputationTypes, typeNameSql } from './worth.ts'

// Every expression below reads an entry s, its member u, and the member who gave it, b, if there is one.

const { id, username, real_name, avatar, ext_id } = AutocompleteUser.fields as Required<typeof AutocompleteUser.fields>

const ScoreMember = plainView('ScoreMember', 'The member whose points they are.', {
  ...{ id, username, real_name, avatar },
  reputation: integer('u.reputation'),
} as never)

const ScoreGiver = plainView('ScoreGiver', 'The member who gave them.', { id, username, avatar } as never)

const entry = {
  id: integer('s.id'),
  user: nested(ScoreMember.schema, renderSql(ScoreMember, null)),
  score: integer('s.points'),
  reputation_type: integer('s.type'),
  reputation_type_description: {
    schema: Type.Enum(Object.values(reputationTypes)),
    sql: typeNameSql('s.type'),
    kind: 'word' as const,
  },
  comment: nullableText('s.comment'),
}

/** An entry of a member's score. */
export const Score = plainView('Score', 'Points that a member was given, or lost.', {
  ...entry,
  reputation_context: nullableText('s.context'),
  created_by: nested(
    nullable(ScoreGiver.schema),
    `case when s.created_by is null then 'null' else (select ${renderSql(ScoreGiver, null)} from users u where u.id = s.created_by) end`,
  ),
  reputed_at: moment('s.at'),
})

const WebhookScoreMember = plainView('WebhookScoreMember', 'The member whose points they are, as receivers see them.', {
  ...{ id, username, real_name },
  email: nullableText('u.email'),
  description: text('u.description'),
  avatar,
  reputation: integer('u.reputation'),
} as never)

/** The same as webhook receivers see it. */
export const WebhookScore = plainView(
  'WebhookScore',
  'Points that a member was given, or lost, as webhook receivers see them.',
  {
    ...entry,
    user: nested(WebhookScoreMember.schema, renderSql(WebhookScoreMember, null)),
  },
)

const Leader = plainView('Leader', 'A member on the leaderboard.', {
  ...{ id, username, real_name, avatar, ext_id },
  deleted: { schema: Type.Boolean(), sql: leftSql('u.'), kind: 'boolean' as const },
} as never)

/** A place on the leaderboard. It reads the member u, and `l`, their `position` and `points`. */
export const Place = plainView('LeaderboardPlace', 'A place on the leaderboard; members who have as much share one.', {
  position: integer('l.position'),
  total_score: integer('l.points'),
  user: nested(Leader.schema, renderSql(Leader, null)),
})

/** A type of entries. */
export const ReputationType = shape(
  'ReputationType',
  Type.Object({ id: Type.Integer(), name: Type.String() }, { additionalProperties: false }),
)
