// The floor of contributions: the same JSON as Kith's, from plain prepared statements. Nobody signs in, nothing is hidden,
// texts are taken as they come, and what is written is written without a look at who may.
import type pg from 'pg'

// biome-ignore lint/suspicious/noExplicitAny: a row is whatever the statement says
type Row = any

/** What the floor knows of members. */
type Users = {
  columns: string
  asUser: (row: Row, state: number) => object
  iso: (text: string | null) => string | null
}

const kinds = ['', 'status', 'post', 'discussion']
const fields = `c.id as contribution_id, c.kind, c.title, c.slug, c.html, c.summary, c.categories as named, c.location as place,
  c.lat, c.lng, c.added_at, c.last_edited_at, c.last_activity_at, c.deleted as gone, c.collapsed, c.comment_count, c.vote_count,
  c.flag_count, c.share_count, c.view_count, c.follower_count`
const ofViewer = 'v.state, m.reaction, m.followed_at, m.suspended_at'
const joins = `join users u on u.id = c.author_id
  left join relation v on v.member_id = $2 and v.other_id = u.id
  left join mark m on m.target_id = c.id and m.kind = c.kind and m.member_id = $2`
const categoriesText = `select category.*, f.member_id is not null as followed from category
  left join category_follower f on f.category_id = category.id and f.member_id = $2 where id = any($1::bigint[])`

/** Events of these lengths, as Kith's are. */
const eventOf = (bytes: string | undefined) => JSON.stringify({ data: 'x'.repeat(Number(bytes ?? 2_000)) })
const [created, voted] = [eventOf(process.env.CREATED_BYTES), eventOf(process.env.VOTED_BYTES)]

export function createContributions(pool: pg.Pool, { columns, asUser, iso }: Users) {
  const listText = `select ${fields}, ${columns}, ${ofViewer}, json_build_array(c.added_at, c.id)::text as key,
      (select sum(n)::int from contribution_total where kind = $1) as total
    from contribution c ${joins} where c.kind = $1 and not c.deleted and c.addressing = '{}'
    order by c.added_at desc, c.id desc limit 21`
  const feedText = `select ${fields}, ${columns}, ${ofViewer}, json_build_array(c.added_at, c.id)::text as key
    from ready_feed, unnest(ids) with ordinality ready (id, nth) join contribution c on c.id = ready.id ${joins}
    where ready_feed.member_id = $1 order by nth`
  const oneText = `select ${fields}, ${columns}, ${ofViewer} from contribution c ${joins} where c.id = $1`

  const asCategory = (row: Row) => ({
    id: row.id,
    tags: [],
    followed: row.followed,
    order: row.position,
    name: row.name,
    name_synonyms: row.name_synonyms,
    slug: row.slug,
    slogan: row.slogan,
    html_info: row.html_info,
    seo_title: row.seo_title,
    seo_description: row.seo_description,
    auto_follow: row.auto_follow,
    content_only_staff: row.content_only_staff,
    active: row.active,
    image_original: row.image_original,
    image_bigger: '',
    image_big: '',
    image_medium: '',
    image_small: '',
    emotional_image_original: row.emotional_image_original ?? '',
    emotional_image_position: row.emotional_image_position,
    lastmod_datetime: iso(row.lastmod_datetime),
    stream_order_by: row.stream_order_by,
    followers_counter: row.followers,
    parents: row.parents.map(Number),
  })

  const asContribution = (row: Row, categories: Map<string, object>) => ({
    id: row.contribution_id,
    type: kinds[row.kind],
    ...(row.kind === 3 && { title: row.title }),
    slug: row.slug,
    html: row.html,
    summary: row.summary,
    summary_html: row.summary.endsWith(' ...') ? row.summary : row.html,
    summary_truncated: row.summary.endsWith(' ...'),
    author: asUser(row, row.state),
    categories: row.named.map((id: string) => categories.get(id)),
    added_at: iso(row.added_at),
    last_edited_at: iso(row.last_edited_at),
    last_activity_at: iso(row.last_activity_at),
    deleted: row.gone,
    collapsed: row.collapsed,
    comment_count: row.comment_count,
    vote_count: row.vote_count,
    flag_count: row.flag_count,
    share_count: row.share_count,
    view_count: row.view_count,
    follower_count: row.follower_count,
    reactions_count: [],
    voted: row.reaction !== null,
    reaction: null,
    followed: row.followed_at !== null,
    suspended: row.suspended_at !== null,
    medias: [],
    location: row.place === null ? null : { location: row.place, lat: row.lat, lng: row.lng },
    ...(row.kind > 1 && { poll: null, group: null, event: null }),
    addressing: [],
    tags: [],
  })

  async function render(rows: Row[], viewer: number): Promise<object[]> {
    const named = [...new Set(rows.flatMap((row) => row.named))]
    const found = await pool.query({ name: 'categories', text: categoriesText, values: [named, viewer] })
    const categories = new Map(found.rows.map((row) => [String(row.id), asCategory(row)]))
    return rows.map((row) => asContribution(row, categories))
  }

  /** One transaction of plain statements; an error gives the connection up. */
  async function inOne<T>(
    work: (query: (name: string, text: string, values: unknown[]) => Promise<Row[]>) => Promise<T>,
  ) {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const done = await work(async (name, text, values) => (await client.query({ name, text, values })).rows)
      await client.query('commit')
      client.release()
      return done
    } catch (error) {
      client.release(error as Error)
      throw error
    }
  }

  const tellText = `insert into event (id, type, created, body, txid)
    values (nextval('event_id'), $1, now(), $2, pg_current_xact_id())`

  return {
    async list(kind: number, viewer: number) {
      const { rows: found } = await pool.query({ name: 'contributions', text: listText, values: [kind, viewer] })
      const rows = found.slice(0, 20)
      const cursor = Buffer.from(JSON.stringify([1, ...JSON.parse(rows.at(-1).key)])).toString('base64url')
      return {
        count: rows[0].total,
        next: `http://bench/api/v2/${kinds[kind]}/?limit=20&offset=20&cursor=${cursor}`,
        previous: null,
        results: await render(rows, viewer),
      }
    },
    /** A home feed, of whose first page somebody has made a list. */
    async feed(viewer: number) {
      const { rows: found } = await pool.query({ name: 'feed', text: feedText, values: [viewer, viewer] })
      const rows = found.slice(0, 20)
      const cursor = Buffer.from(JSON.stringify([1, ...JSON.parse(rows.at(-1).key)])).toString('base64url')
      const shown = (await render(rows, viewer)) as { type: string }[]
      const rest = { seen_by_id: [], seen: false, has_boost: false, activities: [] }
      return {
        next: `http://bench/api/v2/feed/?limit=20&offset=20&cursor=${cursor}`,
        previous: null,
        results: shown.map((each) => ({ type: each.type, [each.type]: each, ...rest })),
      }
    },
    async one(id: number, viewer: number) {
      const { rows } = await pool.query({ name: 'contribution', text: oneText, values: [id, viewer] })
      return (await render(rows, viewer))[0]
    },
    /** A post in categories, by a member who mentions another. */
    async create(author: number, mentioned: number, text: string, categories: number[]) {
      const id = await inOne(async (query) => {
        await query('mentioned', 'select username from users where id = $1', [mentioned])
        await query('named', 'select id, ancestors from category where id = any($1::bigint[])', [categories])
        await query('author', 'update users set posts = posts + 1 where id = $1', [author])
        const [row] = await query(
          'create',
          `insert into contribution (kind, author_id, slug, html, summary, words, categories, added_at, last_activity_at)
           values (2, $1, $2, $3, left($3, 150), $3, $4, now(), now()) returning id`,
          [author, `${text.slice(0, 60)} ${process.pid} ${performance.now()}`, text, categories],
        )
        await query(
          'total',
          'update contribution_total set n = n + 1, uncommented = uncommented + 1 where kind = 2 and part = $1',
          [author % 16],
        )
        await query('tell', tellText, ['post.created', created])
        return row.id
      })
      return this.one(id, author)
    },
    async vote(id: number, member: number) {
      await inOne(async (query) => {
        await query('take', 'select from contribution where id = $1 for no key update', [id])
        const [row] = await query(
          'vote',
          `insert into mark as k (target_id, member_id, kind, reaction, voted_at, vote_place)
           values ($1, $2, 1, 1, now(), nextval('contribution_place'))
           on conflict (target_id, member_id, kind) do update set
             reaction = case when k.reaction is null then 1 end,
             voted_at = case when k.reaction is null then now() end,
             vote_place = case when k.reaction is null then excluded.vote_place end
           returning reaction`,
          [id, member],
        )
        await query('votes', 'update contribution set vote_count = vote_count + $2 where id = $1', [
          id,
          row.reaction === null ? -1 : 1,
        ])
        await query('tell', tellText, ['vote.created', voted])
      })
      return null
    },
  }
}
