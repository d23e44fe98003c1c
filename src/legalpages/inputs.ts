import type { Static, TObject } from 'typebox'
import type { Ctx } from '../context.ts'
import { badField, notFound, readAll } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { cleanHtml } from '../texts/clean.ts'
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

const written = (description: string) => Type.Optional(nullable(Type.String({ description })))
const moment = (description: string) => Type.Optional(nullable(momentInput(description)))

const title = line({ minLength: 1, maxLength: 255 })
const rest = {
  html_summary: written('What it comes to, as HTML.'),
  html_body: written('The whole of it, as HTML.'),
  valid_from: moment('It holds from then on; from the moment it is published on unless given.'),
  valid_to: moment('It holds until then; for ever unless given.'),
  active: Type.Optional(Type.Boolean({ description: 'Others than administrators see active ones.' })),
}

export const wholePage = { policy, title, ...rest }
export const partOfPage = { title: Type.Optional(title), ...rest }

export type Sent = Static<TObject<typeof partOfPage>>

/** The columns of a revision that administrators set. */
export type Columns = {
  title: string
  html_summary: string | null
  html_body: string | null
  valid_from: Date | null
  valid_to: Date | null
  active: boolean
  folded_title: string
  sort_title: string
}

export const columnNames = ['title', 'html_summary', 'html_body', 'valid_from', 'valid_to', 'active'] as const

/** A moment of a filter or a field, null where none was sent. */
export const momentOf = (field: string, sent: number | string | null | undefined): Date | null =>
  sent === null || sent === undefined || sent === '' ? null : new Date(readMoment(field, sent) * 1000)

/** The refusal of a time that ends before it begins. */
export const endsTooEarly = () => badField('valid_to', 'invalid', 'Send a moment after valid_from.')

/** What was sent, by columns: HTML is cleaned, as that of members is. */
export async function readColumns(ctx: Ctx, sent: Partial<Sent>): Promise<Partial<Columns>> {
  const html = (field: 'html_summary' | 'html_body') =>
    sent[field] !== undefined && {
      [field]: async () => (sent[field] ? (await cleanHtml(ctx, field, sent[field])).html : null),
    }
  const moment = (field: 'valid_from' | 'valid_to') =>
    sent[field] !== undefined && { [field]: () => momentOf(field, sent[field]) }
  const read = await readAll({
    ...html('html_summary'),
    ...html('html_body'),
    ...moment('valid_from'),
    ...moment('valid_to'),
  } as Record<string, () => unknown>)
  return {
    ...(sent.title !== undefined && { title: sent.title, ...searchedOf(sent.title) }),
    ...(sent.active !== undefined && { active: sent.active }),
    ...read,
  }
}
