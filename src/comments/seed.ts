import type { Database } from '../platform/db/database.ts'
import { lockRows } from '../platform/sql/lock-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import { giveQuietly } from '../scores/settle.ts'
import type { MadeUp } from '../seed/people.ts'
import { chance, createRandom, heavy, pick, type Random } from '../seed/random.ts'
import { soonAfter, span } from '../seed/span.ts'

const day = 86_400_000

/** What people say under what others write: how they begin, and how they go on. */
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
type Drawn = { n: number; on: number; parent: number | null; author_id: number; text: string; at: number }

const writtenBy = statement({
  name: 'comments: made-up contributions',
  takes: { after: 'bigint', authors: 'bigint[]', most: 'int' },
  gives: { id: 'bigint', author: 'bigint', at: 'float8' },
  sql: ($) => `select id, author_id as author, extract(epoch from added_at)::float8 * 1000 as at from contribution
    where id > ${$.after} and author_id = any(${$.authors}) and not deleted and comment_count = 0
    order by id limit ${$.most}`,
})

/** Draws what is said under contributions: mostly little, and by friends of the author rather than by others. */
function drawComments(
  random: Random,
  given: On[],
  { ids, people, start }: MadeUp,
  positions: Map<number, number>,
): Drawn[] {
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
      const whole = { ...comment, at: start + time }
      if (!first) firsts.push(whole)
      drawn.push(whole)
    }
  }
  return drawn
}

const locking = lockRows('comments: lock what is made up on', 'contribution')

const writing = statement({
  name: 'comments: make up',
  takes: { comments: 'json' },
  gives: {},
  sql: ($) => `with given as materialized (
      select g.*, nextval(pg_get_serial_sequence('comment', 'id')) as id, to_timestamp(g.at / 1000) as added_at
      from (select * from json_to_recordset(${$.comments})
        as g("n" int, "on" bigint, "parent" int, author_id bigint, "text" text, "at" float8) order by at, n) g
    ), made as (
      insert into comment (id, contribution_id, kind, parent_id, author_id, html, summary, added_at, comment_count)
      overriding system value
      select g.id, g."on", x.kind, p.id, g.author_id, '<p>' || g.text || '</p>', g.text, g.added_at,
        (select count(*) from given r where r.parent = g.n)
      from given g join contribution x on x.id = g."on" left join given p on p.n = g.parent
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

/** So many contributions are commented on in one transaction. */
const contributionsAtOnce = 4_000

/** Makes up what made-up members say under made-up contributions. They are no part of the amount that was asked for. */
export const seeding = {
  lacks: () => null,
  async *write(db: Database, _amount: number, madeUp: MadeUp) {
    const { seed, ids, community } = madeUp
    if (!community.options['configurations.comments_enabled']) return
    const random = createRandom(seed, 'comments')
    const positions = new Map(ids.map((id, position) => [id, position]))
    for (let after = 0; ; ) {
      const on = await writtenBy.rows(db, { after, authors: ids, most: contributionsAtOnce })
      if (!on.length) return
      after = (on.at(-1) as On).id
      const drawn = drawComments(random, on, madeUp, positions)
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
