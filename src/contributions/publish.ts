import { isStaff } from '../auth/actor.ts'
import { author } from '../auth/audience.ts'
import { flagsFor } from '../community/flags.ts'
import { type Community, loadCommunity } from '../community/state.ts'
import type { Kith, MemberCtx } from '../context.ts'
import { tell } from '../notifications/tell.ts'
import type { Db } from '../platform/db/database.ts'
import { refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { contributionEvents } from './events.ts'
import { lockContribution, showContribution } from './find.ts'
import { onlyStaff } from './inputs.ts'
import { byKindAndFlags, type ContributionName, type Kind, kinds } from './kinds.ts'
import { publishedNotices } from './notices.ts'
import { eventData } from './views.ts'

/**
 * Publishes locked contributions: the row with those of its categories that still exist, the author's counter, the
 * total, the event.
 */
const publishing = statement({
  name: 'contributions: publish',
  takes: { id: 'bigint', now: 'timestamptz' },
  gives: {},
  variants: byKindAndFlags,
  sql: ($, { kind, flags }) => `with c as (
      update contribution set published = true, deleted = false, scheduled_at = null, added_at = ${$.now},
        last_activity_at = ${$.now}, categories = array(select named.id from unnest(categories) with ordinality named(id, nth)
          join category on category.id = named.id and not category.deleted order by named.nth)
      where id = ${$.id} and not published and not erased returning *
    ), author as (
      update users set ${kind.counter} = ${kind.counter} + 1, polls = polls + (select (poll_id is not null)::int from c)
      where id = (select author_id from c) returning *
    ), counted as (
      update contribution_total t set n = t.n + 1, uncommented = t.uncommented + (c.comment_count = 0)::int
      from c where t.kind = c.kind and t.part = c.author_id % 16
    )
    ${emit($.now, [contributionEvents[kind.name].created, eventData(kind, flags), 'from c'])}`,
})

const reading = statement({
  name: 'contributions: what is told of those that are out',
  takes: { ids: 'bigint[]' },
  gives: { id: 'bigint', kind: 'int', author: 'bigint', html: 'text' },
  sql: ($) => `select id, kind::int as kind, author_id as author, html from contribution
    where id = any(${$.ids}) and published order by id`,
})

/** Tells members of contributions just published. */
async function tellPublished(tx: Db, given: { now: Date; community: Community }, ids: number[]): Promise<void> {
  const rows = await reading.rows(tx, { ids })
  await tell(
    tx,
    given,
    rows.flatMap(({ id, kind, author, html }) => publishedNotices(given.community, kind, id, author, html)),
  )
}

/** Publishes the caller's draft or scheduled contribution. Only now it is counted and told. */
export async function publishContribution(ctx: MemberCtx, kind: Kind, id: number): Promise<Json<ContributionName>> {
  await ctx.kith.db.transaction(async (tx) => {
    const { published, community } = await lockContribution(tx, ctx, kind, id, author)
    if (published) throw refused('already_published', `This ${kind.name} is published already.`)
    if (community.options['configurations.post_only_staff_enabled'] && !isStaff(ctx.actor)) throw onlyStaff()
    await publishing.rows(tx, { id, now: ctx.now }, { kind, flags: flagsFor(community, true) })
    await tellPublished(tx, { now: ctx.now, community }, [id])
  })
  return showContribution(ctx, kind, id, true)
}

/** Contributions published per transaction. */
const batch = 50

const due = statement({
  name: 'contributions: due to be published',
  takes: { now: 'timestamptz', kinds: 'smallint[]', only_staff: 'boolean' },
  gives: { id: 'bigint', kind: 'smallint' },
  // Rows locked by another node or by their author are left for the next round.
  sql: ($) => `select c.id, c.kind from contribution c
    join users u on u.id = c.author_id and u.status = 'a'
      and (not ${$.only_staff} or u.role in ('admin', 'moderator', 'editor'))
    where not c.published and c.scheduled_at <= ${$.now} and c.kind = any(${$.kinds})
    order by c.scheduled_at, c.id limit ${batch} for no key update of c, u skip locked`,
})

/**
 * Publishes scheduled contributions that are due, in order of their time: each once, however many nodes do this.
 * Those of blocked authors, or of disabled kinds, wait.
 * @returns how many
 */
export async function publishDue(kith: Kith): Promise<number> {
  for (let done = 0; ; ) {
    const some = await kith.db.transaction(async (tx) => {
      const community = await loadCommunity(tx)
      const [flags, now] = [flagsFor(community, true), kith.clock.now()]
      const there = Object.values(kinds).filter(({ option }) => community.options[option])
      const rows = await due.rows(tx, {
        now,
        kinds: there.map(({ id }) => id),
        only_staff: community.options['configurations.post_only_staff_enabled'],
      })
      for (const { id, kind: number } of rows) {
        const kind = there.find((kind) => kind.id === number) as Kind
        await publishing.rows(tx, { id, now }, { kind, flags })
      }
      await tellPublished(
        tx,
        { now, community },
        rows.map(({ id }) => id),
      )
      return rows.length
    })
    done += some
    if (some < batch) return done
  }
}
