// The floor: the least a server of this data could be. A bare node:http and pg, one prepared statement a request, rows
// made into the same JSON as Kith's, and no members signing in, no privacy, no validation, no headers.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { createContributions } from './contributions-floor.ts'

pg.types.setTypeParser(pg.types.builtins.INT8, Number)
for (const type of [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMPTZ]) pg.types.setTypeParser(type, (text) => text)
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  options: '-c random_page_cost=1.1 -c jit=off -c timezone=UTC',
})
// The database goes before the floor does where a bench stops.
pool.on('error', () => {})

// biome-ignore lint/suspicious/noExplicitAny: a row is whatever the statement says
type Row = any

const columns = `u.id, u.username, u.real_name, u.avatar, u.cover, u.ext_id, u.requests_sent,
  u.requests_received + u.requests_rejected as requests_received, u.connections,
  u.posts, u.discussions, u.statuses, u.polls, u.categories, u.date_joined, u.bio, u.location, u.location_lat_lng,
  u.position_lat_lng, u.date_of_birth, u.description, u.gender, u.status, u.website, u.reputation, u.role, u.community_badge,
  u.reg_approved, u.company_name, u.company_role, u.deleted_at`

/** A moment as PostgreSQL writes it, in a column or in JSON. */
const iso = (text: string | null) =>
  text === null
    ? null
    : `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, text.lastIndexOf('+')).padEnd(6, '0')}+00:00`

/** Where Kith says it is: the same addresses are as long. */
const base = process.env.PUBLIC_ADDRESS ?? 'http://bench'
const addressOf = (path: string | null) => (path?.startsWith('/') ? base + path : path)

const statuses = [null, 'sent_connection_request', 'received_connection_request', null, 'connected']

const asUser = (row: Row, state: number) => ({
  id: row.id,
  username: row.username,
  real_name: row.real_name,
  avatar: addressOf(row.avatar ?? `/api/v2/avatar/${row.id}`),
  cover: addressOf(row.cover),
  ext_id: row.ext_id,
  date_joined: iso(row.date_joined),
  bio: row.bio,
  location: row.location,
  location_lat_lng: row.location_lat_lng,
  position_lat_lng: row.position_lat_lng,
  date_of_birth: row.date_of_birth,
  description: row.description,
  gender: row.gender,
  status: row.status,
  website: row.website,
  tags: [],
  reputation: row.reputation,
  role: row.role,
  community_badge: row.community_badge,
  reg_approved: row.reg_approved,
  company_name: row.company_name,
  company_role: row.company_role,
  deleted: row.status === 'd' || row.status === 'u',
  deleted_at: iso(row.deleted_at),
  connection_requests_sent_counter: row.requests_sent,
  connection_requests_received_counter: row.requests_received,
  connections_counter: row.connections,
  posts_counter: row.posts,
  discussions_counter: row.discussions,
  statuses_counter: row.statuses,
  polls_counter: row.polls,
  categories_counter: row.categories,
  connection_status: statuses[state] ?? null,
})

const permission = Object.fromEntries(
  'create_contribute create_poll locate_post create_post create_post_with_category create_group create_event create_course create_live_stream follow_user request_connection accept_connection'
    .split(' ')
    .map((name) => [name, /contribute|create_post|connection/.test(name)]),
)

/** A page of 20; the statement's first row is the member the list belongs to. */
async function page(
  address: string,
  name: string,
  text: string,
  values: number[],
  shape: (row: Row, owner: Row) => object,
) {
  const [owner, ...found] = (await pool.query({ name, text, values })).rows
  const rows = found.slice(0, 20)
  const cursor = Buffer.from(JSON.stringify([1, rows.at(-1)?.place])).toString('base64url')
  return {
    count: owner.total,
    next: found.length > 20 ? `${base}${address}?limit=20&offset=20&cursor=${cursor}` : null,
    previous: null,
    results: rows.map((row) => shape(row, owner)),
  }
}

const none = `null::smallint as state, null::bigint as place, null::bigint as request_id, null::timestamptz as created, null::timestamptz as viewed`

const withEmail = `${columns}, u.email, u.email_isvalid`
const requestsText = `(select u.requests_received as total, ${none}, ${withEmail} from users u where u.id = $1)
  union all (select 0, r.state, r.place, r.request_id, r.created, r.viewed, ${withEmail} from relation r join users u on u.id = r.other_id
    where r.member_id = $1 and r.state = 2 order by r.place desc limit 21)`

const connectionsText = `(select u.connections as total, ${none}, ${columns} from users u where u.id = $1)
  union all (select 0, r.state, r.place, r.request_id, r.created, r.viewed, ${columns} from relation r join users u on u.id = r.other_id
    where r.member_id = $1 and r.state = 4 order by r.place desc limit 21)`

const connectionsSeenText = `(select u.connections as total, ${none}, ${columns} from users u where u.id = $1)
  union all (select 0, v.state, r.place, r.request_id, r.created, r.viewed, ${columns} from relation r join users u on u.id = r.other_id
    left join relation v on v.member_id = $2 and v.other_id = u.id
    where r.member_id = $1 and r.state = 4 order by r.place desc limit 21)`

const upsert = `insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
  values ($1, $2, 1, $3, $5, $5, true, now()), ($2, $1, 1, $4, $5, $5, false, now())
  on conflict (member_id, other_id) do update set version = relation.version + 1, state = excluded.state, place = excluded.place`
const count = `update users set requests_sent = requests_sent + $2, requests_received = requests_received + $3 where id = $1`
const tell = `insert into event (id, type, created, body, txid)
  values (nextval('event_id'), 'connection_request.created', now(), $1, pg_current_xact_id())`
const allInOne = `with lo as (update users set requests_sent = requests_sent + $3 where id = least($1::bigint, $2::bigint)),
  hi as (update users set requests_received = requests_received + $3 where id = greatest($1::bigint, $2::bigint)),
  pair as (insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
    values ($1, $2, 1, $4, $6, $6, true, now()), ($2, $1, 1, $5, $6, $6, false, now())
    on conflict (member_id, other_id) do update set version = relation.version + 1, state = excluded.state, place = excluded.place)
  ${tell.replace('$1', '$7')}`

// As long as the body of a request's event is, with two members in it.
const body = JSON.stringify({
  event_id: 1,
  type: 'connection_request.created',
  data: 'x'.repeat(Number(process.env.EVENT_BYTES ?? 2_000)),
})
let place = 1e9

/** A request and its withdrawal, as a transaction of plain statements. Rows are locked in the order of their ids. */
async function write(from: number, to: number, ask: boolean) {
  const client = await pool.connect()
  const by = ask ? 1 : -1
  try {
    await client.query('begin')
    for (const id of from < to ? [from, to] : [to, from]) {
      await client.query({ name: 'count', text: count, values: [id, id === from ? by : 0, id === to ? by : 0] })
    }
    await client.query({ name: 'upsert', text: upsert, values: [from, to, ask ? 1 : 0, ask ? 2 : 0, place++] })
    await client.query({ name: 'tell', text: tell, values: [body] })
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(error as Error)
    throw error
  }
  return { connection_status: ask ? 'sent_connection_request' : null }
}

async function writeAtOnce(from: number, to: number, ask: boolean) {
  const values = [from, to, ask ? 1 : -1, ask ? 1 : 0, ask ? 2 : 0, place++, body]
  await pool.query({ name: 'all', text: allInOne, values })
  return { connection_status: ask ? 'sent_connection_request' : null }
}

const contributions = createContributions(pool, { columns, asUser, iso, addressOf })

async function answer(url: string): Promise<unknown> {
  const [, what, a = '', b = '', c = '', d = ''] = url.split('/')
  const [one, two] = [Number(a), Number(b)]
  switch (what) {
    case 'requests':
      return page('/api/v2/user/connection/requests/', 'requests', requestsText, [one], (row, owner) => ({
        id: row.request_id,
        from_user: { ...asUser(row, row.state), birthday: row.date_of_birth },
        to_user: {
          ...asUser(owner, 0),
          birthday: owner.date_of_birth,
          email: owner.email,
          email_isvalid: owner.email_isvalid,
        },
        created: iso(row.created),
        rejected: null,
        viewed: iso(row.viewed),
      }))
    case 'connections':
      return page(`/api/v2/user/${one}/connections/`, 'own', connectionsText, [one], (row) => asUser(row, row.state))
    case 'seen':
      return page(`/api/v2/user/${one}/connections/`, 'seen', connectionsSeenText, [one, two], (row) =>
        asUser(row, row.state),
      )
    case 'user': {
      const text = `select ${columns} from users u where id = $1`
      return asUser((await pool.query({ name: 'user', text, values: [one] })).rows[0], 0)
    }
    case 'me': {
      const text = `select ${columns}, u.email, u.email_isvalid from users u where id = $1`
      const row = (await pool.query({ name: 'me', text, values: [one] })).rows[0]
      return {
        ...asUser(row, 0),
        email: row.email,
        email_isvalid: row.email_isvalid,
        permission,
        unseen_interactions_counter: 0,
        unseen_notification_banners_counter: 0,
      }
    }
    case 'write':
      return write(one, two, c === 'ask')
    case 'write-at-once':
      return writeAtOnce(one, two, c === 'ask')
    case 'contributions':
      return contributions.list(one, two)
    case 'feed':
      return contributions.feed(one)
    case 'contribution':
      return contributions.one(one, two)
    case 'create':
      return contributions.create(one, two, decodeURIComponent(c), d.split(',').map(Number))
    case 'vote':
      return contributions.vote(one, two)
    default:
      throw new Error(`There is nothing at ${url}`)
  }
}

function send(response: ServerResponse, status: number, value: unknown) {
  const text = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

const server = createServer((request, response) => {
  answer(request.url as string).then(
    (value) => send(response, 200, value),
    (error: Error) => send(response, 500, { error: error.message }),
  )
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))
process.on('SIGTERM', () => process.exit())
process.on('disconnect', () => process.exit())
