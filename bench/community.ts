import { indexAll } from '../src/cli/indexing.ts'
import { findDrift } from '../src/connections/recount.ts'
import { type Database, openDatabase } from '../src/platform/db/database.ts'
import { migrate } from '../src/platform/db/migrate.ts'

/** How large a community is. Members have the ids 1 to `members`; the last one administers. */
export type Scale = {
  members: number
  /** Friendships, those of the probed members among them. */
  friendships: number
  /** Members that load is put on: each has 25 friends or more, and so many requests received and sent. */
  probes: number
  received: number
  sent: number
  /** Members beyond the others who have all asked one member more, and are all connected with another. */
  crowd: number
  events: number
}

export type Community = {
  url: string
  db: Database
  scale: Scale
  probes: number[]
  /** The member with the crowd's requests, and the one connected with the crowd. */
  famous: number
  star: number
}

/** A database in this cluster, as DATABASE_URL names it. */
export const urlOf = (at: { host: string; port: number; user: string }, database: string) =>
  `postgres://${at.user}@localhost:${at.port}/${database}?host=${encodeURIComponent(at.host)}`

export async function createDatabase(at: { host: string; port: number; user: string }, name: string): Promise<string> {
  const root = openDatabase({ ...at, database: 'postgres', size: 1 }, () => {})
  await root.query(`create database ${name}`)
  await root.close()
  return urlOf(at, name)
}

/** Numbers from 0 to 1 that are the same in every run. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

type Edges = { from: number[]; to: number[]; connected: boolean[] }

/** Draws who asked whom and who is connected. Friends are near each other, so that they have friends in common. */
function drawEdges({ members, friendships, probes, received, sent, crowd }: Scale): Edges {
  const random = createRandom(7)
  const edges: [number, number, boolean][] = []
  const seen = new Set<number>()
  const add = (a: number, b: number, connected: boolean) => {
    const key = Math.min(a, b) * 2 ** 24 + Math.max(a, b)
    if (a === b || seen.has(key)) return false
    seen.add(key)
    edges.push([a, b, connected])
    return true
  }
  // Members are counted from 0 here. The probed ones come first, and their requests go to and come from the rest.
  const rest = members - probes
  for (let probe = 0; probe < probes; probe++) {
    for (let i = 0; i < received + sent; i++) {
      const other = probes + ((probe * (received + sent) + i) % rest)
      if (i < received) add(other, probe, false)
      else add(probe, other, false)
    }
  }
  const near = (a: number) => (a + 1 + Math.floor(random() ** 2 * Math.min(200, members - 1))) % members
  let made = 0
  for (let probe = 0; probe < probes; probe++) {
    for (let mine = 0; mine < 25 && made < friendships; )
      if (add(probe, near(probe), true)) [mine, made] = [mine + 1, made + 1]
  }
  while (made < friendships) {
    const a = Math.floor(random() * members)
    if (add(a, near(a), true)) made++
  }
  for (let i = 0; i < crowd; i++) {
    add(members + i, members + crowd, false)
    add(members + i, members + crowd + 1, true)
  }
  // Somebody known to all has friends in common with everybody.
  if (crowd) for (let probe = 0; probe < probes; probe++) add(near(probe), members + crowd + 1, true)
  for (let i = edges.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[edges[i], edges[j]] = [edges[j] as (typeof edges)[0], edges[i] as (typeof edges)[0]]
  }
  return {
    from: edges.map(([a]) => a + 1),
    to: edges.map(([, b]) => b + 1),
    connected: edges.map(([, , connected]) => connected),
  }
}

const membersText = `insert into users (id, username, real_name, email, email_isvalid, role, date_joined, bio, location,
    location_lat_lng, position_lat_lng, date_of_birth, description, gender, website, avatar, cover, reputation, company_name,
    company_role, posts, discussions, statuses, connections, requests_sent, requests_received)
  select i, 'member' || i, (array['Ada', 'Björn', 'Chiara', 'Dürsün', 'Elif'])[1 + i % 5] || ' ' || (array['Rossi', 'Møller', 'Okafor', 'Nguyễn'])[1 + i % 4],
    'member' || i || '@example.com', true, case i when $2 then 'admin' end,
    timestamptz '2024-01-01' + i * interval '7 minutes 0.123457 seconds', 'Reads, "cooks" and walks the hills; writes about all three. No. ' || i,
    'Bologna, Emilia-Romagna, Italy', '44.4949,11.3426', '44.4938,11.3387', date '1960-01-01' + i % 15000,
    repeat('I came here for the gardening and stayed for the people. ', 1 + i % 4), (array['Male', 'Female', 'Unspecified'])[1 + i % 3],
    'https://example.com/~member' || i, 'https://media.example.com/upfiles/avatars/' || md5(i::text) || '/avatar.jpg',
    case when i % 2 = 0 then 'https://media.example.com/upfiles/covers/' || md5(i::text) || '/cover.jpg' end, i % 500,
    'Example ' || i % 900 || ' S.p.A.', 'Engineer', i % 40, i % 7, i % 90, coalesce(d.connections, 0), coalesce(d.sent, 0), coalesce(d.received, 0)
  from generate_series(1, $1::int) i left join (
    select member, (count(*) filter (where connected))::int as connections, (count(*) filter (where asked and not connected))::int as sent,
      (count(*) filter (where not asked and not connected))::int as received
    from (select a as member, true as asked, connected from edge union all select b, false, connected from edge) side group by member
  ) d on d.member = i`

/** Fills an empty, migrated database with a community, and checks that Kith finds nothing wrong with it. */
export async function fillCommunity(url: string, scale: Scale, say: (what: string) => void): Promise<Community> {
  const db = openDatabase({ url, size: 1 }, () => {})
  await migrate(db.pool)
  await db.query('set statement_timeout = 0')
  say('drawing relations')
  const members = scale.members + (scale.crowd ? scale.crowd + 2 : 0)
  const { from, to, connected } = drawEdges(scale)
  await db.transaction(async (tx) => {
    // What is written here is right by construction, and checked below: the triggers of foreign keys would double the time.
    await tx.query('set local session_replication_role = replica')
    await tx.query('create temp table edge (place bigint, a bigint, b bigint, connected boolean) on commit drop')
    const batch = 50_000
    for (let i = 0; i < from.length; i += batch) {
      say(`writing relations: ${i} of ${from.length}`)
      const columns = [from, to, connected].map((column) => column.slice(i, i + batch))
      await tx.query(
        'insert into edge select $1 + n, a, b, connected from unnest($2::bigint[], $3::bigint[], $4::boolean[]) with ordinality e(a, b, connected, n)',
        [i, ...columns],
      )
    }
    say('writing members')
    await tx.query(membersText, [members, scale.members])
    await tx.query('update community set members = $1', [members])
    await tx.query(`select setval(pg_get_serial_sequence('users', 'id'), $1)`, [members])
    say('writing both sides of each relation')
    await tx.query(
      `insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
      select case side when 1 then a else b end, case side when 1 then b else a end, 1,
        case when connected then 4 else side end, place, place, side = 1, now() - interval '1 second' * ($1 - place)
      from edge, generate_series(1, 2) side order by place`,
      [from.length],
    )
    await tx.query(`select setval('relation_place', $1)`, [from.length])
  })
  if (scale.events) {
    say('writing events')
    // Each in a transaction of its own, as they come about.
    await db.pool.query(`do $$ begin
      set synchronous_commit = off;
      for i in 1..${scale.events} loop
        insert into event (id, type, created, body, txid) select nextval('event_id'), 'connection_request.created', now(),
          concat('{"event_id":', currval('event_id'), ',"type":"connection_request.created","created":', extract(epoch from now()),
            ',"data":{"to_user":{', a.profile_json, '},"from_user":{', b.profile_json, '}}}')::json, pg_current_xact_id()
          from users a, users b where a.id = 1 + i % ${scale.members} and b.id = 1 + (i + 1) % ${scale.members};
        commit;
      end loop;
      set synchronous_commit = on;
    end $$`)
  }
  // Or Kith does it while it is measured.
  say('indexing members')
  await indexAll({ db })
  say('vacuuming')
  await db.query('vacuum analyze')
  await db.query('checkpoint')
  say('recounting')
  const drifts = await findDrift(db)
  if (drifts.length) throw new Error(`The community was not filled right: ${JSON.stringify(drifts.slice(0, 3))}`)
  return {
    url,
    db,
    scale,
    probes: Array.from({ length: scale.probes }, (_, i) => i + 1),
    famous: members - 1,
    star: members,
  }
}

/** Pairs of members that have nothing to do with each other, for requests. */
export async function findStrangers({ db, probes, scale }: Community, wanted: number): Promise<[number, number][]> {
  const random = createRandom(11)
  const pick = () => Math.floor(random() * scale.members) + 1
  const asker = () => probes[Math.floor(random() * probes.length)] as number
  const candidates = Array.from({ length: wanted * 2 }, () => [asker(), pick()] as [number, number])
  const rows = await db.query<{ a: number; b: number }>(
    `select distinct on (least(a, b), greatest(a, b)) a, b from unnest($1::bigint[], $2::bigint[]) c(a, b)
     where a <> b and not exists (select from relation r where r.member_id = a and r.other_id = b)`,
    [candidates.map(([a]) => a), candidates.map(([, b]) => b)],
  )
  const pairs = rows.map(({ a, b }) => [a, b] as [number, number])
  for (let i = pairs.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[pairs[i], pairs[j]] = [pairs[j] as [number, number], pairs[i] as [number, number]]
  }
  return pairs.slice(0, wanted)
}
