import { checkAgain } from '../auth/again.ts'
import { activeMember } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { attachSql, takenSql } from '../media/attach.ts'
import { tell } from '../notifications/tell.ts'
import { constraintOf } from '../platform/db/database.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { checkPolling } from '../polls/inputs.ts'
import { createPoll, removePoll } from '../polls/write.ts'
import { slugOf, stemOf } from '../texts/slug.ts'
import { contributionEvents } from './events.ts'
import { showContribution } from './find.ts'
import { readContent, type Sent } from './inputs.ts'
import { byKindAndFlags, type ContributionName, enabled, type Kind } from './kinds.ts'
import { publishedNotices } from './notices.ts'
import { searchSql } from './searched.ts'
import { eventData, shownAlike } from './views.ts'

const creating = statement({
  name: 'contributions: create',
  takes: {
    ...{ author: 'bigint', title: 'text', slug: 'text', stem: 'text', html: 'text', summary: 'text', words: 'text' },
    ...{ title_words: 'text', text_words: 'text' },
    ...{ medias: 'bigint[]', pictures: 'text[]', addressing: 'bigint[]' },
    ...{
      categories: 'bigint[]',
      location: 'text?',
      lat: 'float8?',
      lng: 'float8?',
      now: 'timestamptz',
      version: 'int',
      poll: 'bigint?',
    },
    ...{ published: 'boolean', scheduled_at: 'timestamptz?', told: 'boolean' },
  },
  gives: { id: 'bigint', shown: 'text?' },
  variants: () => byKindAndFlags().flatMap((each) => [false, true].map((illustrated) => ({ ...each, illustrated }))),
  sql: ($, { kind, flags, illustrated }) => `with ${
    illustrated
      ? `taken as (
      ${takenSql($.medias, $.author)}
    ), `
      : ''
  }author as (
      update users set ${kind.counter} = ${kind.counter} + ${$.published}::int,
        polls = polls + (${$.published} and ${$.poll} is not null)::int
      where id = ${$.author} and status = 'a' and (select version from community) = ${$.version}${
        illustrated ? ` and (select count(*) from taken) = cardinality(${$.medias})` : ''
      } returning *
    ), c as (
      insert into contribution (kind, author_id, title, slug, html, summary, words, categories, location, lat, lng,
        added_at, last_activity_at, search, search_rules, medias, addressing, poll_id, published, deleted, scheduled_at)
      select ${kind.id}, author.id, ${$.title},
        case when exists (select from contribution x where x.kind = ${kind.id} and x.slug = ${$.slug})
          then ${$.stem} || '-' || nextval('contribution_place') else ${$.slug} end,
        ${$.html}, ${$.summary}, ${$.words}, ${$.categories}, ${$.location}, ${$.lat}, ${$.lng}, ${$.now}, ${$.now},
        ${searchSql($.title_words, $.text_words)}, ${rules}, ${$.medias}, ${$.addressing}, ${$.poll},
        ${$.published}, not ${$.published}, ${$.scheduled_at}
      from author
      returning *
    )${
      illustrated
        ? `, attached as (
      ${attachSql($.medias, $.pictures)}
    )`
        : ''
    }, counted as (
      update contribution_total t set n = t.n + 1, uncommented = t.uncommented + 1
      from c where t.kind = c.kind and t.part = c.author_id % 16 and c.published
    ), rendered as materialized (
      select ${eventData(kind, flags)} as data from c where c.published
    ), emitted as (
      ${emit($.now, [contributionEvents[kind.name].created, 'data', 'from rendered'])}
    )
    select id, ${
      shownAlike(kind) ? `case when ${$.told} then concat('"${kind.name}":', (select data from rendered)) end` : 'null'
    } as shown from c`,
})

const looking = statement({
  name: 'contributions: look at an author again',
  takes: { id: 'bigint' },
  gives: { status: 'text', role: 'text?' },
  sql: ($) => `select status::text, role from users where id = ${$.id}`,
})

/**
 * Publishes a contribution in one statement: the row, the author's counter, the total, the event, and before them the
 * rows of its poll. A contribution that is not to be published yet is only a row. If the author or the options have
 * changed meanwhile, nothing is written and both are read again.
 */
export async function createContribution(given: MemberCtx, kind: Kind, sent: Sent): Promise<Json<ContributionName>> {
  const ctx = { ...given }
  const { actor, now, db } = ctx
  const id = await decide(async () => {
    const content = await readContent(ctx, sent)
    const {
      title,
      html,
      summary,
      words,
      title_words,
      text_words,
      categories,
      location,
      medias,
      pictures,
      addressing,
      poll,
      timing,
    } = content
    if (poll) checkPolling(actor, ctx.community)
    const slug = slugOf(title || words) || kind.name
    const values = {
      ...{ author: actor.id, title, slug, stem: stemOf(slug), html, summary, words, categories, now },
      ...{ title_words, text_words, medias, pictures, addressing },
      ...{ location: location?.location ?? null, lat: location?.lat ?? null, lng: location?.lng ?? null },
      ...{ version: ctx.community.version, published: !timing, scheduled_at: timing?.scheduled_at ?? null },
    }
    try {
      const illustrated = medias.length + pictures.length > 0
      const variant = { kind, flags: flagsFor(ctx.community, true), illustrated }
      // Medias are taken in the same statement: what is told of them is as they are afterwards.
      const told = !timing && !illustrated
      const row = await db.transaction(async (tx) => {
        const made = { ...values, told, poll: poll ? await createPoll(tx, actor.id, poll, now) : null }
        const row = await creating.row(tx, made, variant)
        if (!row && made.poll) await removePoll(tx, made.poll)
        if (row && !timing) {
          const notices = publishedNotices(ctx.community, kind.id, row.id, actor.id, html)
          await tell(
            tx,
            ctx,
            notices.map((each) => ({ ...each, shown: row.shown ?? undefined })),
          )
        }
        return row
      })
      if (row) return row.id
    } catch (error) {
      // Somebody took the same slug at the same moment; the next attempt sees it.
      if (constraintOf(error) !== 'contribution_kind_slug_key') throw error
      return outdated
    }
    checkAgain(ctx, activeMember, await looking.row(db, { id: actor.id }))
    ctx.community = await ctx.kith.community.refresh()
    enabled(kind).check(ctx)
    return outdated
  })
  return showContribution(ctx, kind, id, true)
}
