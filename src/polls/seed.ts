import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { chance, heavy, pick, type Random, whole } from '../seed/random.ts'
import { span } from '../seed/span.ts'
import type { Topic } from '../seed/topics.ts'

const day = 86_400_000

const titles = [
  ...['What would you choose?', 'Which one first?', 'What do you have at home?', 'Your favourite?', 'Help me decide!'],
  ...[
    'What shall we meet for next time?',
    'Quick poll:',
    '¿Qué prefieres?',
    'Che cosa scegliete?',
    'どれが好きですか？',
  ],
]

/** A made-up poll; times count from the beginning of the community, members are indexes. */
export type NewPoll = {
  title: string
  multiple: boolean
  closed: boolean
  expiration: number | null
  choices: { choice: string; voters: number[] }[]
}

/**
 * Makes up a poll about a topic, and its votes: mostly for the first choices.
 * @param somebody returns somebody who may vote, or null
 */
export function drawPoll(random: Random, topic: Topic, at: number, somebody: () => number | null): NewPoll {
  const from = chance(random, 0.6) ? topic.things : topic.doing
  const first = whole(random, from.length)
  const choices = Array.from({ length: Math.min(from.length, 2 + whole(random, 4)) }, (_, i) => ({
    choice: from[(first + i) % from.length] as string,
    voters: [] as number[],
  }))
  const multiple = chance(random, 0.25)
  const voters = new Set<number>()
  for (let n = Math.floor(Math.min(200, 2 + heavy(random, 8))); n > 0; n--) {
    const voter = somebody()
    if (voter === null || voters.has(voter)) continue
    voters.add(voter)
    for (let more = multiple ? 1 + whole(random, 2) : 1; more > 0; more--) {
      const chosen = choices[Math.floor(random() ** 1.5 * choices.length)] as (typeof choices)[0]
      if (!chosen.voters.includes(voter)) chosen.voters.push(voter)
    }
  }
  const ends = chance(random, 0.4)
  return {
    title: pick(random, titles),
    multiple,
    closed: !ends && chance(random, 0.2),
    // The last polls are still open.
    expiration: ends ? at + (span - at < 20 * day ? 40 : 3 + whole(random, 20)) * day : null,
    choices,
  }
}

const writing = statement({
  name: 'polls: make up',
  takes: { polls: 'json' },
  gives: { id: 'bigint' },
  sql: ($) => `with given as materialized (
      select g.*, nextval(pg_get_serial_sequence('poll', 'id')) as id, to_timestamp(g.at / 1000) as added_at
      from (select * from json_to_recordset(${$.polls}) as g(n int, author_id bigint, title text, multiple boolean,
        closed boolean, expiration float8, at float8, choices json) order by n) g
    ), choice as materialized (
      select given.id as poll_id, given.multiple, given.added_at, nth, each ->> 'choice' as choice,
        each -> 'voters' as voters, nextval(pg_get_serial_sequence('poll_choice', 'id')) as id
      from given cross join lateral json_array_elements(choices) with ordinality c(each, nth)
    ), made as (
      insert into poll (id, author_id, title, multiple_choices, closed, expiration_at, added_at, modified_at)
      overriding system value
      select id, author_id, title, multiple, closed, to_timestamp(expiration / 1000), added_at, added_at from given
    ), offered as (
      insert into poll_choice (id, poll_id, choice, position, added_at, vote_count) overriding system value
      select id, poll_id, choice, nth - 1, added_at, json_array_length(voters) from choice
    ), voted as (
      insert into poll_vote (poll_id, choice_id, member_id, single)
      select poll_id, choice.id, voter.member::bigint, not multiple
      from choice cross join lateral json_array_elements_text(voters) with ordinality voter(member, turn)
      order by poll_id, turn, nth
    )
    select id from given order by n`,
})

/** Writes made-up polls with their votes, for contributions that are written next. @returns their ids, in this order */
export async function writePolls(
  tx: Db,
  start: number,
  ids: number[],
  polls: (NewPoll & { author: number; at: number })[],
): Promise<number[]> {
  if (!polls.length) return []
  const rows = polls.map(({ author, at, expiration, choices, ...rest }, n) => ({
    ...rest,
    n,
    author_id: ids[author],
    at: start + at,
    expiration: expiration === null ? null : start + expiration,
    choices: choices.map(({ choice, voters }) => ({ choice, voters: voters.map((voter) => ids[voter]) })),
  }))
  return (await writing.rows(tx, { polls: JSON.stringify(rows) })).map(({ id }) => id)
}
