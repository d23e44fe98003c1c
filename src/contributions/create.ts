import { isStaff } from '../auth/actor.ts'
import { checkAgain } from '../auth/again.ts'
import { activeMember } from '../auth/audience.ts'
import { type Flags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { attachSql, takenSql } from '../media/attach.ts'
import { tell, tellTogether } from '../notifications/tell.ts'
import { constraintOf, type Db } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { gatheredOn } from '../platform/db/gather.ts'
import { emitRows } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { lockSql } from '../platform/sql/lock-rows.ts'
import { thereIsSql } from '../platform/sql/looked-up.ts'
import { statement } from '../platform/sql/statement.ts'
import { type Rendering, shown } from '../platform/sql/view.ts'
import { checkPolling } from '../polls/inputs.ts'
import { createPoll, removePoll } from '../polls/write.ts'
import { slugOf, stemOf } from '../texts/slug.ts'
import { contributionEvents } from './events.ts'
import { renderContribution, showContribution } from './find.ts'
import { type Content, placedSql, placeIn, readContent, type Sent } from './inputs.ts'
import { byKindAndFlags, type ContributionName, enabled, type Kind } from './kinds.ts'
import { mentionedIn, publishedNotices } from './notices.ts'
import { searchSql } from './searched.ts'
import { contributionViews, eventData, shownAlike } from './views.ts'

/** A contribution as it is sent to the statement. */
const columns = {
  ...{ nth: 'int', author: 'bigint', title: 'text', slug: 'text', stem: 'text', html: 'text', summary: 'text' },
  ...{ words: 'text', title_words: 'text', text_words: 'text', medias: 'bigint[]', pictures: 'text[]' },
  ...{ addressing: 'bigint[]', categories: 'bigint[]', location: 'text', lat: 'float8', lng: 'float8' },
  ...{ poll: 'bigint', published: 'boolean', scheduled_at: 'timestamptz', staff: 'boolean' },
}

/**
 * SQL of the contributions that were just written, of a CTE c. Nobody has done anything with them: what others leave there
 * is constant, so that the database does not plan to render it.
 * @param plain whether they have neither pictures nor a poll
 */
const freshSql = (
  kind: Kind,
  plain: boolean,
) => `select id, ${kind.id}::smallint as kind, author_id, title, slug, html, summary,
    categories, location, lat, lng, added_at, last_activity_at, addressing, published, deleted, scheduled_at,
    ${plain ? `'{}'::bigint[] as medias, null::bigint as poll_id` : 'medias, poll_id'},
    null::timestamptz as last_edited_at, false as collapsed, '{}'::jsonb as reactions, '{}'::bigint[] as tag_ids,
    ${['comment', 'view', 'vote', 'follower', 'flag', 'share'].map((each) => `0 as ${each}_count`)} from c`

/** SQL of such a contribution c as its author sees it, who is the CTE author. */
const answerSql = (kind: Kind, flags: Flags) => `(select ${renderContribution(kind, flags, 'c.author_id')}::text
      from author u left join relation v on false left join mark m on false cross join (select false as withheld) veil)`

/**
 * Writes contributions of different authors: the rows, the authors' counters, the totals, the events. It returns those it
 * has written, with their events; what is missing found its author, its categories or the options changed. Medias are taken
 * for one alone.
 *
 * Beside others none waits for an author whom somebody else is changing.
 */
const creating = statement({
  name: 'contributions: create',
  takes: { sent: 'json', now: 'timestamptz', version: 'int' },
  gives: { nth: 'int', id: 'bigint', event: 'bigint?', json: shown(...Object.values(contributionViews)) },
  variants: () =>
    byKindAndFlags().flatMap((each) => [
      { ...each, illustrated: false, several: false },
      { ...each, illustrated: true, several: false },
      { ...each, illustrated: false, several: true },
    ]),
  sql: ($, { kind, flags, illustrated, several }) => {
    const [medias, pictures] = ['(select medias from sent)::bigint[]', '(select pictures from sent)::text[]']
    return `with sent as materialized (
      select * from json_to_recordset(${$.sent}) as s(${Object.entries(columns).map((each) => each.join(' '))})
    ), ${
      illustrated
        ? `taken as (
      ${takenSql(medias, '(select author from sent)')}
    ), `
        : ''
    }held as materialized (
      select u.id from users u where u.id in (select author from sent) and u.status = 'a'
      order by u.id ${lockSql('no key update of u', !several)}
    ), able as materialized (
      select s.*, nextval('contribution_id_seq') as id from (
        select s.*, placed.categories as placed from sent s join held on held.id = s.author
          cross join lateral (select ${placedSql('s.categories', 's.staff')} as categories offset 0) placed
        where placed.categories is not null and (select version from community) = ${$.version}${
          illustrated ? ` and (select count(*) from taken) = cardinality(${medias})` : ''
        } order by s.nth offset 0
      ) s
    ), authors as (
      update users u set ${kind.counter} = u.${kind.counter} + able.published::int,
        polls = u.polls + (able.published and able.poll is not null)::int
      from able where u.id = able.author returning u.*
    ), c as (
      insert into contribution (id, kind, author_id, title, slug, html, summary, words, categories, location, lat, lng,
        added_at, last_activity_at, search, search_rules, medias, addressing, poll_id, published, deleted, scheduled_at)
      overriding system value
      select s.id, ${kind.id}, s.author, s.title,
        case when ${thereIsSql(`from contribution x where x.kind = ${kind.id} and x.slug = s.slug`)}
          then s.stem || '-' || nextval('contribution_place') else s.slug end,
        s.html, s.summary, s.words, s.placed, s.location, s.lat, s.lng, ${$.now}, ${$.now},
        ${searchSql('s.title_words', 's.text_words')}, ${rules}, s.medias, s.addressing, s.poll,
        s.published, not s.published, s.scheduled_at
      from able s order by s.nth
      returning *
    )${
      illustrated
        ? `, attached as (
      ${attachSql(medias, pictures)}
    )`
        : ''
    }, total as materialized (
      select t.kind, t.part, more.n from contribution_total t join (
        select author_id % 16 as part, count(*)::int as n from c where published group by 1
      ) more on more.part = t.part
      where t.kind = ${kind.id} order by t.part for no key update of t
    ), counted as (
      update contribution_total t set n = t.n + total.n, uncommented = t.uncommented + total.n
      from total where t.kind = total.kind and t.part = total.part
    ), rendered as materialized (
      select c.id, shown.* from (${freshSql(kind, several)}) c cross join lateral (
        with author as (select * from authors where id = c.author_id)
        select case when c.published then ${eventData(kind, flags)} end as data, ${illustrated ? 'null' : answerSql(kind, flags)} as json
      ) shown
    ), emitted as (
      ${emitRows($.now, `select '${contributionEvents[kind.name].created.type}' as type, data from rendered where data is not null order by id`)}
      returning id
    )
    select able.nth, able.id, told.event, rendered.json from able join rendered on rendered.id = able.id left join (
      select r.id, e.id as event from (select id, row_number() over (order by id) as nth from rendered where data is not null) r
        join (select id, row_number() over (order by id) as nth from emitted) e on e.nth = r.nth
    ) told on told.id = able.id`
  },
})

const looking = statement({
  name: 'contributions: look at an author again',
  takes: { id: 'bigint' },
  gives: { status: 'text', role: 'text?' },
  sql: ($) => `select status::text, role from users where id = ${$.id}`,
})

/** A contribution that is ready to be written. */
type Ready = {
  ctx: MemberCtx
  kind: Kind
  content: Content
  slug: string
  /** Whether it can be written beside others. */
  plain: boolean
}

/** What is made of one; `json` is null if it is to be read again. */
type Made = { id: number; event: number | null; json: Rendering<ContributionName> | null }

const isIllustrated = ({ medias, pictures }: Content) => medias.length + pictures.length > 0

/** Longer texts are written by themselves, in characters: others would wait for them. */
const longest = 10_000

/** Whether one can be written beside others: then one member hears of it at most. */
const isPlain = ({ community }: MemberCtx, content: Content) =>
  !content.poll &&
  !isIllustrated(content) &&
  content.html.length <= longest &&
  mentionedIn(content.html).length <= 1 &&
  !community.options['kith.new_contribution_notification_enabled']

/** Writes contributions of one kind, in one version of the community. @returns what is made of each, if it is */
async function write(tx: Db, all: Ready[], polls: (number | null)[]): Promise<(Made | undefined)[]> {
  const [{ ctx, kind, content }] = all as [Ready]
  const sent = all.map(({ ctx, content, slug }, nth) => {
    const { title, html, summary, words, title_words, text_words, categories, location, timing } = content
    const { medias, pictures, addressing } = content
    return {
      ...{ nth, author: ctx.actor.id, title, slug, stem: stemOf(slug), html, summary, words, categories },
      ...{ title_words, text_words, medias, pictures, addressing, ...(location ?? {}) },
      ...{ poll: polls[nth] ?? null, published: !timing, scheduled_at: timing?.scheduled_at ?? null },
      staff: isStaff(ctx.actor),
    }
  })
  const now = all.reduce((latest, { ctx }) => (ctx.now > latest ? ctx.now : latest), ctx.now)
  const { community } = ctx
  const variant = {
    kind,
    flags: flagsFor(community, true),
    illustrated: isIllustrated(content),
    several: all.length > 1,
  }
  const rows = await creating.rows(tx, { sent: JSON.stringify(sent), now, version: community.version }, variant)
  const made: (Made | undefined)[] = all.map(() => undefined)
  for (const { nth, ...each } of rows) made[nth] = { ...each, json: variant.illustrated ? null : each.json }
  return made
}

/** Tells members of contributions that have been made. */
async function tellMade(tx: Db, all: Ready[], made: (Made | undefined)[]): Promise<void> {
  const [{ ctx, kind }] = all as [Ready]
  const { community, now } = ctx
  const notices = all.flatMap(({ ctx, content }, i) => {
    const its = made[i]
    if (!its?.event) return []
    // Medias are taken in the same statement: what is told of them is as they are afterwards.
    const alike = shownAlike(kind) && !isIllustrated(content)
    const event = alike ? { id: its.event, key: kind.name } : undefined
    return publishedNotices(community, kind.id, its.id, ctx.actor.id, content.html).map((each) => ({ ...each, event }))
  })
  if (all.length === 1) await tell(tx, { now, community }, notices)
  else
    await tellTogether(
      tx,
      { now, community },
      notices.flatMap((each) => each.to?.map((to) => ({ ...each, to })) ?? []),
    )
}

/** Contributions at the same moment are written in one transaction. Null for one that something has changed of meanwhile. */
const writeTogether = gatheredOn<Ready, Made | null>((db) => ({
  ...{ most: 16, patience: 100 },
  fits: (one, chosen) =>
    one.plain &&
    chosen.every(
      (other) =>
        other.plain &&
        other.kind === one.kind &&
        other.slug !== one.slug &&
        other.ctx.actor.id !== one.ctx.actor.id &&
        other.ctx.community.version === one.ctx.community.version,
    ),
  run: (all) =>
    db.transaction(async (tx) => {
      const polls: (number | null)[] = []
      for (const { ctx, content } of all)
        polls.push(content.poll ? await createPoll(tx, ctx.actor.id, content.poll, ctx.now) : null)
      const made = await write(tx, all, polls)
      await tellMade(tx, all, made)
      for (const [i, poll] of polls.entries()) if (poll && !made[i]) await removePoll(tx, poll)
      return all.length > 1 ? made : made.map((each) => each ?? null)
    }),
}))

/**
 * Publishes a contribution: the row, the author's counter, the total, the event, and before them the rows of its poll. A
 * contribution that is not to be published yet is only a row. If the author, a category or the options have changed
 * meanwhile, nothing is written and all are read again.
 */
export async function createContribution(given: MemberCtx, kind: Kind, sent: Sent): Promise<Json<ContributionName>> {
  const ctx = { ...given }
  const { id, json } = await decide(async () => {
    const content = await readContent(ctx, sent)
    if (content.poll) checkPolling(ctx.actor, ctx.community)
    const slug = slugOf(content.title || content.words) || kind.name
    try {
      const made = await writeTogether(ctx.kith.db, { ctx, kind, content, slug, plain: isPlain(ctx, content) })
      if (made) return made
    } catch (error) {
      // Somebody took the same slug at the same moment; the next attempt sees it.
      if (constraintOf(error) !== 'contribution_kind_slug_key') throw error
      return outdated
    }
    await placeIn(ctx, content.categories)
    checkAgain(ctx, activeMember, await looking.row(ctx.db, { id: ctx.actor.id }))
    ctx.community = await ctx.kith.community.refresh()
    enabled(kind).check(ctx)
    return outdated
  })
  return json === null ? showContribution(ctx, kind, id, true) : { json }
}
