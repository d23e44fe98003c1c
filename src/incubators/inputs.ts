import type { Static, TObject } from 'typebox'
import { notFound } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'

/** A proposal's id in a path. */
export const incubatorId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Id of the incubator.',
})

export const noIncubator = () => notFound('No incubator has this id.')

export const proposal = {
  name: line({ minLength: 1, maxLength: 100, description: 'That of no category and no other incubator, in any case.' }),
  slug: Type.Optional(
    Type.String({
      maxLength: 255,
      pattern: '^[A-Za-z0-9_-]*$',
      sentence: 'Use letters without accents, digits, - and _ only.',
      description: 'That of no category and no other incubator, in any case. Made of the name unless given.',
    }),
  ),
  slogan: Type.Optional(
    Type.Union([line({ maxLength: 1_000 }), Type.Null()], {
      description: 'What it is about, in a line.',
      maxLength: 1_000,
    }),
  ),
}

export type Proposal = Static<TObject<typeof proposal>>

/** What a list is ordered by. */
export const orderings = ['added_at', 'name', 'subscribers_count'].flatMap((field) => [field, `-${field}`])

export const filters = {
  search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the name, or of the slogan.' })),
  status: Type.Optional(
    Type.Enum([0, 1, 2, 3], {
      description: '0: collects supporters. 1: has enough. 2: is a category by now. 3: was turned down; for staff.',
    }),
  ),
  ordering: Type.Optional(Type.Enum(orderings, { description: 'Field; `-` for descending. `-added_at` by default.' })),
}

export type Filters = { search?: string; status?: number; ordering?: string }
