import type { Kith } from '../context.ts'
import { lockRows } from '../platform/sql/lock-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import { giveQuietly } from '../scores/settle.ts'
import type { MadeUp } from '../seed/people.ts'
import { chance, createRandom, heavy, pick, type Random, whole } from '../seed/random.ts'
import { soonAfter, span } from '../seed/span.ts'
import { commentsId } from './kept.ts'

const day = 86_400_000

/** Made-up comments: how they begin, and how they go on. */
const openings = [
  ...['Thank you for this.', 'I did not know that.', 'Well said!', 'Same here.', 'Really?', 'Lovely.', 'Good point.'],
  ...['I tried this last week.', 'We had the same trouble at home.', 'My sister would like this.', 'What a day!'],
  ...['I am not so sure.', 'This made me smile.', 'Finally somebody says it.', 'I have been thinking about this, too.'],
  ...['Congratulations!', 'Take care.', 'Wonderful news.', 'That is how we do it here.', 'Count me in.'],
]
const endings = [
  ...['How did it go on?', 'Tell us more.', 'See you on Saturday.', 'I will try it.', 'Where did you find it?'],
  ...['It works better in the morning.', 'Ask somebody who has done it before.', 'Greetings from the coast.'],
  ...[
    'Next time I will bring a cake.',
    'It took me two hours.',
    'Mine is green.',
    'Keep us posted!',
    'Who else is coming?',
  ],
]

function say(random: Random): string {
  return chance(random, 0.4) ? pick(random, openings) : `${pick(random, openings)} ${pick(random, endings)}`
}

type On = { id: number; author: number; at: number }
type Mark = { member_id: number; reaction: number | null; flag: number | null; at: number }
type Drawn = {
  n: number
  on: number
  parent: number | null
  author_id: number
  text: string
  at: number
  marks: Mark[]
}

const writtenBy = statement({
  name: 'comments: made-up contributions',
  takes: { after: 'bigint', authors: 'bigint[]', most: 'int' },
  gives: { id: 'bigint', author: 'bigint', at: 'float8' },
  // Not by the index of authors: everything that all of them wrote would be sorted for each batch.
  sql: ($) => `select id, author_id as author, extract(epoch from added_at)::float8 * 1000 as at from contribution
    where id > ${$.after} and coalesce(author_id, 0) = any(${$.authors}) and not deleted and comment_count = 0
    order by id limit ${$.most}`,
})

/** Makes up votes for a comment, and flags. */
function drawMarks(random: Random, by: number, at: number, { ids, people, start }: MadeUp): Mark[] {
  const marks: Mark[] = []
  const flagged = chance(random, 0.03)
  for (let n = Math.floor(Math.min(ids.length / 4, heavy(random, 0.8))) + (flagged ? 3 : 0); n > 0; n--) {
    const member = whole(random, ids.length)
    const time = soonAfter(random, at, day)
    const member_id = ids[member] as number
    if (member === by || (people.joined[member] as number) > time || marks.some((mark) => mark.member_id === member_id))
      continue
    const flags = flagged && !marks.length
    const reaction = flags ? null : chance(random, 0.8) ? 1 : 2 + whole(random, 5)
    marks.push({ member_id, reaction, flag: flags ? whole(random, 5) : null, at: start + time })
  }
  return marks
}

/** Makes up comments under contributions: mostly few, and more often by friends of the author. */
function drawComments(
  [random, marking]: [Random, Random],
  given: On[],
  madeUp: MadeUp,
  positions: Map<number, number>,
): Drawn[] {
  const { ids, people, start } = madeUp
  const drawn: Drawn[] = []
  for (const { id, author, at } of given) {
    const around = people.near[positions.get(author) as number] ?? []
    const firsts: Drawn[] = []
    for (let n = Math.floor(Math.min(ids.length, heavy(random, 1.1) + random() * 0.6)); n > 0; n--) {
      const first = firsts.length && chance(random, 0.3) ? pick(random, firsts) : null
      const time = soonAfter(random, (first?.at ?? at) - start, day)
      const back = first && chance(random, 0.5) ? positions.get(author) : undefined
      const by =
        back ?? (around.length && chance(random, 0.6) ? pick(random, around) : Math.floor(random() * ids.length))
      if ((people.joined[by] as number) > time || time >= span) continue
      const comment = {
        n: drawn.length,
        on: id,
        parent: first?.n ?? null,
        author_id: ids[by] as number,
        text: say(random),
      }
      const marks = drawMarks(marking, by, time, madeUp)
      const complete = { ...comment, at: start + time, marks }
      if (!first) firsts.push(complete)
      drawn.push(complete)
    }
  }
  return drawn
}

const locking = lockRows('comments: lock what is made up on', 'contribution')

const marksOf = (g: string) =>
  `json_to_recordset(${g}.marks) as m(member_id bigint, reaction bigint, flag smallint, "at" float8)`

const writing = statement({
  name: 'comments: make up',
  takes: { comments: 'json' },
  gives: {},
  sql: ($) => `with given as materialized (
      select g.*, nextval(pg_get_serial_sequence('comment', 'id')) as id, to_timestamp(g.at / 1000) as added_at
      from (select * from json_to_recordset(${$.comments})
        as g("n" int, "on" bigint, "parent" int, author_id bigint, "text" text, "at" float8, marks json) order by at, n) g
    ), made as (
      insert into comment (id, contribution_id, kind, parent_id, author_id, html, summary, added_at, comment_count,
        vote_count, flag_count, reactions)
      overriding system value
      select g.id, g."on", x.kind, p.id, g.author_id, '<p>' || g.text || '</p>', g.text, g.added_at,
        (select count(*) from given r where r.parent = g.n),
        k.votes, k.flags, coalesce(k.reactions, '{}')
      from given g join contribution x on x.id = g."on" left join given p on p.n = g.parent cross join lateral (
        select coalesce(sum(n) filter (where reaction is not null), 0) as votes,
          coalesce(sum(n) filter (where reaction is null), 0) as flags,
          jsonb_object_agg(reaction, n) filter (where reaction > 1) as reactions
        from (select reaction, count(*)::int as n from ${marksOf('g')} group by 1) r
      ) k
    ), marked as (
      insert into mark (target_id, member_id, kind, reaction, voted_at, vote_place, flag_type, flagged_at, flag_place)
      select g.id, m.member_id, ${commentsId}, m.reaction, case when m.reaction is not null then m.moment end,
        case when m.reaction is not null then nextval('contribution_place') end, m.flag,
        case when m.flag is not null then m.moment end,
        case when m.flag is not null then nextval('contribution_place') end
      from given g cross join lateral (
        select *, to_timestamp("at" / 1000) as moment from ${marksOf('g')} order by "at"
      ) m order by m.member_id, g.id
    ), contributed as (
      insert into contributor as k (contribution_id, author_id, comments)
      select "on", author_id, count(*) from given group by 1, 2 order by min(at)
      on conflict (contribution_id, author_id) do update set comments = k.comments + excluded.comments
    ), x as (
      update contribution x set comment_count = x.comment_count + m.n, thread_count = x.thread_count + m.firsts,
        last_activity_at = greatest(x.last_activity_at, m.last)
      from (
        select "on", count(*)::int as n, count(*) filter (where parent is null)::int as firsts, max(added_at) as last
        from given group by 1
      ) m where x.id = m."on" returning x.*, m.n as moved
    )
    update contribution_total t set uncommented = t.uncommented - s.n
    from (
      select kind, author_id % 16 as part, count(*)::int as n from x where comment_count = moved group by 1, 2
    ) s where t.kind = s.kind and t.part = s.part`,
})

/** Contributions commented on in one transaction. */
const contributionsAtOnce = 4_000

/** Makes up comments of made-up members on made-up contributions. They do not count towards the requested number. */
export const seeding = {
  lacks: () => null,
  async *write({ db }: Kith, _amount: number, madeUp: MadeUp) {
    const { seed, ids, community } = madeUp
    if (!community.options['configurations.comments_enabled']) return
    const randoms: [Random, Random] = [createRandom(seed, 'comments'), createRandom(seed, 'marks of comments')]
    const positions = new Map(ids.map((id, position) => [id, position]))
    for (let after = 0; ; ) {
      const on = await writtenBy.rows(db, { after, authors: ids, most: contributionsAtOnce })
      if (!on.length) return
      after = (on.at(-1) as On).id
      const drawn = drawComments(randoms, on, madeUp, positions)
      await db.transaction(async (tx) => {
        await tx.query(`set local statement_timeout = '10min'`)
        await giveQuietly(tx)
        await locking.rows(tx, { ids: [...new Set(drawn.map((each) => each.on))] })
        await writing.rows(tx, { comments: JSON.stringify(drawn) })
      })
      yield 0
    }
  },
}
