import type { Kith } from '../context.ts'
import { rules } from '../platform/search/fold.ts'
import { vectorOf } from '../platform/search/words.ts'
import { statement } from '../platform/sql/statement.ts'
import type { MadeUp } from '../seed/people.ts'
import { chance, createRandom, pick, whole } from '../seed/random.ts'
import { span } from '../seed/span.ts'
import { writeText } from '../seed/texts.ts'
import { topics } from '../seed/topics.ts'
import { slugOf } from '../texts/slug.ts'
import { kinds } from './kinds.ts'
import { searchSql, titleWords } from './searched.ts'

const day = 86_400_000
/** Largest number of made-up drafts. */
const most = 200

const writing = statement({
  name: 'contributions: make up drafts',
  takes: { drafts: 'json' },
  gives: {},
  sql: ($) => `insert into contribution (kind, author_id, title, slug, html, summary, words, categories, added_at,
      last_activity_at, search, search_rules, published, deleted, scheduled_at)
    select kind, author_id, title, slug || '-' || nextval('contribution_place'), html, summary, words, categories,
      to_timestamp(at / 1000), to_timestamp(at / 1000), ${searchSql('title_words', 'text_words')}, ${rules}, false, true,
      to_timestamp(scheduled / 1000)
    from json_to_recordset(${$.drafts}) as g(n int, kind smallint, author_id bigint, title text, slug text, html text,
      summary text, words text, categories bigint[], at float8, scheduled float8, title_words text, text_words text)
    order by n`,
})

/** Writes drafts and scheduled contributions of some members. */
export async function writeDrafts({ db }: Kith, { seed, start, ids, people, categories, community }: MadeUp) {
  const random = createRandom(seed, 'drafts')
  const kind = Object.values(kinds).findLast(({ option }) => community.options[option])
  if (!kind) return
  const scheduling = community.options['configurations.scheduled_posts_enabled']
  const drafts = Array.from({ length: Math.min(most, Math.ceil(ids.length / 20)) }, (_, n) => {
    const author = whole(random, ids.length)
    const topic = pick(random, [...(people.interests[author] as Uint8Array)])
    const text = writeText(random, kind.name, topics[topic] as (typeof topics)[0])
    return {
      ...text,
      n,
      kind: kind.id,
      author_id: ids[author],
      slug: slugOf(text.title || text.words) || kind.name,
      categories: categories.topics[topic],
      at: start + Math.max(people.joined[author] as number, span - (1 + random() * 20) * day),
      scheduled: scheduling && chance(random, 0.5) ? start + span + (2 + whole(random, 20)) * day : null,
      title_words: titleWords(text.title),
      text_words: vectorOf(text.words, 'B'),
    }
  })
  await db.transaction((tx) => writing.rows(tx, { drafts: JSON.stringify(drafts) }))
}
