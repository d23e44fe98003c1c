import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import type { ReadPoll } from './inputs.ts'

const takes = {
  title: 'text',
  multiple: 'boolean',
  closed: 'boolean',
  expiration: 'timestamptz?',
  now: 'timestamptz',
} as const

const creating = statement({
  name: 'polls: create',
  takes: { author: 'bigint', choices: 'text[]', ...takes },
  gives: { id: 'bigint' },
  sql: ($) => `with p as (
      insert into poll (author_id, title, multiple_choices, closed, expiration_at, added_at, modified_at)
      values (${$.author}, ${$.title}, ${$.multiple}, ${$.closed}, ${$.expiration}, ${$.now}, ${$.now}) returning id
    ), made as (
      insert into poll_choice (poll_id, choice, position, added_at)
      select p.id, t.choice, t.nth - 1, ${$.now} from p, unnest(${$.choices}) with ordinality t(choice, nth)
    )
    select id from p`,
})

/** Creates a poll, for the contribution that is written next in this transaction. Resolves to its id. */
export async function createPoll(tx: Db, author: number, { choices, ...poll }: ReadPoll, now: Date): Promise<number> {
  if (poll.expiration && poll.expiration <= now)
    throw badField('poll', 'invalid', 'The time of the poll is over already: send a later one.')
  const row = await creating.row(tx, { author, ...poll, choices: choices.map(({ choice }) => choice), now })
  return (row as { id: number }).id
}

const locking = statement({
  name: 'polls: lock to change',
  takes: { id: 'bigint' },
  gives: {
    ...{ title: 'text', multiple: 'boolean', closed: 'boolean', expiration: 'float8?', ids: 'bigint[]' },
    ...{ texts: 'text[]', votes: 'int[]' },
  },
  sql: ($) => `select p.title, p.multiple_choices as multiple, p.closed,
      extract(epoch from p.expiration_at)::float8 as expiration, ch.ids, ch.texts, ch.votes
    from (select * from poll where id = ${$.id} for no key update) p cross join lateral (
      select array_agg(id order by position, id) as ids, array_agg(choice order by position, id) as texts,
        array_agg(vote_count order by position, id) as votes
      from poll_choice where poll_id = p.id
    ) ch`,
})

const changing = statement({
  name: 'polls: change',
  takes: { id: 'bigint', ids: 'bigint[]', choices: 'text[]', ...takes },
  gives: {},
  sql: ($) => `with p as (
      update poll set (title, multiple_choices, closed, expiration_at, modified_at)
        = row(${$.title}, ${$.multiple}, ${$.closed}, ${$.expiration}, ${$.now}) where id = ${$.id}
    ), given as materialized (
      select * from unnest(${$.ids}, ${$.choices}) with ordinality t(id, choice, nth)
    ), gone as (
      delete from poll_choice where poll_id = ${$.id} and id <> all(${$.ids})
    ), kept as (
      update poll_choice ch set choice = given.choice, position = given.nth - 1 from given
      where ch.id = given.id and ch.poll_id = ${$.id}
    )
    insert into poll_choice (poll_id, choice, position, added_at)
    select ${$.id}, choice, nth - 1, ${$.now} from given where id = 0`,
})

/**
 * Changes a poll. A choice is recognised by its id, else by its text. One with votes stays, and so does whether
 * members may vote for several.
 * @returns whether anything is different
 */
export async function changePoll(tx: Db, id: number, poll: ReadPoll, now: Date): Promise<boolean> {
  const kept = await locking.row(tx, { id })
  if (!kept) throw new Error(`Poll ${id} is not there`)
  const left = new Map(kept.ids.map((id, i) => [id, { text: kept.texts[i], votes: kept.votes[i] as number }]))
  const chosen = poll.choices.map(({ id, choice }) => {
    const found = id ?? kept.ids.find((each) => left.get(each)?.text === choice) ?? 0
    if (found && !left.delete(found)) throw badField('poll', 'unknown', `The poll has no choice ${found}.`)
    return found
  })
  const voted = kept.votes.some((n) => n > 0)
  for (const { text, votes } of left.values())
    if (votes) throw badField('poll', 'voted', `Somebody has voted for ${JSON.stringify(text)}: leave it in the poll.`)
  if (voted && kept.multiple !== poll.multiple)
    throw badField('poll', 'voted', 'Somebody has voted: `multiple_choices` stays as it is.')
  const texts = poll.choices.map(({ choice }) => choice)
  const expiration = kept.expiration === null ? null : Math.round(kept.expiration * 1000)
  const before = [kept.title, kept.multiple, kept.closed, expiration, kept.ids, kept.texts]
  const after = [poll.title, poll.multiple, poll.closed, poll.expiration?.getTime() ?? null, chosen, texts]
  if (JSON.stringify(before) === JSON.stringify(after)) return false
  if (poll.expiration && poll.expiration.getTime() !== expiration && poll.expiration <= now)
    throw badField('poll', 'invalid', 'That time is over already: send a later one, or `closed`.')
  const { choices: _, ...rest } = poll
  await changing.rows(tx, { id, ids: chosen, choices: texts, ...rest, now })
  return true
}

const removing = statement({
  name: 'polls: remove',
  takes: { id: 'bigint' },
  gives: {},
  variants: () => (['poll_choice', 'poll'] as const).map((table) => ({ table })),
  sql: ($, { table }) => `delete from ${table} where ${table === 'poll' ? 'id' : 'poll_id'} = ${$.id}`,
})

/** Refuses to remove a poll that has votes. */
export async function checkUnvoted(tx: Db, id: number): Promise<void> {
  const kept = await locking.row(tx, { id })
  if (kept?.votes.some((n) => n > 0))
    throw badField('poll', 'voted', 'Somebody has voted in the poll: send it back, or delete the whole.')
}

/** Removes a poll that no contribution carries any more. */
export async function removePoll(tx: Db, id: number): Promise<void> {
  await removing.rows(tx, { id }, { table: 'poll_choice' })
  await removing.rows(tx, { id }, { table: 'poll' })
}
