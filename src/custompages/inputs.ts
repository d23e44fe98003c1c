import type { Static, TObject } from 'typebox'
import type { Ctx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { dated, readDated } from '../texts/dated.ts'
import { slugOf } from '../texts/slug.ts'
import { searchedOf } from './searched.ts'

/** The id of a page in the path of an act that changes it. */
export const pageId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of the page.' })

export const noPage = () => notFound('No custom page has this id or slug.')

const title = line({ minLength: 1, maxLength: 255 })
const rest = {
  slug: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^(?!\\d+$)[a-z0-9_-]+$',
      sentence: 'Use small letters without accents, digits, - and _; not digits alone.',
      description: 'What it is called in addresses. Made of the title unless given; it stays when the title changes.',
    }),
  ),
  ...dated,
  active: Type.Optional(Type.Boolean({ description: 'Only editors and administrators see inactive ones.' })),
}

export const wholePage = { title, ...rest }
export const partOfPage = { title: Type.Optional(title), ...rest }

export type Sent = Static<TObject<typeof partOfPage>>

/** What was sent, by columns: HTML is cleaned, as that of members is. */
export async function readColumns(ctx: Ctx, sent: Partial<Sent>): Promise<Record<string, unknown>> {
  const { title, slug, active } = sent
  return {
    ...(title !== undefined && { title, ...searchedOf(title) }),
    ...(slug !== undefined && { slug }),
    ...(active !== undefined && { active }),
    ...(await readDated(ctx, sent)),
  }
}

/** What a page of this title may be called in addresses. Other scripts have no spelling here, and digits are ids. */
export function stemOfTitle(title: string): string {
  const slug = slugOf(title)
  return /^\d*$/.test(slug) ? `page${slug && `-${slug}`}` : slug
}
