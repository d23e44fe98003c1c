import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import { activeSql } from '../auth/status.ts'
import { categoryUpdated } from '../categories/events.ts'
import { noCategory } from '../categories/tree.ts'
import { CategoryAct } from '../categories/views.ts'
import { byFlags, flagsFor } from '../community/flags.ts'
import type { MemberCtx } from '../context.ts'
import { contributionEvents } from '../contributions/events.ts'
import { byKindAndFlags, kinds } from '../contributions/kinds.ts'
import { eventData } from '../contributions/views.ts'
import type { Db } from '../platform/db/database.ts'
import { badField, notFound, refused } from '../platform/errors.ts'
import { emit } from '../platform/events/emit.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql } from '../platform/sql/view.ts'
import { mostTags } from '../tags/find.ts'
import { noTag } from '../tags/inputs.ts'
import { type TagType, tagTypes } from '../tags/views.ts'
import { userUpdated } from '../users/events.ts'
import { noMember } from '../users/inputs.ts'
import { WebhookUser } from '../users/views.ts'

/** Whether something should have the tag: true, false, or the opposite of now. */
export type Wish = boolean | 'other'

const locking = statement({
  name: 'tagging: lock a tag',
  takes: { id: 'bigint' },
  gives: { type: 'text', usable: 'boolean' },
  sql: ($) => `select type, active and not deleted as usable from tag where id = ${$.id} for share`,
})

const tables = { user: 'users', category: 'category', contribution: 'contribution' }
const there = { user: activeSql(), category: 'not deleted', contribution: 'not deleted and not erased' }

const looking = statement({
  name: 'tagging: lock what is tagged',
  takes: { id: 'bigint', tag: 'bigint' },
  gives: { has: 'boolean', n: 'int', kind: 'int' },
  variants: () => tagTypes.map((type) => ({ type })),
  sql: ($, { type }) => `select tag_ids @> array[${$.tag}] as has, cardinality(tag_ids) as n,
      ${type === 'contribution' ? 'kind::int' : '0'} as kind
    from ${tables[type]} where id = ${$.id} and ${there[type]} for no key update`,
})

/** SQL of the tags with one added or removed. */
const next = (has: boolean, tag: string) => (has ? `tag_ids || ${tag}` : `array_remove(tag_ids, ${tag})`)
const either = [true, false]
const takes = { id: 'bigint', tag: 'bigint', now: 'timestamptz' } as const

const ofMember = statement({
  name: 'tagging: of a member',
  takes,
  gives: {},
  variants: () => byFlags().flatMap((each) => either.map((has) => ({ ...each, has }))),
  sql: ($, { flags, has }) => `with u as (
      update users set tag_ids = ${next(has, $.tag)} where id = ${$.id} returning *
    )
    ${emit($.now, [userUpdated, renderSql(WebhookUser, flags), 'from u'])}`,
})

const ofCategory = statement({
  name: 'tagging: of a category',
  takes: { ...takes, actor: 'bigint' },
  gives: {},
  variants: () => byFlags().flatMap((each) => either.map((has) => ({ ...each, has }))),
  sql: ($, { flags, has }) => `with category as (
      update category set tag_ids = ${next(has, $.tag)}, lastmod_datetime = ${$.now} where id = ${$.id} returning *
    )
    ${emit($.now, [
      categoryUpdated,
      renderSql(CategoryAct, flags),
      `from category join users u on u.id = ${$.actor}
       cross join lateral (select category.created_at as added_at) t
       left join category_follower f on f.category_id = category.id and f.member_id = u.id`,
    ])}`,
})

const ofContribution = statement({
  name: 'tagging: of a contribution',
  takes,
  gives: {},
  variants: () => byKindAndFlags().flatMap((each) => either.map((has) => ({ ...each, has }))),
  sql: ($, { kind, flags, has }) => `with c as (
      update contribution set tag_ids = ${next(has, $.tag)} where id = ${$.id} returning *
    ), author as (
      select * from users where id = (select author_id from c)
    )
    ${emit($.now, [contributionEvents[kind.name].updated, eventData(kind, flags), 'from c'])}`,
})

/** What to tag: exactly one of these. */
export type Named = Partial<Record<TagType, number>>

function readNamed(named: Named): { type: TagType; id: number } {
  const given = tagTypes.filter((type) => named[type] !== undefined)
  const [type] = given
  if (!type || given.length > 1) throw refused('invalid', 'Name one of these: user, category or contribution.')
  return { type, id: named[type] as number }
}

const nobody = {
  user: noMember,
  category: noCategory,
  contribution: () => notFound('No contribution has this id.'),
}

/** Gives something a tag, or removes it. Without a change there is no event. */
export async function tagSomething(ctx: MemberCtx, tag: number, named: Named, wish: Wish): Promise<void> {
  const { type, id } = readNamed(named)
  await ctx.db.transaction(async (tx) => {
    const community = await lookAgain(tx, ctx, admin)
    const locked = await locking.row(tx, { id: tag })
    if (!locked) throw noTag()
    if (locked.type !== type) throw badField(type, 'invalid', `This tag is for a ${locked.type}, not for a ${type}.`)
    const found = await looking.row(tx, { id, tag }, { type })
    if (!found) throw nobody[type]()
    const has = wish === 'other' ? !found.has : wish
    if (has === found.has) return
    if (has && !locked.usable) throw refused('inactive', 'This tag is not in use: it can be taken, but not given.')
    if (has && found.n >= mostTags) throw refused('too_many', `A ${type} has ${mostTags} tags at most.`)
    await write(tx, { ...ctx, community }, { type, id, tag, has, kind: found.kind })
  })
}

type Change = { type: TagType; id: number; tag: number; has: boolean; kind: number }

async function write(tx: Db, ctx: MemberCtx, { type, id, tag, has, kind: kindId }: Change): Promise<void> {
  const flags = flagsFor(ctx.community, true)
  const values = { id, tag, now: ctx.now }
  if (type === 'user') return void (await ofMember.rows(tx, values, { flags, has }))
  if (type === 'category') return void (await ofCategory.rows(tx, { ...values, actor: ctx.actor.id }, { flags, has }))
  const kind = Object.values(kinds).find((each) => each.id === kindId)
  if (!kind) throw new Error(`There is no kind ${kindId}`)
  await ofContribution.rows(tx, values, { kind, flags, has })
}
