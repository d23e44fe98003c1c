import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import { constraintOf, type Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { shown } from '../platform/sql/view.ts'
import { columnNames, defaults, noTag, type Sent } from './inputs.ts'
import { searchedOf } from './searched.ts'
import { renderTag, Tag } from './views.ts'

const columns = columnNames.join(', ')

const creating = statement({
  name: 'tags: create',
  takes: { tag: 'json', now: 'timestamptz' },
  gives: { json: shown(Tag) },
  sql: ($) => `with t as (
      insert into tag (type, ${columns}, created_at, search_rules)
      select type, ${columns}, ${$.now}, ${rules} from json_populate_record(null::tag, ${$.tag}) returning *
    ) select ${renderTag}::text as json from t`,
})

async function write(ctx: MemberCtx, work: (tx: Db) => Promise<Json<'Tag'>>): Promise<Json<'Tag'>> {
  try {
    return await ctx.db.transaction(async (tx) => {
      await lookAgain(tx, ctx, admin)
      return work(tx)
    })
  } catch (error) {
    if (constraintOf(error) !== 'tag_name') throw error
    throw badField('name', 'unique', 'There is a tag of this type with this name already.')
  }
}

/** Makes a tag. */
export function createTag(ctx: MemberCtx, sent: Sent & { name: string }): Promise<Json<'Tag'>> {
  const tag = JSON.stringify({ ...defaults, ...sent, ...searchedOf(sent.name) })
  return write(ctx, async (tx) => (await creating.row(tx, { tag, now: ctx.now })) as Json<'Tag'>)
}

const changing = statement({
  name: 'tags: change',
  takes: { id: 'bigint', changes: 'json', type: 'text?' },
  gives: { json: shown(Tag), other_type: 'boolean' },
  sql: ($) => `with t as (
      update tag set (${columns}, search_rules) = row(${columnNames.map((name) => `n.${name}`).join(', ')}, ${rules})
      from (select (json_populate_record(before, ${$.changes})).* from tag before where id = ${$.id} for update) n
      where tag.id = n.id returning tag.*
    ) select ${renderTag}::text as json, ${$.type} is not null and t.type <> ${$.type} as other_type from t`,
})

/** Changes the given fields of a tag, wherever it is shown. Its type stays. */
export function changeTag(ctx: MemberCtx, id: number, { type, ...sent }: Sent): Promise<Json<'Tag'>> {
  const changes = JSON.stringify({ ...sent, ...(sent.name !== undefined && searchedOf(sent.name)) })
  return write(ctx, async (tx) => {
    const row = await changing.row(tx, { id, changes, type: type ?? null })
    if (!row) throw noTag()
    if (row.other_type) throw badField('type', 'invalid', 'The type of a tag cannot change. Make another tag.')
    return row
  })
}
