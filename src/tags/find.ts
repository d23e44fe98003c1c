import { isAdmin } from '../auth/actor.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { nullable } from '../platform/sql/view.ts'
import { inUseSql, type TagType } from './views.ts'

/** Largest number of tags of one thing. */
export const mostTags = 50

/** The ids of tags, in the input of something that has them. */
export const tagsInput = Type.Optional(
  nullable(
    Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
      maxItems: mostTags,
      description: 'Ids of tags.',
    }),
  ),
)

const finding = statement({
  name: 'tags: in use',
  takes: { type: 'text', ids: 'bigint[]', hidden: 'boolean' },
  gives: { id: 'bigint' },
  sql: ($) => `select t.id from tag t where t.id = any(${$.ids}) and t.type = ${$.type} and ${inUseSql}
    and (t.visible or ${$.hidden})`,
})

/** Which of some ids are tags of this type in use. */
export const tagsInUse = async (db: Db, type: TagType, ids: number[]): Promise<Set<number>> =>
  new Set(ids.length ? (await finding.rows(db, { type, ids, hidden: true })).map(({ id }) => id) : [])

type Sent = readonly number[] | null | undefined

/** The ids that were sent, each once. Refuses the first that is not a tag of this type in use. */
export function pickTags(type: TagType, sent: Sent, inUse: ReadonlySet<number>): number[] {
  const ids = [...new Set(sent ?? [])]
  const missing = ids.find((id) => !inUse.has(id))
  if (missing !== undefined) throw badField('tags', 'unknown', `There is no tag ${missing} for a ${type}.`)
  return ids
}

/** The same for one thing. */
export const readTags = async (db: Db, type: TagType, sent: Sent): Promise<number[]> =>
  pickTags(type, sent, await tagsInUse(db, type, [...new Set(sent ?? [])]))

/** Refuses to search by a tag that the caller does not see: who has an invisible tag is not revealed. */
export async function seeTag({ db, actor }: Ctx, type: TagType, id: number | undefined): Promise<void> {
  if (id === undefined) return
  if (!(await finding.row(db, { type, ids: [id], hidden: isAdmin(actor) })))
    throw badField('tag', 'unknown', `There is no tag ${id} for a ${type}.`)
}
