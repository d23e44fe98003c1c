import type { MemberCtx } from '../context.ts'
import { constraintOf } from '../platform/db/database.ts'
import { forbidden } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy } from '../users/views.ts'
import { showContribution } from './find.ts'
import { readContent, type Sent } from './inputs.ts'
import type { Kind } from './kinds.ts'
import { slugOf } from './slug.ts'
import { toldSql } from './views.ts'

const createText = (kind: Kind, shown: Shown) =>
  textFor(`create ${kind.name}`, shown, () => {
    return `with author as (
      update users set ${kind.counter} = ${kind.counter} + 1 where id = $1 and status = 'a' returning *
    ), c as (
      insert into contribution (kind, author_id, title, slug, html, summary, words, categories, location, lat, lng,
        added_at, last_activity_at)
      select ${kind.id}, author.id, $2,
        case when exists (select from contribution x where x.kind = ${kind.id} and x.slug = $3)
          then $3 || '-' || nextval('contribution_place') else $3 end,
        $4, $5, $6, $7, $8, $9, $10, $11, $11
      from author
      returning *
    ), counted as (
      update contribution_total t set n = t.n + 1, uncommented = t.uncommented + 1
      from c where t.kind = c.kind and t.part = c.author_id % 16
    ), told as (
      ${emitSql(`select '${kind.name}.created' as type, ${toldSql(kind, shown)} as data from c`, '$11::timestamptz')}
    )
    select id from c`
  })

/** Publishes a contribution: the row, the author's counter, the total, the event, in one statement. */
export async function createContribution(ctx: MemberCtx, kind: Kind, sent: Sent): Promise<Json> {
  const content = await readContent(ctx, sent)
  const slug = slugOf(content.title || content.words) || kind.name
  const { title, html, summary, words, categories, location } = content
  const values: unknown[] = [ctx.actor.id, title, slug, html, summary, words, categories]
  values.push(location?.location ?? null, location?.lat ?? null, location?.lng ?? null, ctx.now.toISOString())
  for (let tried = 0; ; tried++) {
    try {
      const [row] = await ctx.db.query<{ id: number }>(createText(kind, shownBy(ctx.community, true)), values)
      if (!row) throw forbidden('Your account is blocked: you may read, but not do this.')
      return await showContribution(ctx, kind, row.id)
    } catch (error) {
      // Somebody took the same slug at the same moment; now it is seen to be taken.
      if (constraintOf(error) !== 'contribution_kind_slug_key' || tried >= 3) throw error
    }
  }
}
