import { isAdmin } from '../auth/actor.ts'
import { lookAgain } from '../auth/again.ts'
import { activeMember, admin } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { checkEmbed, type SentEmbed } from './inputs.ts'
import { Embed } from './views.ts'

export const noEmbed = () => notFound('No embed has this id.')

type Made = { embed_type: string; embed_id: string; url?: string | null; metadata?: object }

const inserting = statement({
  name: 'embeds: make',
  takes: { type: 'text', id: 'text', url: 'text?', metadata: 'json' },
  gives: { id: 'bigint', json: shown(Embed) },
  sql: ($) => `with e as (
      insert into embed (embed_type, embed_id, url, metadata) values (${$.type}, ${$.id}, ${$.url}, ${$.metadata}::jsonb)
      on conflict (embed_type, embed_id) do nothing returning *
    ) select e.id, ${renderSql(Embed, null)} as json from e`,
})

const insert = (tx: Db, { embed_type, embed_id, url, metadata = {} }: Made) =>
  inserting.row(tx, { type: embed_type, id: embed_id, url: url || null, metadata: JSON.stringify(metadata) })

/** Creates an embed, for an administrator. */
export async function makeEmbed(ctx: MemberCtx, sent: Made): Promise<Json<'Embed'>> {
  checkEmbed(sent)
  return ctx.kith.db.transaction(async (tx) => {
    await lookAgain(tx, ctx, admin)
    const row = await insert(tx, sent)
    if (!row) throw badField('embed_id', 'unique', `There is an embed ${sent.embed_id} of the type ${sent.embed_type}.`)
    return row
  })
}

const updating = statement({
  name: 'embeds: change',
  takes: { id: 'bigint', url: 'text?', url_sent: 'boolean', metadata: 'json?' },
  gives: { json: shown(Embed) },
  sql: ($) => `with e as (
      update embed set url = case when ${$.url_sent} then ${$.url} else url end,
        metadata = coalesce(${$.metadata}::jsonb, metadata) where id = ${$.id} returning *
    ) select ${renderSql(Embed, null)} as json from e`,
})

/**
 * Changes an embed, for an administrator; every media with it shows the change at once.
 * @param whole fields that are not sent are emptied
 */
export async function changeEmbed(
  ctx: MemberCtx,
  id: number,
  sent: { url?: string | null; metadata?: object },
  whole: boolean,
): Promise<Json<'Embed'>> {
  checkEmbed(sent)
  const { url, metadata = whole ? {} : undefined } = sent
  return ctx.kith.db.transaction(async (tx) => {
    await lookAgain(tx, ctx, admin)
    const row = await updating.row(tx, {
      ...{ id, url: url || null, url_sent: whole || url !== undefined },
      metadata: metadata ? JSON.stringify(metadata) : null,
    })
    if (!row) throw noEmbed()
    return row
  })
}

const finding = statement({
  name: 'embeds: find one',
  takes: { id: 'bigint?', type: 'text?', name: 'text?' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from embed where id = ${$.id}
    union all select id from embed where ${$.id} is null and embed_type = ${$.type} and embed_id = ${$.name}`,
})

/** The id of the named embed. A missing one is created, for an administrator. */
export async function findOrMakeEmbed(tx: Db, ctx: MemberCtx, sent: SentEmbed): Promise<number> {
  const { id = null, embed_type, embed_id } = sent
  if (!id && !(embed_type && embed_id))
    throw badField('embed', 'required', 'Name an embed by its id, or by embed_type and embed_id.')
  const named = { id: id || null, type: embed_type ?? null, name: embed_id ?? null }
  const found = await finding.row(tx, named)
  if (found) return found.id
  if (id || !isAdmin(ctx.actor))
    throw badField('embed', 'unknown', 'There is no such embed: an administrator makes it first.')
  checkEmbed(sent)
  await lookAgain(tx, ctx, activeMember)
  const made = await insert(tx, sent as Made)
  // Somebody made it at the same moment.
  return made?.id ?? ((await finding.row(tx, named)) as { id: number }).id
}
