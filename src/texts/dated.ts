import type { Static, TObject } from 'typebox'
import type { Ctx } from '../context.ts'
import { badField, readAll } from '../platform/errors.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { cleanHtml } from './clean.ts'

const written = (description: string) => Type.Optional(nullable(Type.String({ description })))
const moment = (description: string) => Type.Optional(nullable(momentInput(description)))

/** The fields of a page that holds for some time. */
export const dated = {
  html_summary: written('What it comes to, as HTML.'),
  html_body: written('The whole of it, as HTML.'),
  valid_from: moment('It holds from then on; from the moment it is published on unless given.'),
  valid_to: moment('It holds until then; for ever unless given.'),
}

type Dated = Static<TObject<typeof dated>>

/** The same as columns. */
export type DatedColumns = {
  html_summary: string | null
  html_body: string | null
  valid_from: Date | null
  valid_to: Date | null
}

/** A moment of a filter or a field, null where none was sent. */
export const momentOf = (field: string, sent: number | string | null | undefined): Date | null =>
  sent === null || sent === undefined || sent === '' ? null : new Date(readMoment(field, sent) * 1000)

/** The refusal of a time that ends before it begins. */
export const endsTooEarly = () => badField('valid_to', 'invalid', 'Send a moment after valid_from.')

/**
 * Reads what was sent of these fields, all at once. HTML is cleaned, as that of members is.
 * @throws 400 that names each field that is wrong
 */
export function readDated(ctx: Ctx, sent: Partial<Dated>): Promise<Partial<DatedColumns>> {
  const html = (field: 'html_summary' | 'html_body') =>
    sent[field] !== undefined && {
      [field]: async () => (sent[field] ? (await cleanHtml(ctx, field, sent[field])).html : null),
    }
  const moment = (field: 'valid_from' | 'valid_to') =>
    sent[field] !== undefined && { [field]: () => momentOf(field, sent[field]) }
  return readAll({
    ...html('html_summary'),
    ...html('html_body'),
    ...moment('valid_from'),
    ...moment('valid_to'),
  } as Record<string, () => unknown>) as Promise<Partial<DatedColumns>>
}
