import type { Static } from 'typebox'
import { type Actor, isStaff } from '../auth/actor.ts'
import type { Community } from '../community/state.ts'
import { badField } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { faultOfLine, isBlank, trimLine, unhidden } from '../platform/text.ts'

/** Largest number of characters of each choice, and of the title. */
const longest = 255
const most = 50

const Sent = Type.Object({
  title: line({ minLength: 1, maxLength: longest }),
  multiple_choices: Type.Optional(
    nullable(Type.Boolean({ description: 'Whether members may vote for several choices.' })),
  ),
  closed: Type.Optional(nullable(Type.Boolean({ description: 'Whether nobody can vote any more.' }))),
  expiration_at: Type.Optional(nullable(momentInput('Nobody can vote from then on.'))),
  choices: Type.Array(
    Type.Object({
      id: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))),
      choice: Type.String({ minLength: 1, maxLength: longest }),
    }),
    { minItems: 2, maxItems: most, description: 'In order. With its id, an existing choice.' },
  ),
})

/** The poll of a contribution. Choices left out of it are removed, unless somebody voted for them. */
export const pollInput = Type.Optional(nullable(Sent))

export type SentPoll = Static<typeof Sent>

/** A poll as it is stored. */
export type ReadPoll = {
  title: string
  multiple: boolean
  closed: boolean
  expiration: Date | null
  choices: { id: number | null; choice: string }[]
}

/** Whether a member may add polls: the staff and publishers always may. */
export const mayPoll = (actor: Actor, { options }: Pick<Community, 'options'>): boolean =>
  actor.status === 'a' && (options['addons.polls_enabled'] || isStaff(actor) || actor.role === 'publisher')

/** Refuses a new poll if members may not add any. */
export function checkPolling(actor: Actor, community: Pick<Community, 'options'>): void {
  if (!mayPoll(actor, community))
    throw badField('poll', 'disabled', 'Polls are off in this community: leave the poll out.')
}

/** Text as a single line, or the sentence that says why it is none. */
function readLine(sent: string): string {
  const fault = isBlank(sent) ? 'A choice has no text.' : faultOfLine(trimLine(sent))
  if (fault) throw badField('poll', 'invalid', fault)
  return trimLine(sent)
}

/** Reads a poll, or refuses it. */
export function readPoll(sent: SentPoll | null): ReadPoll | null {
  if (!sent) return null
  const choices = sent.choices.map(({ id, choice }) => ({ id: id ?? null, choice: readLine(choice) }))
  if (new Set(choices.map(({ choice }) => unhidden(choice))).size < choices.length)
    throw badField('poll', 'unique', 'Two choices of the poll are the same.')
  const ids = choices.flatMap(({ id }) => id ?? [])
  if (new Set(ids).size < ids.length) throw badField('poll', 'unique', 'Two choices of the poll have the same id.')
  const { title, multiple_choices, closed, expiration_at } = sent
  const expiration = expiration_at ? new Date(readMoment('poll', expiration_at) * 1000) : null
  return { title: readLine(title), multiple: multiple_choices ?? false, closed: closed ?? false, expiration, choices }
}
