import type { Database, Db } from '../platform/db/database.ts'
import { rules } from '../platform/search/fold.ts'
import { lockRows } from '../platform/sql/lock-rows.ts'
import { statement } from '../platform/sql/statement.ts'
import { slugOf } from '../texts/slug.ts'
import { searchedOf } from '../users/searched.ts'
import type { Categories } from './categories.ts'
import { lands, works } from './names.ts'
import { around, chance, createRandom, pick, pickEarly, type Random, whole } from './random.ts'
import { atAnHour, soonAfter, span } from './span.ts'
import { sayOf } from './texts.ts'
import { topics } from './topics.ts'

/** A made-up member. Times count from the beginning of the community. */
export type NewMember = {
  username: string
  real_name: string
  role: string | null
  status: 'a' | 'b'
  joined: number
  bio: string
  location: string
  location_lat_lng: string
  connections_visibility: string
  /** The indexes of the topics they like, their favourite first. */
  interests: number[]
}

const day = 86_400_000

/** When each member joins, in order: the community grows faster as it grows. */
export function drawJoining(seed: number, members: number): Float64Array {
  const random = createRandom(seed, 'joining')
  const joined = Float64Array.from({ length: members }, () => atAnHour(random, span * random() ** 0.8)).sort()
  if (members) joined[0] = 0
  return joined
}

/** @param taken usernames that are taken, in lower case; new ones are added */
export function* drawMembers(seed: number, joined: Float64Array, taken: Set<string>): Generator<NewMember> {
  const random = createRandom(seed, 'members')
  const numbers = new Map<string, number>()
  // The staff are among the first members.
  const roles = ['moderator', 'editor', 'moderator', 'publisher'].slice(0, Math.ceil(joined.length / 15))
  for (const [i, at] of joined.entries()) {
    const land = pick(random, lands)
    const surname = chance(random, 0.06) ? pick(random, pick(random, lands).last) : pick(random, land.last)
    const first = chance(random, 0.04)
      ? `${pick(random, land.first)} ${pick(random, land.first)}`
      : pick(random, land.first)
    const town = pickEarly(random, land.towns)
    const interests = [...new Set(Array.from({ length: 2 + whole(random, 5) }, () => pickEarly(random, positions)))]
    const named = nameFor(random, first.split(' ')[0] as string, surname)
    const role = roles[i - 1] ?? null
    yield {
      username: freeName(named, taken, numbers),
      real_name: `${first} ${surname}`,
      role,
      status: !role && chance(random, 0.003) ? 'b' : 'a',
      joined: at,
      bio: chance(random, 0.75)
        ? sayOf(random, topics[interests[0] as number] as (typeof topics)[0], pick(random, works), townOf(town.name))
        : '',
      location: chance(random, 0.8) ? town.name : '',
      location_lat_lng: `${town.lat},${town.lng}`,
      connections_visibility: chance(random, 0.06) ? pick(random, ['connections', 'connections', 'self']) : 'everyone',
      interests,
    }
  }
}

const positions = topics.map((_, i) => i)
const townOf = (place: string) => place.replace(/,.*/, '')

/** A username as people choose theirs. */
function nameFor(random: Random, first: string, last: string): string {
  const [a, b] = [slugOf(first).replaceAll('-', ''), slugOf(last).replaceAll('-', '')]
  const style = random()
  if (style < 0.35) return a + b
  if (style < 0.55) return `${a}-${b}`
  if (style < 0.7) return `${a}_${b}`
  if (style < 0.8) return a.charAt(0) + b
  if (style < 0.9) return `${a}${String(60 + whole(random, 50)).slice(-2)}`
  return `${a}-${pick(random, ['reads', 'walks', 'at-home', 'says', 'makes', 'of-the-hills', 'outside', 'sings'])}`
}

function freeName(wanted: string, taken: Set<string>, numbers: Map<string, number>): string {
  let name = wanted
  for (let n = numbers.get(wanted) ?? 1; taken.has(name); numbers.set(wanted, n)) name = `${wanted}${++n}`
  taken.add(name)
  return name
}

/** The categories a member follows, each with the time it began, in order. */
function drawFollows(random: Random, member: NewMember, { topics, followed, welcome }: Categories) {
  // Few members stop following what new members follow, and nobody can stop following forced categories.
  const follows = new Map(followed.map((id) => [id, member.joined]))
  for (const interest of member.interests) {
    const [id, ...above] = topics[interest] as number[]
    const at = soonAfter(random, member.joined, 40 * day)
    if (id && !follows.has(id)) follows.set(id, at)
    if (above[0] && chance(random, 0.3) && !follows.has(above[0])) follows.set(above[0], at)
  }
  if (chance(random, 0.1) && welcome[0] && !follows.has(welcome[0])) follows.set(welcome[0], member.joined)
  return [...follows].sort(([, a], [, b]) => a - b)
}

/** Members per transaction, with the categories they follow. */
export const membersAtOnce = 2_000

const numbering = statement({
  name: 'seed: ids of members',
  takes: { n: 'int' },
  gives: { id: 'bigint' },
  sql: ($) => `select nextval(pg_get_serial_sequence('users', 'id')) as id from generate_series(1, ${$.n})`,
})

const lockingCategories = lockRows('seed: lock categories', 'category')

const writing = statement({
  name: 'seed: write members',
  takes: { members: 'json', followers: 'bigint[]', categories: 'bigint[]', at: 'float8[]' },
  gives: {},
  sql: ($) => `with member as materialized (
    select * from json_to_recordset(${$.members}) as m(id bigint, username text, real_name text, role text, status "char",
      joined float8, bio text, location text, location_lat_lng text, connections_visibility text, follows int,
      folded_real_name text, sort_name text, folded_location text)
  ), follow as materialized (
    select * from unnest(${$.followers}, ${$.categories}, ${$.at}) with ordinality follow(member_id, category_id, at, n)
  ), made as (
    insert into users (id, username, real_name, role, status, date_joined, bio, location, location_lat_lng,
      connections_visibility, categories, folded_real_name, sort_name, folded_location, search_rules)
    select id, username, real_name, role, status, to_timestamp(joined / 1000), bio, location, location_lat_lng,
      connections_visibility, follows, folded_real_name, sort_name, folded_location, ${rules}
    from member
  ), followed as (
    insert into category_follower (category_id, member_id, added_at, place)
    select category_id, member_id, to_timestamp(at / 1000), nextval('category_place')
    from (select * from follow order by at, n) follow
  ), followers as (
    update category set followers = followers + f.n
    from (select category_id, count(*)::int as n from follow group by category_id) f where category.id = f.category_id
  )
  update community set members = members + (select count(*) from member)`,
})

/**
 * Writes members, the categories they follow, and the counters.
 * @param start the beginning of the community
 * @returns their ids
 */
export async function writeMembers(
  db: Database,
  start: number,
  members: NewMember[],
  categories: Categories,
  random: Random,
): Promise<number[]> {
  const follows = members.map((member) => drawFollows(random, member, categories))
  return db.transaction(async (tx: Db) => {
    const rows = await numbering.rows(tx, { n: members.length })
    const ids = rows.map(({ id }) => id)
    // First, and in this order, as members who join lock them.
    const wanted = [...new Set(follows.flat().map(([id]) => id))]
    await lockingCategories.rows(tx, { ids: wanted })
    const written = members.map(({ interests, joined, ...member }, i) => ({
      ...member,
      ...searchedOf({ real_name: member.real_name, location: member.location }),
      id: ids[i],
      joined: start + joined,
      follows: follows[i]?.length,
    }))
    await writing.rows(tx, {
      members: JSON.stringify(written),
      followers: follows.flatMap((each, i) => each.map(() => ids[i] as number)),
      categories: follows.flatMap((each) => each.map(([category]) => category)),
      at: follows.flatMap((each) => each.map(([, at]) => start + at)),
    })
    return ids
  })
}

/** How active each member is, relative to the others: most hardly, a few all the time. */
export function drawZeal(seed: number, members: number): Float64Array {
  const random = createRandom(seed, 'zeal')
  return Float64Array.from({ length: members }, () => around(random, 1) ** 2)
}
