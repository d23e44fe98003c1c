import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { statement } from '../platform/sql/statement.ts'
import type { MadeUp } from '../seed/people.ts'
import { chance, createRandom, heavy, pick, type Random, whole } from '../seed/random.ts'
import { soonAfter, span } from '../seed/span.ts'

const day = 86_400_000
/** Largest number of made-up threads. */
const mostThreads = 2_000

const beginnings = [
  ...[
    'Hello! Are you coming on Saturday?',
    'Did you see what was written about the market?',
    'Thank you for last week!',
  ],
  ...['Could I borrow the long ladder?', 'I liked what you wrote.', 'Is this still your address?', 'Ciao, come va?'],
  ...['Ты будешь завтра?', '明日は来ますか？', 'هل ستأتي غداً؟', 'מה שלומך?', 'Kommst du mit?', '¿Vienes mañana? 🙂'],
]
const answers = [
  ...['Yes, of course.', 'Not this week, sorry.', 'I will ask.', 'Haha!', 'Where do we meet?', 'At ten, as always.'],
  ...[
    'Let me know.',
    'Great!',
    'Thank you.',
    'I am on my way.',
    'Tell me more when we meet.',
    'OK',
    'Certo!',
    'はい。',
  ],
]

type Thread = {
  n: number
  one: number
  other: number
  messages: { by_one: boolean; words: string; at: number }[]
  unread: number
}

/** Makes up what friends have written to each other; times count from the beginning of the community. */
function drawThreads(random: Random, { joined, near }: MadeUp['people']): Thread[] {
  const threads: Thread[] = []
  const known = new Set<string>()
  const wanted = Math.min(mostThreads, joined.length)
  for (let tried = 0; threads.length < wanted && tried < 4 * wanted; tried++) {
    const one = whole(random, joined.length)
    const friends = near[one] as number[]
    if (!friends.length) continue
    const other = pick(random, friends)
    const pair = `${Math.min(one, other)} ${Math.max(one, other)}`
    if (known.has(pair)) continue
    known.add(pair)
    const met = Math.max(joined[one] as number, joined[other] as number)
    let at = met + random() ** 0.5 * (span - met)
    const messages = Array.from({ length: 1 + Math.floor(Math.min(30, heavy(random, 5))) }, (_, i) => {
      const by_one = i === 0 || chance(random, 0.5)
      at = soonAfter(random, at, day / 4)
      return { by_one, words: pick(random, i ? answers : beginnings), at }
    })
    threads.push({ n: threads.length, one, other, messages, unread: chance(random, 0.25) ? 1 + whole(random, 3) : 0 })
  }
  return threads
}

// The last messages of some threads are unread, as far as one sender wrote them; in all other threads both sides have
// read everything.
const writing = statement({
  name: 'messages: make up',
  takes: { threads: 'json' },
  gives: { n: 'int' },
  sql: ($) => `with given as materialized (
      select g.*, nextval(pg_get_serial_sequence('message_thread', 'id')) as id
      from (select * from json_to_recordset(${$.threads}) as g(n int, one bigint, other bigint, messages json, unread int)
        order by n) g
      where not exists (select from message_thread t where t.low_id = least(one, other) and t.high_id = greatest(one, other))
    ), said as materialized (
      select s.*, nextval(pg_get_serial_sequence('message', 'id')) as id from (
        select g.id as thread_id, case when m.by_one then one else other end as sender_id,
          case when m.by_one then other else one end as receiver_id, m.words, to_timestamp(m.at / 1000) as at, g.unread,
          bool_and(m.by_one = l.by_one) over later and row_number() over later <= g.unread as unseen
        from given g cross join lateral json_to_recordset(g.messages) m(by_one boolean, words text, at float8)
          cross join lateral (select (g.messages -> -1 ->> 'by_one')::boolean as by_one) l
        window later as (partition by g.id order by m.at desc) order by m.at
      ) s
    ), threads as (
      insert into message_thread (id, low_id, high_id, created_at) overriding system value
      select id, least(one, other), greatest(one, other), (select min(at) from said where thread_id = given.id) from given
    ), written as (
      insert into message (id, thread_id, sender_id, receiver_id, html, summary, created_at) overriding system value
      select id, thread_id, sender_id, receiver_id, '<p>' || words || '</p>', words, at from said
    ), sides as (
      insert into message_side (member_id, other_id, thread_id, read_to, messages, unread, last_id)
      select s.member_id, s.other_id, g.id, coalesce(max(m.id) filter (where m.receiver_id <> s.member_id or not unseen), 0),
        count(*), count(*) filter (where m.receiver_id = s.member_id and unseen), max(m.id)
      from given g cross join lateral (values (one, other), (other, one)) s(member_id, other_id)
        join said m on m.thread_id = g.id
      group by 1, 2, 3 returning member_id
    ), boxes as (
      insert into message_box (member_id, threads) select member_id, count(*) from sides group by 1 order by 1
      on conflict (member_id) do update set threads = message_box.threads + excluded.threads
    )
    select count(*)::int as n from given`,
})

/** Makes up what friends have written to each other, read and unread. */
export const seeding = {
  lacks: () => null,
  misses: ({ options }: Community) =>
    options['addons.private_messages_enabled'] ? [] : ['private messages (addons.private_messages_enabled)'],
  async *write({ db }: Kith, _amount: number, { seed, start, ids, people, community }: MadeUp) {
    if (!community.options['addons.private_messages_enabled']) return
    const threads = drawThreads(createRandom(seed, 'messages'), people).map(({ one, other, messages, ...rest }) => ({
      ...rest,
      one: ids[one],
      other: ids[other],
      messages: messages.map(({ at, ...message }) => ({ ...message, at: start + at })),
    }))
    await db.transaction(async (tx) => {
      await tx.query(`set local statement_timeout = '10min'`)
      await writing.rows(tx, { threads: JSON.stringify(threads) })
    })
    yield 0
  },
}
