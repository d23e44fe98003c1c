import { createCategory } from '../categories/create.ts'
import { toggleFollow } from '../categories/follow.ts'
import type { Sent } from '../categories/inputs.ts'
import { statement } from '../platform/sql/statement.ts'
import { noteMoved } from './quiet.ts'
import { countOf, idOf, textOf } from './read.ts'
import { actingAs, inBatches, type Move, moved } from './shared.ts'
import type { Thing } from './source.ts'

const findingSame = statement({
  name: 'movein: a category of that name',
  takes: { name: 'text' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from category where name_key(name) = name_key(${$.name}) and not deleted limit 1`,
})

const findingFollowed = statement({
  name: 'movein: who follows a category',
  takes: { category: 'bigint', members: 'bigint[]' },
  gives: { member: 'bigint' },
  sql: ($) => `select member_id as member from category_follower
    where category_id = ${$.category} and member_id = any(${$.members})`,
})

const oneOf = <T extends string>(value: unknown, ...of: T[]): T | undefined => of.find((each) => each === value)

/** What the source says of a category. */
function readCategory(found: Thing, parents: number[]): Sent & { name: string } {
  const line = (name: string, most: number) => textOf(found[name], most).replace(/\s+/g, ' ').trim() || undefined
  const slug = textOf(found.slug, 255)
  const sent = {
    name: textOf(found.name, 100).trim(),
    ...(/^[A-Za-z0-9_-]+$/.test(slug) && { slug }),
    ...{
      name_synonyms: line('name_synonyms', 1_000),
      slogan: line('slogan', 1_000),
      seo_title: line('seo_title', 1_000),
    },
    ...{
      html_info: textOf(found.html_info, 100_000) || undefined,
      seo_description: textOf(found.seo_description, 10_000),
    },
    auto_follow: oneOf(found.auto_follow, 'none', 'default', 'forced'),
    stream_order_by: oneOf(found.stream_order_by, 'recent', 'last_activity', 'relevance'),
    ...{ content_only_staff: found.content_only_staff === true, active: found.active !== false },
    ...(Number.isSafeInteger(found.order) &&
      Math.abs(found.order as number) < 2 ** 31 && { order: found.order as number }),
    parents,
  }
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)) as typeof sent
}

/** Moves categories, ancestors first, and their followers. Returns the new ids. */
export async function moveCategories(move: Move): Promise<Map<number, number>> {
  const { kith, source, report, admin } = move
  const here = new Map<number, number>()
  const found: Thing[] = []
  for await (const each of source.list('/category/')) if (idOf(each) !== null && !each.deleted) found.push(each)
  const ids = new Set(found.map(idOf))
  let rest = found
  while (rest.length) {
    const parentsOf = ({ parents }: Thing) =>
      (Array.isArray(parents) ? parents : []).flatMap((each) => (ids.has(idOf(each)) ? [idOf(each) as number] : []))
    const next = rest.filter((each) => parentsOf(each).every((id) => here.has(id)))
    // Categories in a circle, or below one that did not come, move without parents.
    const ready = next.length ? next : rest
    for (const each of ready) {
      const id = idOf(each) as number
      const key = `category/${id}`
      const known = (await moved(move, [key])).get(key)
      const name = textOf(each.name, 100).trim()
      const same = known ?? (await findingSame.row(kith.db, { name }))?.id
      if (same) {
        report.count('categories', 'there')
        if (!known) await noteMoved(kith.db, source.base, key, same)
        here.set(id, same)
        continue
      }
      const ctx = { ...actingAs(move, move.quiet(key), admin.id), actor: admin }
      const parents = parentsOf(each).flatMap((parent) => here.get(parent) ?? [])
      const made = await report.trying('categories', key, () => createCategory(ctx, readCategory(each, parents)))
      if (!made) continue
      here.set(id, JSON.parse(made.json).id)
      report.count('categories', 'new')
      if (each.image_original || each.emotional_image_original)
        report.lacks('categories', 'Their pictures do not come: PATCH /category/{id}/ takes them.', name)
    }
    rest = rest.filter((each) => !ready.includes(each))
    move.tell('categories', found.length - rest.length, found.length)
  }
  for (const each of found) await moveFollowers(move, each, here.get(idOf(each) as number))
  return here
}

async function moveFollowers(move: Move, category: Thing, here: number | undefined): Promise<void> {
  const { kith, source, report, members } = move
  if (!here || countOf(category.followers_counter ?? 1) === 0) return
  const id = idOf(category)
  for await (const batch of inBatches(source.list(`/category/${id}/followers/`), 200)) {
    const following = batch.flatMap((each) => {
      const member = idOf(each)
      return member !== null && members.has(member) ? [member] : []
    })
    const known = await moved(
      move,
      following.map((member) => `category/${id}/follow/${member}`),
    )
    const own = following.map((member) => members.get(member) as number)
    const there = new Set(
      (await findingFollowed.rows(kith.db, { category: here, members: own })).map(({ member }) => member),
    )
    for (const member of following) {
      const key = `category/${id}/follow/${member}`
      const local = members.get(member) as number
      if (known.has(key) || there.has(local)) {
        report.count('followers of categories', 'there')
        continue
      }
      const done = await report.trying('followers of categories', key, async () => {
        await toggleFollow(actingAs(move, move.quiet(key, false), local), here)
        return true
      })
      if (done) report.count('followers of categories', 'new')
    }
  }
}
