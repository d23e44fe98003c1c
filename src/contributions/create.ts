import type { MemberCtx } from '../context.ts'
import { constraintOf } from '../platform/db/database.ts'
import { unavailable } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy } from '../users/views.ts'
import { checkStatus, showContribution } from './find.ts'
import { readContent, type Sent } from './inputs.ts'
import { enabled, type Kind } from './kinds.ts'
import { slugOf, stemOf } from './slug.ts'
import { toldSql } from './views.ts'

const createText = (kind: Kind, shown: Shown) =>
  textFor(`create ${kind.name}`, shown, () => {
    return `with author as (
      update users set ${kind.counter} = ${kind.counter} + 1
      where id = $1 and status = 'a' and (select version from community) = $13 returning *
    ), c as (
      insert into contribution (kind, author_id, title, slug, html, summary, words, categories, location, lat, lng,
        added_at, last_activity_at)
      select ${kind.id}, author.id, $2,
        case when exists (select from contribution x where x.kind = ${kind.id} and x.slug = $3)
          then $4 || '-' || nextval('contribution_place') else $3 end,
        $5, $6, $7, $8, $9, $10, $11, $12, $12
      from author
      returning *
    ), counted as (
      update contribution_total t set n = t.n + 1, uncommented = t.uncommented + 1
      from c where t.kind = c.kind and t.part = c.author_id % 16
    ), told as (
      ${emitSql(`select '${kind.name}.created' as type, ${toldSql(kind, shown)} as data from c`, '$12::timestamptz')}
    )
    select id from c`
  })

/**
 * Publishes a contribution: the row, the author's counter, the total, the event, in one statement. It writes nothing if the
 * author or the options of the community are not what they were: then both are looked at again.
 */
export async function createContribution(given: MemberCtx, kind: Kind, sent: Sent): Promise<Json> {
  const ctx = { ...given }
  const { actor, now, db } = ctx
  for (let tried = 0; tried < 10; tried++) {
    const { title, html, summary, words, categories, location } = await readContent(ctx, sent)
    const slug = slugOf(title || words) || kind.name
    const values: unknown[] = [actor.id, title, slug, stemOf(slug), html, summary, words, categories]
    values.push(location?.location ?? null, location?.lat ?? null, location?.lng ?? null, now.toISOString())
    values.push(ctx.community.version)
    try {
      const [row] = await db.query<{ id: number }>(createText(kind, shownBy(ctx.community, true)), values)
      if (row) return await showContribution(ctx, kind, row.id)
    } catch (error) {
      // Somebody took the same slug at the same moment; now it is seen to be taken.
      if (constraintOf(error) !== 'contribution_kind_slug_key' || tried >= 3) throw error
    }
    const [me] = await db.query<{ status: string }>('select status::text from users where id = $1', [actor.id])
    checkStatus(me?.status, 'active member')
    ctx.community = await ctx.kith.community.refresh()
    enabled(kind).check(ctx)
  }
  throw unavailable('The options of this community change all the time just now. Try again.')
}
