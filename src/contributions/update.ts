import { author } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { contributionEvents } from './events.ts'
import { lockContribution, showContribution } from './find.ts'
import { readContent, type Sent } from './inputs.ts'
import { byKindAndFlags, type ContributionName, type Kind } from './kinds.ts'
import { searchSql } from './searched.ts'
import { eventData } from './views.ts'

const updating = statement({
  name: 'contributions: update',
  takes: {
    ...{ id: 'bigint', title: 'text', html: 'text', summary: 'text', words: 'text', categories: 'bigint[]' },
    ...{ title_words: 'text', text_words: 'text' },
    ...{ location: 'text?', lat: 'float8?', lng: 'float8?', now: 'timestamptz' },
    ...{ timed: 'boolean', scheduled_at: 'timestamptz?' },
  },
  gives: {},
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `with c as (
      update contribution set (title, html, summary, words, categories, location, lat, lng, last_edited_at,
        search, search_rules, scheduled_at) = row(${$.title}, ${$.html}, ${$.summary}, ${$.words}, ${$.categories}, ${$.location}, ${$.lat},
        ${$.lng}, case when published then ${$.now}::timestamptz end, ${searchSql($.title_words, $.text_words)}, ${rules},
        case when ${$.timed} then ${$.scheduled_at} else scheduled_at end)
      where id = ${$.id} and (${$.timed} or (title, html, categories, location, lat, lng)
        is distinct from (${$.title}, ${$.html}, ${$.categories}, ${$.location}, ${$.lat}, ${$.lng}))
      returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    ${emit($.now, [contributionEvents[kind.name].updated, eventData(kind, flags), 'from c where c.published'])}`,
})

/**
 * Writes a contribution anew, by its author. The slug stays; what changes nothing, or is not out yet, emits nothing. What was sent is read by
 * the options of the community, and again where they have changed meanwhile.
 */
export async function updateContribution(
  given: MemberCtx,
  kind: Kind,
  id: number,
  sent: Sent,
): Promise<Json<ContributionName>> {
  const ctx = { ...given }
  await decide(async () => {
    const content = await readContent(ctx, sent)
    const { title, html, summary, words, title_words, text_words, categories, location, timing } = content
    const place = { location: location?.location ?? null, lat: location?.lat ?? null, lng: location?.lng ?? null }
    const changed = await ctx.kith.db.transaction(async (tx) => {
      const { deleted, published, community } = await lockContribution(tx, ctx, kind, id, author)
      if (published && timing)
        throw refused('already_published', `This ${kind.name} is published already: it has no time to come.`)
      if (published && deleted) throw refused('deleted', `This ${kind.name} is deleted. Restore it first.`)
      if (community.version !== ctx.community.version) return community
      const searched = { title_words, text_words }
      const when = { timed: timing !== undefined, scheduled_at: timing?.scheduled_at ?? null }
      const values = { id, title, html, summary, words, ...searched, categories, ...place, ...when, now: ctx.now }
      await updating.rows(tx, values, { kind, flags: flagsFor(community, true) })
      return null
    })
    if (!changed) return
    ctx.community = changed
    return outdated
  })
  return showContribution(ctx, kind, id)
}
