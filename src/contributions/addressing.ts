import { isModerator } from '../auth/actor.ts'
import type { MemberCtx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { arrayOf, arraySql, nullable, shown } from '../platform/sql/view.ts'
import { inUseSql, renderTag, Tag } from '../tags/views.ts'

/** Largest number of tags that a contribution is addressed by. */
const mostTags = 50

/** The tags that a contribution is addressed by, as input. */
export const addressingInput = Type.Optional(
  nullable(
    Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
      maxItems: mostTags,
      description:
        'Ids of your tags; moderators may name any tag of members. Only members with one of them, you and ' +
        'moderators see the contribution.',
    }),
  ),
)

/** SQL of whether a member may address by a tag t: by their own tags in use; moderators by any. */
const addressesSql = (member: string, any: string) => `t.type = 'user' and ${inUseSql} and (${any}
  or t.id = any((select m.tag_ids from users m where m.id = ${member})::bigint[]))`

const finding = statement({
  name: 'contributions: tags that one is addressed by',
  takes: { ids: 'bigint[]', member: 'bigint', any: 'boolean', id: 'bigint?' },
  gives: { id: 'bigint' },
  // A contribution keeps the tags it is addressed by, though its author, or everybody, has lost them.
  sql: ($) => `select t.id from tag t where t.id = any(${$.ids}) and (${addressesSql($.member, $.any)}
    or t.id = any((select c.addressing from contribution c where c.id = ${$.id} and c.author_id = ${$.member})::bigint[]))`,
})

/**
 * Reads the tags that a contribution is addressed by: in ascending order, each once. Nobody learns of tags that are
 * not theirs.
 * @param id of the contribution that is changed
 */
export async function readAddressing(
  { db, actor, community }: MemberCtx,
  sent: readonly number[],
  id: number | null,
): Promise<number[]> {
  const ids = [...new Set(sent)].sort((a, b) => a - b)
  if (!ids.length) {
    if (community.options['configurations.post_addressing_required_enabled'])
      throw badField('addressing', 'required', 'Name at least one tag: everything here is addressed to somebody.')
    return []
  }
  const rows = await finding.rows(db, { ids, member: actor.id, any: isModerator(actor), id })
  const found = new Set(rows.map((row) => row.id))
  const missing = ids.find((each) => !found.has(each))
  if (missing !== undefined)
    throw badField('addressing', 'unknown', `You have no tag ${missing}: address it by your own, or leave this out.`)
  return ids
}

/** Largest number of tags offered. */
const mostOffered = 1_000

/** Tags, all at once. */
export const Tags = arrayOf(Tag)

const offering = statement({
  name: 'contributions: tags to address one by',
  takes: { member: 'bigint', any: 'boolean' },
  gives: { json: shown(Tags) },
  sql: ($) => `select ${arraySql(Tag, renderTag, 't.sort_name, t.id')} as json from (
    select t.* from tag t where ${addressesSql($.member, $.any)} order by t.sort_name, t.id limit ${mostOffered}) t`,
})

/** The tags that the caller may address a contribution by, ordered by name. */
export async function listTagsToAddress({ db, actor }: MemberCtx): Promise<Json<'Tag[]'>> {
  return (await offering.row(db, { member: actor.id, any: isModerator(actor) })) as Json<'Tag[]'>
}
