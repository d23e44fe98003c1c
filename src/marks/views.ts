import { view } from '../community/flags.ts'
import Type from '../platform/schema.ts'
import { integer, moment, nested, shape } from '../platform/sql/view.ts'
import { ownReaction } from '../reactions/views.ts'
import { renderUser } from '../users/queries.ts'
import { User } from '../users/views.ts'

/** A vote in the list of votes: u voted, m is their mark. */
export const Vote = view('Vote', 'A vote.', {
  user: nested(User.schema, renderUser),
  reaction: ownReaction,
  voted_at: moment('m.voted_at'),
})

export const flagTypes = ['spam', 'aggressive', 'vulgar', 'poor', 'offtopic'] as const
const described = `(array[${flagTypes.map((type) => `'${type}'`).join(', ')}])[m.flag_type + 1]`

/** A flag: u raised it, m is their mark. */
export const Flag = view('Flag', 'A flag.', {
  user: nested(User.schema, renderUser),
  added_at: moment('m.flagged_at'),
  flag_type: integer('m.flag_type'),
  flag_type_description: { schema: Type.Enum([...flagTypes]), sql: described, kind: 'word' },
})

/** The answer if there is no flag. */
export const NoFlag = shape('NoFlag', Type.Object({}, { additionalProperties: false }))
