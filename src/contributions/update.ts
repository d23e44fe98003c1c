import type { MemberCtx } from '../context.ts'
import { forbidden, refused } from '../platform/errors.ts'
import { emitSql } from '../platform/events/emit.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { textFor } from '../users/queries.ts'
import { type Shown, shownBy } from '../users/views.ts'
import { showContribution, takeContribution } from './find.ts'
import { readContent, type Sent } from './inputs.ts'
import type { Kind } from './kinds.ts'
import { toldSql } from './views.ts'

const columns = '(title, html, summary, words, categories, location, lat, lng)'

const updateText = (kind: Kind, shown: Shown) =>
  textFor(`update ${kind.name}`, shown, () => {
    return `with c as (
      update contribution set ${columns} = row($2, $3, $4, $5, $6::bigint[], $7, $8::float8, $9::float8), last_edited_at = $10
      where id = $1
        and (title, html, categories, location, lat, lng) is distinct from ($2, $3, $6::bigint[], $7, $8::float8, $9::float8)
      returning *
    ), author as materialized (
      select * from users where id = (select author_id from c)
    )
    ${emitSql(`select '${kind.name}.updated' as type, ${toldSql(kind, shown)} as data from c`, '$10::timestamptz')}`
  })

/**
 * Writes a contribution anew, by its author. The slug stays; what changes nothing is not told. What was sent is read by
 * the options of the community, and again where they have changed meanwhile.
 */
export async function updateContribution(given: MemberCtx, kind: Kind, id: number, sent: Sent): Promise<Json> {
  const ctx = { ...given }
  for (;;) {
    const { title, html, summary, words, categories, location } = await readContent(ctx, sent)
    const place = [location?.location ?? null, location?.lat ?? null, location?.lng ?? null]
    const now = await ctx.kith.db.transaction(async (tx) => {
      const { author, deleted, community } = await takeContribution(tx, ctx, kind, id, 'active member')
      if (author !== ctx.actor.id) throw forbidden(`This ${kind.name} is somebody else's.`)
      if (deleted) throw refused('deleted', `This ${kind.name} is deleted. Restore it first.`)
      if (community.version !== ctx.community.version) return community
      const values = [id, title, html, summary, words, categories, ...place, ctx.now.toISOString()]
      await tx.query(updateText(kind, shownBy(community, true)), values)
      return null
    })
    if (!now) return showContribution(ctx, kind, id)
    ctx.community = now
  }
}
