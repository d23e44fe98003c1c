import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { constraintOf } from '../platform/db/database.ts'
import { unavailable } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { contributionEvents } from './events.ts'
import { checkStatus, showContribution } from './find.ts'
import { readContent, type Sent } from './inputs.ts'
import { byKindAndFlags, enabled, type Kind } from './kinds.ts'
import { searchSql } from './searched.ts'
import { slugOf, stemOf } from './slug.ts'
import { eventData } from './views.ts'

const creating = statement({
  name: 'contributions: create',
  takes: {
    ...{ author: 'bigint', title: 'text', slug: 'text', stem: 'text', html: 'text', summary: 'text', words: 'text' },
    ...{ title_words: 'text', text_words: 'text' },
    ...{
      categories: 'bigint[]',
      location: 'text?',
      lat: 'float8?',
      lng: 'float8?',
      now: 'timestamptz',
      version: 'bigint',
    },
  },
  gives: { id: 'bigint' },
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `with author as (
      update users set ${kind.counter} = ${kind.counter} + 1
      where id = ${$.author} and status = 'a' and (select version from community) = ${$.version} returning *
    ), c as (
      insert into contribution (kind, author_id, title, slug, html, summary, words, categories, location, lat, lng,
        added_at, last_activity_at, search, search_rules)
      select ${kind.id}, author.id, ${$.title},
        case when exists (select from contribution x where x.kind = ${kind.id} and x.slug = ${$.slug})
          then ${$.stem} || '-' || nextval('contribution_place') else ${$.slug} end,
        ${$.html}, ${$.summary}, ${$.words}, ${$.categories}, ${$.location}, ${$.lat}, ${$.lng}, ${$.now}, ${$.now},
        ${searchSql($.title_words, $.text_words)}, ${rules}
      from author
      returning *
    ), counted as (
      update contribution_total t set n = t.n + 1, uncommented = t.uncommented + 1
      from c where t.kind = c.kind and t.part = c.author_id % 16
    ), emitted as (
      ${emit($.now, [contributionEvents[kind.name].created, eventData(kind, flags), 'from c'])}
    )
    select id from c`,
})

const status = statement({
  name: 'contributions: status of an author',
  takes: { id: 'bigint' },
  gives: { status: 'text' },
  sql: ($) => `select status::text from users where id = ${$.id}`,
})

/**
 * Publishes a contribution: the row, the author's counter, the total, the event, in one statement. It writes nothing if the
 * author or the options of the community are not what they were: then both are looked at again.
 */
export async function createContribution(given: MemberCtx, kind: Kind, sent: Sent): Promise<Json> {
  const ctx = { ...given }
  const { actor, now, db } = ctx
  for (let tried = 0; tried < 10; tried++) {
    const { title, html, summary, words, title_words, text_words, categories, location } = await readContent(ctx, sent)
    const slug = slugOf(title || words) || kind.name
    const values = {
      ...{ author: actor.id, title, slug, stem: stemOf(slug), html, summary, words, categories, now },
      ...{ title_words, text_words },
      ...{ location: location?.location ?? null, lat: location?.lat ?? null, lng: location?.lng ?? null },
      version: ctx.community.version,
    }
    try {
      const row = await creating.row(db, values, { kind, flags: flagsFor(ctx.community, true) })
      if (row) return await showContribution(ctx, kind, row.id)
    } catch (error) {
      // Somebody took the same slug at the same moment; now it is seen to be taken.
      if (constraintOf(error) !== 'contribution_kind_slug_key' || tried >= 3) throw error
    }
    checkStatus((await status.row(db, { id: actor.id }))?.status, 'active member')
    ctx.community = await ctx.kith.community.refresh()
    enabled(kind).check(ctx)
  }
  throw unavailable('The options of this community change all the time just now. Try again.')
}
