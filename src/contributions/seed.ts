import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { keepFile, type Put } from '../files/keep.ts'
import { captioned, putHills } from '../media/seed.ts'
import type { Database } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { vectorOf } from '../platform/search/words.ts'
import { statement } from '../platform/sql/statement.ts'
import { drawPoll, type NewPoll, writePolls } from '../polls/seed.ts'
import { usual } from '../reactions/views.ts'
import { giveQuietly } from '../scores/settle.ts'
import type { Categories } from '../seed/categories.ts'
import { lands } from '../seed/names.ts'
import { batches, type MadeUp, type People } from '../seed/people.ts'
import { chance, createRandom, heavy, pick, pickEarly, type Random, whole } from '../seed/random.ts'
import { atAnHour, soonAfter, span } from '../seed/span.ts'
import { type Text, writeText } from '../seed/texts.ts'
import { topics } from '../seed/topics.ts'
import { slugOf } from '../texts/slug.ts'
import { type Kind, kinds } from './kinds.ts'
import { searchSql, titleWords } from './searched.ts'
import { writeDrafts } from './seed-drafts.ts'

const day = 86_400_000

/** A member's mark on a contribution; times count from the beginning of the community. */
type Mark = {
  member: number
  voted?: number
  reaction?: number
  followed?: number
  suspended?: number
  flagged?: number
  flag?: number
}

type NewContribution = Text & {
  kind: Kind
  author: number
  slug: string
  categories: number[]
  place: { location: string; lat: number; lng: number } | null
  at: number
  edited: number | null
  deleted: boolean
  views: number
  marks: Mark[]
  poll: NewPoll | null
  /** The index of the picture it shows. */
  picture: number | null
  /** How far back in its batch the contribution is that it shares. */
  shares: number | null
}

/** The share of each kind. */
const shares: [Kind, number][] = [
  [kinds.status, 0.55],
  [kinds.post, 0.3],
  [kinds.discussion, 0.15],
]

/** The kinds of contribution this community has enabled. */
const kindsOf = ({ options }: Community): Kind[] => shares.flatMap(([kind]) => (options[kind.option] ? [kind] : []))

function pickKind(random: Random, all: typeof shares): Kind {
  let luck = random() * all.reduce((sum, [, share]) => sum + share, 0)
  for (const [kind, share] of all) {
    luck -= share
    if (luck < 0) return kind
  }
  return (all[0] as (typeof shares)[0])[0]
}

/** Picks a member who has joined by a time, in proportion to how active they are. */
function createTaking({ joined, zeal }: People) {
  const sums = new Float64Array(joined.length)
  let sum = 0
  for (const [i, each] of zeal.entries()) {
    sum += each
    sums[i] = sum
  }
  /** The first index whose number is larger than `value`. */
  const above = (numbers: Float64Array, value: number, end: number) => {
    let [low, high] = [0, end]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[middle] as number) > value) high = middle
      else low = middle + 1
    }
    return low
  }
  return (random: Random, time: number) => {
    const there = Math.max(1, above(joined, time, joined.length))
    return Math.min(there - 1, above(sums, random() * (sums[there - 1] as number), there))
  }
}

/** Makes up contributions, oldest first, and what becomes of them. */
function* drawContributions(
  seed: number,
  contributions: number,
  writers: People,
  categories: Categories,
  community: Community,
  pictures: number,
): Generator<NewContribution> {
  const random = createRandom(seed, 'contributions')
  const carrying = createRandom(seed, 'what contributions carry')
  const take = createTaking(writers)
  const [had, places] = [kindsOf(community), community.options['addons.post_geolocation_enabled']]
  const all = shares.filter(([kind]) => had.includes(kind))
  // More is written as the community grows.
  const times = Float64Array.from({ length: contributions }, () =>
    Math.max(60_000, atAnHour(random, span * random() ** 0.5)),
  ).sort()
  for (const at of times) {
    const kind = pickKind(random, all)
    const announcing = kind !== kinds.status && chance(random, 0.004)
    const staff = announcing ? writers.staff.filter((each) => (writers.joined[each] as number) <= at) : []
    const announced = staff.length > 0
    const author = announced ? pick(random, staff) : take(random, at)
    const topic = pickEarly(random, [...(writers.interests[author] as Uint8Array)])
    const text = writeText(random, kind.name, announced ? null : (topics[topic] as (typeof topics)[0]))
    const placed = announced
      ? categories.announcements
      : chance(random, kind === kinds.status ? 0.45 : 0.9)
        ? (categories.topics[topic] as number[])
        : chance(random, 0.05)
          ? categories.welcome
          : []
    const town = places && chance(random, 0.04) ? pick(random, pick(random, lands).towns) : null
    const marks = drawMarks(random, kind, author, at, writers, take)
    const polls = community.options['addons.polls_enabled'] || writers.staff.includes(author)
    const poll = kind.polled && polls && chance(carrying, 0.08)
    const sharing = !poll && community.options['addons.share_post_enabled'] && chance(carrying, 0.03)
    yield {
      ...text,
      kind,
      author,
      slug: slugOf(text.title || text.words) || kind.name,
      categories: placed,
      place: town && { location: town.name, lat: town.lat, lng: town.lng },
      at,
      edited: chance(random, 0.06) ? soonAfter(random, at, 3_600_000) : null,
      deleted: chance(random, 0.02),
      views: Math.round((marks.length + 1) * (2 + 8 * random())),
      marks,
      poll: poll
        ? drawPoll(carrying, topics[topic] as (typeof topics)[0], at, () =>
            voterFor(carrying, author, at, writers, take),
          )
        : null,
      picture: !poll && !sharing && pictures && chance(carrying, 0.08) ? whole(carrying, pictures) : null,
      shares: sharing ? 1 + whole(carrying, 30) : null,
    }
  }
}

/** Picks a voter who was a member when the poll was asked, more often a friend of its author. */
function voterFor(
  random: Random,
  author: number,
  at: number,
  { joined, near }: People,
  take: ReturnType<typeof createTaking>,
) {
  const around = near[author] as number[]
  const member = around.length && chance(random, 0.55) ? pick(random, around) : take(random, at)
  return member === author || (joined[member] as number) > at ? null : member
}

/** Makes up votes, follows and other marks: most contributions have hardly any, a few have very many. */
function drawMarks(
  random: Random,
  kind: Kind,
  author: number,
  at: number,
  { joined, near }: People,
  take: (random: Random, time: number) => number,
): Mark[] {
  const marks = new Map<number, Mark>()
  const around = near[author] as number[]
  const most = joined.length / 3
  /** Picks a member who sees it, more often a friend of the author. */
  const somebody = (time: number): Mark | null => {
    const member = around.length && chance(random, 0.55) ? pick(random, around) : take(random, time)
    if (member === author || (joined[member] as number) > time) return null
    const mark = marks.get(member) ?? { member }
    marks.set(member, mark)
    return mark
  }
  const times = (mean: number) => Math.floor(Math.min(most, heavy(random, mean) + random()))
  for (let n = times(kind === kinds.status ? 2 : 3); n > 0; n--) {
    const time = soonAfter(random, at, 2 * day)
    const mark = somebody(time)
    if (!mark || mark.voted !== undefined) continue
    mark.voted = time
    mark.reaction = chance(random, 0.8) ? usual : 2 + whole(random, 5)
  }
  for (let n = times(kind === kinds.discussion ? 1.5 : 0.2); n > 0; n--) {
    const time = soonAfter(random, at, 5 * day)
    const mark = somebody(time)
    if (!mark) continue
    mark.followed ??= time
    if (chance(random, 0.03)) mark.suspended ??= soonAfter(random, mark.followed, 10 * day)
  }
  if (chance(random, 0.006)) {
    for (let n = 1 + whole(random, 3); n > 0; n--) {
      const time = soonAfter(random, at, day)
      const mark = somebody(time)
      if (!mark) continue
      mark.flagged ??= time
      mark.flag ??= whole(random, 5)
    }
  }
  return [...marks.values()]
}

/**
 * Contributions, with all acts on them, per transaction. Each of its votes locks the row of a member, and each of its
 * authors is counted once: larger transactions write less to the disk.
 */
const usuallyAtOnce = 8_000

const iso = (time: string) => `to_timestamp(${time} / 1000)`
const placeOf = (time: string) => `case when ${time} is not null then nextval('contribution_place') end`
const since = (time: string, place: string) => `${iso(`m.${time}`)}, ${placeOf(`m.${time}`)} as ${place}`

const nameOf = (kind: string) =>
  `case ${kind} ${shares.map(([{ id, name }]) => `when ${id} then '${name}'`).join(' ')} end`

const writing = statement({
  name: 'contributions: make up',
  takes: {
    ...{ contributions: 'json', of: 'int[]', members: 'bigint[]', voted: 'float8[]', followed: 'float8[]' },
    ...{ suspended: 'float8[]', flagged: 'float8[]', flags: 'smallint[]', reactions: 'smallint[]' },
  },
  gives: { first: 'bigint?' },
  sql: ($) => `with given as materialized (
    select g.*, nextval(pg_get_serial_sequence('contribution', 'id')) as id,
      case when media is not null then nextval(pg_get_serial_sequence('media', 'id')) end as media_id
    from (select * from json_to_recordset(${$.contributions}) as g(n int, kind smallint, author_id bigint, title text, slug text,
      again boolean, html text, summary text, words text, categories bigint[], location text, lat float8, lng float8,
      at float8, edited float8, deleted boolean, views int, votes int, followers int, flags int, reactions jsonb, title_words text,
      text_words text, poll_id bigint, media json, shares int) order by n) g
  ), made as (
    insert into contribution (id, kind, author_id, title, slug, html, summary, words, categories, location, lat, lng,
      added_at, last_edited_at, last_activity_at, deleted, view_count, vote_count, follower_count, flag_count, reactions, search, search_rules,
      poll_id, medias)
    overriding system value
    select id, kind, author_id, title,
      case when again or exists (select from contribution x where x.kind = given.kind and x.slug = given.slug)
        then slug || '-' || nextval('contribution_place') else slug end,
      html, summary, words, categories, location, lat, lng, ${iso('at')}, ${iso('edited')}, ${iso('at')}, deleted, views,
      votes, followers, flags, reactions, ${searchSql('title_words', 'text_words')}, ${rules},
      poll_id, case when media_id is not null and shares is null then array[media_id] else '{}' end
    from given
  ), attached as (
    insert into media (id, owner_id, type, file_id, added_at, contribution_id, title, description, url, image, image_width,
      image_height, thumbnail, mimetype, size, shared_id, embed_type, embed_id, metadata)
    overriding system value
    select g.media_id, g.author_id, m.type, m.file_id, ${iso('g.at')}, g.id, coalesce(m.title, ''),
      coalesce(m.description, ''), m.url, m.image, m.image_width, m.image_height, m.thumbnail, m.mimetype, m.size, s.id,
      m.embed_type, s.id::text, case when s.id is not null then json_build_object('id', s.id, 'type', ${nameOf('s.kind')}) end
    from given g left join given s on s.n = g.shares, lateral json_populate_record(null::media, g.media) m
    where g.media_id is not null
  ), marked as (
  insert into mark (target_id, member_id, kind, voted_at, vote_place, reaction, followed_at,
    follow_place, suspended_at, suspend_place, flagged_at, flag_place, flag_type)
  select * from (
    select given.id, m.member_id, given.kind, ${since('voted', 'vote_place')}, m.reaction,
      ${since('followed', 'follow_place')}, ${since('suspended', 'suspend_place')}, ${since('flagged', 'flag_place')}, m.flag
    from (
      select * from unnest(${$.of}, ${$.members}, ${$.voted}, ${$.followed}, ${$.suspended}, ${$.flagged}, ${$.flags}, ${$.reactions})
        m(n, member_id, voted, followed, suspended, flagged, flag, reaction)
      order by n, least(voted, followed, suspended, flagged)
    ) m join given on given.n = m.n
    offset 0
  ) m order by member_id, id
  )
  select min(id) as first from given`,
})

// A shared contribution must be in the feeds of its categories before its shares are counted there.
const sharing = statement({
  name: 'contributions: share made-up ones',
  takes: { first: 'bigint' },
  gives: {},
  sql: ($) => `update contribution c set medias = array[m.id] from media m
    where m.contribution_id = c.id and m.type = 'share' and c.id >= ${$.first} and c.medias = '{}'`,
})

// Counted last, because members who publish at the same time wait for these rows; and in order of id.
const lockingAuthors = statement({
  name: 'contributions: lock made-up authors',
  takes: { ids: 'bigint[]' },
  gives: {},
  sql: ($) => `select from users where id = any(${$.ids}) order by id for no key update`,
})

const counting = statement({
  name: 'contributions: count made-up ones',
  takes: { authors: 'bigint[]', statuses: 'int[]', posts: 'int[]', discussions: 'int[]', polls: 'int[]' },
  gives: {},
  sql: ($) => `with d as materialized (
    select * from unnest(${$.authors}, ${$.statuses}, ${$.posts}, ${$.discussions}, ${$.polls})
      d(author_id, statuses, posts, discussions, polls)
  ), author as (
    update users u set statuses = u.statuses + d.statuses, posts = u.posts + d.posts,
      discussions = u.discussions + d.discussions, polls = u.polls + d.polls
    from d where u.id = d.author_id
  )
  update contribution_total t set n = t.n + s.n, uncommented = t.uncommented + s.n
  from (
    select k.kind, author_id % 16 as part, sum(k.n)::int as n
    from d cross join lateral (values (1, statuses), (2, posts), (3, discussions)) k(kind, n) group by 1, 2
  ) s where t.kind = s.kind and t.part = s.part`,
})

/** How often each reaction other than the usual one was used, as contributions store it. */
function countReactions(marks: Mark[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { reaction = usual } of marks) if (reaction !== usual) counts[reaction] = (counts[reaction] ?? 0) + 1
  return counts
}

type Shown = ReturnType<typeof captioned>

/** What the contribution at this position of its batch shows: a picture, or an earlier contribution that it shares. */
function mediaOf(batch: NewContribution[], n: number, showing: (picture: number) => Shown) {
  const { picture, shares, author } = batch[n] as NewContribution
  if (picture !== null) return { media: showing(picture), shares: null }
  const shared = shares === null ? undefined : batch[n - shares]
  if (!shared || shared.deleted || shared.author === author) return { media: null, shares: null }
  return { media: { type: 'share', embed_type: 'sc_shared_object', file_id: null }, shares: n - (shares as number) }
}

/** Writes contributions, what they carry, the marks on them, and the counters. */
async function writeContributions(
  db: Database,
  start: number,
  contributions: NewContribution[],
  ids: number[],
  showing: (picture: number) => Shown,
): Promise<void> {
  const slugs = new Set<string>()
  const rows = contributions.map(({ kind, author, at, edited, place, marks, poll: _, picture, shares, ...rest }, n) => {
    const slug = `${kind.id} ${rest.slug}`
    const again = slugs.has(slug)
    slugs.add(slug)
    return {
      ...rest,
      ...place,
      n,
      again,
      title_words: titleWords(rest.title),
      text_words: vectorOf(rest.words, 'B'),
      kind: kind.id,
      author_id: ids[author],
      at: start + at,
      edited: edited && start + edited,
      votes: marks.filter(({ voted }) => voted !== undefined).length,
      followers: marks.filter(({ followed }) => followed !== undefined).length,
      flags: marks.filter(({ flagged }) => flagged !== undefined).length,
      reactions: countReactions(marks),
      poll_id: null as number | null,
      ...mediaOf(contributions, n, showing),
    }
  })
  const polled = contributions.flatMap(({ poll, author, at }, n) => (poll ? [{ ...poll, author, at, n }] : []))
  const files = new Set(rows.flatMap(({ media }) => media?.file_id ?? []))
  const marks = contributions.flatMap(({ marks }, n) => marks.map((mark) => ({ n, ...mark })))
  const time = (of: (mark: Mark) => number | undefined) =>
    marks.map((mark) => {
      const at = of(mark)
      return at === undefined ? null : start + at
    })
  const values = {
    of: marks.map(({ n }) => n),
    members: marks.map(({ member }) => ids[member] as number),
    voted: time(({ voted }) => voted),
    followed: time(({ followed }) => followed),
    suspended: time(({ suspended }) => suspended),
    flagged: time(({ flagged }) => flagged),
    flags: marks.map(({ flag }) => flag ?? null),
    reactions: marks.map(({ reaction }) => reaction ?? null),
  }
  const counts = new Map<number, Record<Kind['counter'] | 'polls', number>>()
  for (const { kind, author, deleted, poll } of contributions) {
    if (deleted) continue
    const id = ids[author] as number
    const count = counts.get(id) ?? { statuses: 0, posts: 0, discussions: 0, polls: 0 }
    count[kind.counter]++
    if (poll) count.polls++
    counts.set(id, count)
  }
  const authors = [...counts.keys()]
  const countsOf = (counter: Kind['counter'] | 'polls') => [...counts.values()].map((count) => count[counter])
  await db.transaction(async (tx) => {
    await tx.query(`set local statement_timeout = '10min'`)
    await giveQuietly(tx)
    for (const id of files) await keepFile(tx, { id })
    const polls = await writePolls(tx, start, ids, polled)
    for (const [i, { n }] of polled.entries()) (rows[n] as (typeof rows)[0]).poll_id = polls[i] as number
    const made = await writing.row(tx, { ...values, contributions: JSON.stringify(rows) })
    if (made?.first && rows.some(({ shares }) => shares !== null)) await sharing.rows(tx, { first: made.first })
    await lockingAuthors.rows(tx, { ids: authors })
    await counting.rows(tx, {
      authors,
      statuses: countsOf('statuses'),
      posts: countsOf('posts'),
      discussions: countsOf('discussions'),
      polls: countsOf('polls'),
    })
  })
}

/** Largest number of pictures drawn for all contributions that show one. */
const mostPictures = 12

/** Makes up contributions of made-up members, and the marks on them. */
export const seeding = {
  lacks: (community: Community) =>
    kindsOf(community).length
      ? null
      : 'This community has no statuses, posts or discussions: switch one of them on, or ask for none.',
  misses: ({ options }: Community) => [
    ...(options['addons.polls_enabled'] ? [] : ['polls but those of the staff (addons.polls_enabled)']),
    ...(options['addons.share_post_enabled'] ? [] : ['shares (addons.share_post_enabled)']),
  ],
  async *write(kith: Kith, amount: number, madeUp: MadeUp) {
    const { seed, start, ids, people, categories, community, atOnce = usuallyAtOnce } = madeUp
    const random = createRandom(seed, 'pictures')
    const pictures = await putHills(kith, random, Math.min(mostPictures, Math.ceil(amount / 100)))
    const showing = (picture: number) => captioned(random, pictures[picture] as Put)
    const drawn = drawContributions(seed, amount, people, categories, community, pictures.length)
    for (const batch of batches(drawn, atOnce)) {
      await writeContributions(kith.db, start, batch, ids, showing)
      yield batch.length
    }
    await writeDrafts(kith, madeUp)
  },
}
