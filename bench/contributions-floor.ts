// The floor of contributions: the same JSON as Kith's, from plain prepared statements. Nobody signs in, nothing is hidden,
// texts are taken as they come, and what is written is written without a look at who may.

import type pg from 'pg'
import { rules } from '../src/platform/search/fold.ts'

// biome-ignore lint/suspicious/noExplicitAny: a row is whatever the statement says
type Row = any

/** What the floor knows of members, and of moments and files. */
type Users = {
  columns: string
  asUser: (row: Row, state: number) => object
  iso: (text: string | null) => string | null
  addressOf: (path: string | null) => string | null
}

const kinds = ['', 'status', 'post', 'discussion']
// Of most contributions there are neither pictures nor a poll: nothing is looked for then.
const fields = `c.id as contribution_id, c.kind, c.author_id, c.title, c.slug, c.html, c.summary, c.categories as named, c.location as place,
  c.lat, c.lng, c.added_at, c.last_edited_at, c.last_activity_at, c.deleted as gone, c.published, c.scheduled_at, c.collapsed,
  c.comment_count, c.vote_count, c.flag_count, c.share_count, c.view_count, c.follower_count, c.reactions,
  case when c.medias <> '{}' then (select json_agg(media order by n.nth)
    from unnest(c.medias) with ordinality n(id, nth) join media on media.id = n.id) end as medias,
  case when c.poll_id is not null then (select json_build_object('poll', p, 'choices', (
      select json_agg(json_build_object('choice', ch, 'voted', pv.id is not null) order by ch.position, ch.id)
      from poll_choice ch left join poll_vote pv on pv.choice_id = ch.id and pv.member_id = $2 where ch.poll_id = p.id))
    from poll p where p.id = c.poll_id) end as polled`
const ofViewer = 'v.state, m.reaction, m.followed_at, m.suspended_at'
const joins = `join users u on u.id = c.author_id
  left join relation v on v.member_id = $2 and v.other_id = u.id
  left join mark m on m.target_id = c.id and m.kind = c.kind and m.member_id = $2`
const categoriesText = `select id, position, name, name_synonyms, slug, slogan, html_info, seo_title, seo_description,
    auto_follow, content_only_staff, active, image_original, emotional_image_original, emotional_image_position,
    lastmod_datetime, stream_order_by, followers, parents, f.member_id is not null as followed
  from category left join category_follower f on f.category_id = category.id and f.member_id = $2 where id = any($1::bigint[])`

/** Events of these lengths, as Kith's are. */
const eventOf = (bytes: string | undefined) => JSON.stringify({ data: 'x'.repeat(Number(bytes ?? 2_000)) })
const [created, voted] = [eventOf(process.env.CREATED_BYTES), eventOf(process.env.VOTED_BYTES)]

/** The question that cursors of Kith say they belong to: lists of twenty, and nothing else asked. */
const asked = [...Buffer.from('20?')].reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5)
const cursorOf = (key: string) =>
  `20_${(asked >>> 0).toString(36)}_${Buffer.from(JSON.stringify([1, ...JSON.parse(key)])).toString('base64url')}`

export function createContributions(pool: pg.Pool, { columns, asUser, iso, addressOf }: Users) {
  /** What members vote with: ten rows that hardly ever change, kept. */
  let reactions: Promise<Map<number, object>> | undefined
  const readReactions = async () => {
    const { rows } = await pool.query('select id, label, sentiment, image, active from reaction')
    return new Map(rows.map((row) => [row.id as number, { ...row, image: addressOf(row.image) }]))
  }

  const listText = `select ${fields}, ${columns}, ${ofViewer}, json_build_array(c.added_at, c.id)::text as key,
      (select sum(n)::int from contribution_total where kind = $1) as total
    from contribution c ${joins} where c.kind = $1 and not c.deleted and c.addressing = '{}'
    order by c.added_at desc, c.id desc limit 21`
  const feedText = `select ${fields}, ${columns}, ${ofViewer}, json_build_array(c.added_at, c.id)::text as key
    from ready_feed, unnest(ids) with ordinality ready (id, nth) join contribution c on c.id = ready.id ${joins}
    where ready_feed.member_id = $1 order by nth`
  const oneText = `select ${fields}, ${columns}, ${ofViewer} from contribution c ${joins} where c.id = $1`

  const sizeOf = ({ id, image_original: original }: Row, name: string) =>
    addressOf(original?.replace('/original.', `/${name}.`) ?? `/api/v2/picture/category/${id}.svg`)

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
    image_original: addressOf(row.image_original),
    image_bigger: sizeOf(row, 'bigger'),
    image_big: sizeOf(row, 'big'),
    image_medium: sizeOf(row, 'medium'),
    image_small: sizeOf(row, 'small'),
    emotional_image_original: addressOf(row.emotional_image_original) ?? '',
    emotional_image_position: row.emotional_image_position,
    lastmod_datetime: iso(row.lastmod_datetime),
    stream_order_by: row.stream_order_by,
    followers_counter: row.followers,
    parents: row.parents.map(Number),
  })

  const asMedia = (row: Row, order: number) => ({
    id: row.id,
    added_at: iso(row.added_at),
    type: row.type,
    title: row.title,
    description: row.description,
    url: addressOf(row.url) ?? '',
    image: addressOf(row.image) ?? '',
    image_width: row.image_width ?? 0,
    image_height: row.image_height ?? 0,
    order,
    embed: row.embed_type && {
      id: null,
      embed_type: row.embed_type,
      embed_id: row.embed_id,
      url: row.url,
      metadata: row.metadata,
    },
    image_thumbnail: row.thumbnail && { ...row.thumbnail, url: addressOf(row.thumbnail.url) },
    mimetype: row.mimetype ?? '',
    size: row.size ?? 0,
  })

  const asPoll = ({ poll, choices }: Row) => ({
    id: poll.id,
    title: poll.title,
    multiple_choices: poll.multiple_choices,
    added_at: iso(poll.added_at),
    modified_at: iso(poll.modified_at),
    closed: poll.closed || (poll.expiration_at !== null && Date.parse(poll.expiration_at) <= Date.now()),
    expiration_at: iso(poll.expiration_at),
    hidden: false,
    choices: choices.map(({ choice, voted }: Row) => ({
      id: choice.id,
      choice: choice.choice,
      order: choice.position,
      added_at: iso(choice.added_at),
      deleted: false,
      vote_count: choice.vote_count,
      voted,
    })),
  })

  /** How often each reaction is in the votes: what is not counted by itself is the usual one. */
  function countsOf({ vote_count: votes, reactions: others }: Row, all: Map<number, object>) {
    if (votes === 0) return []
    const counted = Object.entries(others).map(([id, n]) => [Number(id), n as number] as const)
    const usual = votes - counted.reduce((sum, [, n]) => sum + n, 0)
    return [[1, usual] as const, ...counted]
      .filter(([, n]) => n > 0)
      .sort(([a, m], [b, n]) => n - m || a - b)
      .map(([id, count]) => ({ count, reaction: all.get(id) }))
  }

  const asContribution = (row: Row, viewer: number, categories: Map<string, object>, all: Map<number, object>) => {
    const cut = row.summary.endsWith(' ...')
    const withheld = row.collapsed && row.author_id !== viewer
    return {
      id: row.contribution_id,
      type: kinds[row.kind],
      ...(row.kind === 3 && { title: withheld ? '' : row.title }),
      slug: withheld ? String(row.contribution_id) : row.slug,
      html: withheld ? '' : row.html,
      summary: withheld ? '' : row.summary,
      summary_html: withheld ? '' : cut ? row.summary : row.html,
      summary_truncated: cut && !withheld,
      author: asUser(row, row.state),
      categories: row.named.map((id: string) => categories.get(id)),
      added_at: iso(row.added_at),
      last_edited_at: iso(row.last_edited_at),
      last_activity_at: iso(row.last_activity_at),
      deleted: row.gone && row.published,
      draft: !row.published && row.scheduled_at === null,
      scheduled_at: iso(row.scheduled_at),
      collapsed: row.collapsed,
      comment_count: row.comment_count,
      vote_count: row.vote_count,
      flag_count: row.flag_count,
      share_count: row.share_count,
      view_count: row.view_count,
      follower_count: row.follower_count,
      reactions_count: countsOf(row, all),
      voted: row.reaction !== null,
      reaction: row.reaction === null ? null : all.get(row.reaction),
      followed: row.followed_at !== null,
      suspended: row.suspended_at !== null,
      medias: withheld || !row.medias ? [] : row.medias.map(asMedia),
      location: withheld || row.place === null ? null : { location: row.place, lat: row.lat, lng: row.lng },
      ...(row.kind > 1 && { poll: withheld || !row.polled ? null : asPoll(row.polled), group: null, event: null }),
      addressing: [],
      recipients: [],
      tags: [],
    }
  }

  async function render(rows: Row[], viewer: number): Promise<object[]> {
    const named = [...new Set(rows.flatMap((row) => row.named))]
    const found = await pool.query({ name: 'categories', text: categoriesText, values: [named, viewer] })
    const categories = new Map(found.rows.map((row) => [String(row.id), asCategory(row)]))
    reactions ??= readReactions()
    const all = await reactions
    return rows.map((row) => asContribution(row, viewer, categories, all))
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
      return {
        count: rows[0].total,
        next: addressOf(`/api/v2/${kinds[kind]}/?limit=20&offset=20&cursor=${cursorOf(rows.at(-1).key)}`),
        previous: null,
        results: await render(rows, viewer),
      }
    },
    /** A home feed, of whose first page somebody has made a list. */
    async feed(viewer: number) {
      const { rows: found } = await pool.query({ name: 'feed', text: feedText, values: [viewer, viewer] })
      const rows = found.slice(0, 20)
      const shown = (await render(rows, viewer)) as { type: string }[]
      const rest = { seen_by_id: [], seen: false, has_boost: false, activities: [] }
      return {
        next: addressOf(`/api/v2/feed/?limit=20&offset=20&cursor=${cursorOf(rows.at(-1).key)}`),
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
          // Marked as searched, though it is not: Kith would do that behind, while it is measured.
          `insert into contribution (kind, author_id, slug, html, summary, words, categories, added_at, last_activity_at,
             search, search_rules)
           values (2, $1, $2, $3, left($3, 150), $3, $4, now(), now(), '', $5) returning id`,
          [author, `${text.slice(0, 60)} ${process.pid} ${performance.now()}`, text, categories, rules],
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
