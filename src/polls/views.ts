import { type Flags, view } from '../community/flags.ts'
import Type from '../platform/schema.ts'
import {
  boolean,
  type Field,
  integer,
  moment,
  nested,
  nullable,
  nullableMoment,
  renderSql,
  text,
  type View,
} from '../platform/sql/view.ts'
import { renderUser } from '../users/queries.ts'
import { User, WebhookUser } from '../users/views.ts'

// Expressions read a poll p, its choices from `poll_choice`, named ch, and a vote v. In a statement that changes
// counts, CTEs with these names hold the counts after the change.

const choice: Record<string, Field<Flags>> = {
  id: integer('ch.id'),
  choice: text('ch.choice'),
  order: integer('ch.position'),
  added_at: moment('ch.added_at'),
  // A choice that is removed from a poll is gone.
  deleted: boolean('false'),
  vote_count: integer('ch.vote_count'),
}

const Choice = view('PollChoice', 'A choice of a poll.', {
  ...choice,
  voted: {
    ...boolean<Flags>(''),
    sql: (_, viewer) => `exists (select from poll_vote pv where pv.choice_id = ch.id and pv.member_id = ${viewer})`,
  },
})
const WebhookChoice = view('WebhookPollChoice', 'A choice, as webhook receivers see it.', choice)

const pollOf = <Name extends string>(name: Name, description: string, shown: View<Flags>): View<Flags, Name> =>
  view(name, description, {
    id: integer('p.id'),
    title: text('p.title'),
    multiple_choices: boolean('p.multiple_choices'),
    added_at: moment('p.added_at'),
    modified_at: moment('p.modified_at'),
    closed: {
      ...boolean<Flags>('p.closed or coalesce(p.expiration_at <= now(), false)'),
      schema: Type.Boolean({ description: 'Nobody can vote, because its author closed it or its time is over.' }),
    },
    expiration_at: nullableMoment('p.expiration_at'),
    hidden: boolean('false'),
    choices: nested(
      Type.Array(shown.schema),
      (
        flags,
        viewer,
      ) => `(select concat('[', string_agg(${renderSql(shown, flags, viewer)}, ',' order by ch.position, ch.id), ']')
        from poll_choice ch where ch.poll_id = p.id)`,
    ),
  })

const Poll = pollOf('Poll', 'A poll.', Choice)
const WebhookPoll = pollOf('WebhookPoll', 'A poll, as webhook receivers see it.', WebhookChoice)

const within = (shown: View<Flags>): Field<Flags> =>
  nested(
    nullable(shown.schema),
    (flags, viewer) => `case when c.poll_id is not null then
      (select ${renderSql(shown, flags, viewer)} from poll p where p.id = c.poll_id) end`,
  )

/** The poll of a contribution c, as members and visitors see it, and as webhook receivers do. */
export const pollField = within(Poll)
export const webhookPollField = within(WebhookPoll)

/** A vote in the list of votes: u voted. */
export const PollVote = view('PollVote', 'A vote in a poll.', {
  id: integer('v.id'),
  choice: { ...integer<Flags>('v.choice_id'), schema: Type.Integer({ description: 'Id of the choice.' }) },
  user: nested(User.schema, (flags) => renderUser(flags)),
})

/** A vote: the choice, the poll, and the voter. A CTE named actor is who voted. */
export const WebhookPollVote = view('WebhookPollVote', 'A vote in a poll, as webhook receivers see it.', {
  id: integer('v.id'),
  choice: nested(
    view('WebhookPollVoteChoice', 'The choice that was voted for.', {
      ...choice,
      poll: nested(WebhookPoll.schema, ''),
    }).schema,
    (flags) => `(select concat(rtrim(${renderSql(WebhookChoice, flags)}, '}'), ',"poll":',
      (select ${renderSql(WebhookPoll, flags)} from poll p where p.id = ch.poll_id), '}')
      from poll_choice ch where ch.id = v.choice_id)`,
  ),
  user: nested(WebhookUser.schema, (flags) => `(select ${renderSql(WebhookUser, flags)} from actor u)`),
})

/** SQL of the data of events about a vote v. */
export const eventData = (flags: Flags) => renderSql(WebhookPollVote, flags)
