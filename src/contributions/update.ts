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
  },
  gives: {},
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `with c as (
      update contribution set (title, html, summary, words, categories, location, lat, lng, last_edited_at,
        search, search_rules) = row(${$.title}, ${$.html}, ${$.summary}, ${$.words}, ${$.categories}, ${$.location}, ${$.lat},
        ${$.lng}, ${$.now}, ${searchSql($.title_words, $.text_words)}, ${rules})
      where id = ${$.id} and (title, html, categories, location, lat, lng)
        is distinct from (${$.title}, ${$.html}, ${$.categories}, ${$.location}, ${$.lat}, ${$.lng})
      returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    ${emit($.now, [contributionEvents[kind.name].updated, eventData(kind, flags), 'from c'])}`,
})

/**
 * Writes a contribution anew, by its author. The slug stays; what changes nothing emits nothing. What was sent is read by
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
    const { title, html, summary, words, title_words, text_words, categories, location } = await readContent(ctx, sent)
    const place = { location: location?.location ?? null, lat: location?.lat ?? null, lng: location?.lng ?? null }
    const changed = await ctx.kith.db.transaction(async (tx) => {
      const { deleted, community } = await lockContribution(tx, ctx, kind, id, author)
      if (deleted) throw refused('deleted', `This ${kind.name} is deleted. Restore it first.`)
      if (community.version !== ctx.community.version) return community
      const searched = { title_words, text_words }
      const values = { id, title, html, summary, words, ...searched, categories, ...place, now: ctx.now }
      await updating.rows(tx, values, { kind, flags: flagsFor(community, true) })
      return null
    })
    if (!changed) return
    ctx.community = changed
    return outdated
  })
  return showContribution(ctx, kind, id)
}
