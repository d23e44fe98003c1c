import type { Static, TObject } from 'typebox'
import type { Ctx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { type DatedColumns, dated, readDated } from '../texts/dated.ts'
import { searchedOf } from './searched.ts'

export const policies = ['tec', 'privacy', 'cookies'] as const
export const policy = Type.Enum([...policies], { description: 'Terms and conditions, privacy, cookies.' })

/** The id of a revision in a path. */
export const pageId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Id of the revision.',
})

export const noPage = () => notFound('No legal page has this id.')

const title = line({ minLength: 1, maxLength: 255 })
const rest = {
  ...dated,
  active: Type.Optional(Type.Boolean({ description: 'Only administrators see inactive ones.' })),
}

export const wholePage = { policy, title, ...rest }
export const partOfPage = { title: Type.Optional(title), ...rest }

export type Sent = Static<TObject<typeof partOfPage>>

/** The columns of a revision that administrators set. */
export type Columns = DatedColumns & { title: string; active: boolean; folded_title: string; sort_title: string }

export const columnNames = ['title', 'html_summary', 'html_body', 'valid_from', 'valid_to', 'active'] as const

/** What was sent, by columns. */
export async function readColumns(ctx: Ctx, sent: Partial<Sent>): Promise<Partial<Columns>> {
  return {
    ...(sent.title !== undefined && { title: sent.title, ...searchedOf(sent.title) }),
    ...(sent.active !== undefined && { active: sent.active }),
    ...(await readDated(ctx, sent)),
  }
}
