import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'

/** Runs an act of an administrator on the pages, one after the other: slugs are found free, and stay so. */
export const inTurn = <Out>(ctx: MemberCtx, act: (tx: Db) => Promise<Out>): Promise<Out> =>
  ctx.db.transaction(async (tx) => {
    await tx.query('lock table custom_page in share row exclusive mode')
    await lookAgain(tx, ctx, admin)
    return act(tx)
  })

const taken = statement({
  name: 'custompages: slugs like this',
  takes: { stem: 'text' },
  gives: { id: 'bigint', slug: 'text' },
  sql: ($) => `select id, slug from custom_page where slug = ${$.stem} or starts_with(slug, ${$.stem} || '-')`,
})

/** The slug itself, or with the first number behind it that is free. */
export async function freeSlug(tx: Db, stem: string): Promise<string> {
  const there = new Set((await taken.rows(tx, { stem })).map(({ slug }) => slug))
  let slug = stem
  for (let n = 2; there.has(slug); n++) slug = `${stem}-${n}`
  return slug
}

/** Throws 400 if another page has this slug. */
export async function checkSlug(tx: Db, slug: string, id: number | null): Promise<void> {
  const others = (await taken.rows(tx, { stem: slug })).filter((each) => each.slug === slug && each.id !== id)
  if (others.length) throw badField('slug', 'unique', 'Another page has this slug already.')
}
