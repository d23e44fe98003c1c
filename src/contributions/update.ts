import { author } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { attachSql, claimMedias } from '../media/attach.ts'
import { tell } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { checkPolling, type ReadPoll } from '../polls/inputs.ts'
import { changePoll, checkUnvoted, createPoll, removePoll } from '../polls/write.ts'
import { contributionEvents } from './events.ts'
import { lockContribution, pollOf, showContribution } from './find.ts'
import { placeIn, readContent, type Sent } from './inputs.ts'
import { byKindAndFlags, type ContributionName, type Kind } from './kinds.ts'
import { mentionedIn, mentionNotice } from './notices.ts'
import { searchSql } from './searched.ts'
import { eventData } from './views.ts'

const updating = statement({
  name: 'contributions: update',
  takes: {
    ...{ id: 'bigint', title: 'text', html: 'text', summary: 'text', words: 'text', categories: 'bigint[]' },
    ...{ title_words: 'text', text_words: 'text', medias: 'bigint[]', pictures: 'text[]' },
    addressing: 'bigint[]',
    ...{ location: 'text?', lat: 'float8?', lng: 'float8?', now: 'timestamptz' },
    ...{ poll: 'bigint?', poll_touched: 'boolean', polls: 'int' },
    ...{ timed: 'boolean', scheduled_at: 'timestamptz?' },
  },
  gives: {},
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `with c as (
      update contribution set (title, html, summary, words, categories, location, lat, lng, last_edited_at,
        search, search_rules, medias, addressing, poll_id, scheduled_at) = row(${$.title}, ${$.html}, ${$.summary}, ${$.words},
        ${$.categories}, ${$.location}, ${$.lat}, ${$.lng}, case when published then ${$.now}::timestamptz end,
        ${searchSql($.title_words, $.text_words)}, ${rules}, ${$.medias}, ${$.addressing}, ${$.poll},
        case when ${$.timed} then ${$.scheduled_at} else scheduled_at end)
      where id = ${$.id} and (${$.timed} or ${$.poll_touched} or (title, html, categories, location, lat, lng, medias,
        addressing)
        is distinct from (${$.title}, ${$.html}, ${$.categories}, ${$.location}, ${$.lat}, ${$.lng}, ${$.medias},
        ${$.addressing}))
      returning *
    ), attached as (
      ${attachSql($.medias, $.pictures)}
    ), counted as (
      update users set polls = polls + ${$.polls} where ${$.polls} <> 0 and id = (select author_id from c) returning *
    ), author as materialized (
      select * from counted union all select * from users where ${$.polls} = 0 and id = (select author_id from c)
    )
    ${emit($.now, [contributionEvents[kind.name].updated, eventData(kind, flags), 'from c where c.published'])}`,
})

type WrittenPoll = { id: number | null; touched: boolean; more: number; gone: number | null }

/** Writes the poll of a contribution: a new one, the present one changed, or none any more. */
async function writePoll(
  tx: Db,
  { actor, community, now }: MemberCtx,
  id: number | null,
  poll: ReadPoll | null,
): Promise<WrittenPoll> {
  if (id === null && poll === null) return { id, touched: false, more: 0, gone: null }
  if (id === null) {
    checkPolling(actor, community)
    return { id: await createPoll(tx, actor.id, poll as ReadPoll, now), touched: true, more: 1, gone: null }
  }
  if (poll) return { id, touched: await changePoll(tx, id, poll, now), more: 0, gone: null }
  await checkUnvoted(tx, id)
  return { id: null, touched: true, more: -1, gone: id }
}

/**
 * Changes a contribution of the caller. The slug stays. A change without effect, or of an unpublished contribution,
 * has no event. Inputs are read by the community's options, and again if those have changed meanwhile.
 */
export async function updateContribution(
  given: MemberCtx,
  kind: Kind,
  id: number,
  sent: Sent,
): Promise<Json<ContributionName>> {
  const ctx = { ...given }
  await decide(async () => {
    const content = await readContent(ctx, sent, id)
    const { title, html, summary, words, title_words, text_words, location, ...rest } = content
    const { medias, pictures, addressing, poll, timing } = rest
    const categories = await placeIn(ctx, content.categories)
    const place = { location: location?.location ?? null, lat: location?.lat ?? null, lng: location?.lng ?? null }
    const changed = await ctx.kith.db.transaction(async (tx) => {
      const { deleted, published, community, about } = await lockContribution(tx, ctx, kind, id, author)
      if (published && timing)
        throw refused('already_published', `This ${kind.name} is published already: it cannot be scheduled.`)
      if (published && deleted) throw refused('deleted', `This ${kind.name} is deleted. Restore it first.`)
      if (community.version !== ctx.community.version) return community
      await claimMedias(tx, ctx.actor.id, id, medias, ctx.now)
      const searched = { title_words, text_words }
      const polled = await writePoll(tx, ctx, await pollOf(tx, id), poll)
      const when = { timed: timing !== undefined, scheduled_at: timing?.scheduled_at ?? null }
      const values = {
        ...{
          id,
          title,
          html,
          summary,
          words,
          ...searched,
          medias,
          pictures,
          addressing,
          categories,
          ...place,
          now: ctx.now,
        },
        ...{ poll: polled.id, poll_touched: polled.touched, polls: published ? polled.more : 0, ...when },
      }
      await updating.rows(tx, values, { kind, flags: flagsFor(community, true) })
      if (polled.gone) await removePoll(tx, polled.gone)
      // Members who were already told are not told again.
      if (published)
        await tell(tx, { now: ctx.now, community }, [
          { type: mentionNotice, actor: ctx.actor.id, ...about, to: mentionedIn(html) },
        ])
      return null
    })
    if (!changed) return
    ctx.community = changed
    return outdated
  })
  return showContribution(ctx, kind, id, true)
}
