import type { Static, TObject } from 'typebox'
import { notFound } from '../platform/errors.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { tagTypes } from './views.ts'

/** A tag's id in a path. */
export const tagId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of the tag.' })

export const noTag = () => notFound('No tag has this id.')

export const type = Type.Enum([...tagTypes], { description: 'What it is for; it cannot change.' })
const name = line({ minLength: 1, maxLength: 64, description: 'Unique within its type, in any case.' })

const rest = {
  description: Type.Optional(nullable(Type.String({ maxLength: 500 }))),
  color: Type.Optional(
    Type.String({
      pattern: '^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$',
      maxLength: 7,
      sentence: 'Send a colour like #1f5f5b or #fff.',
    }),
  ),
  visible: Type.Optional(Type.Boolean({ description: 'Whether others see who has it; true by default.' })),
  visibility_boost: Type.Optional(Type.Boolean({ description: 'Stored for clients; it changes no order.' })),
  active: Type.Optional(Type.Boolean({ description: 'An inactive tag is not shown, and cannot be given.' })),
  deleted: Type.Optional(Type.Boolean({ description: 'true: delete it. false: restore it, with those who had it.' })),
}

export const wholeTag = { type, name, ...rest }
export const partOfTag = { type: Type.Optional(type), name: Type.Optional(name), ...rest }

export type Sent = Static<TObject<typeof partOfTag>>

export const columnNames = [
  'name',
  'description',
  'color',
  'visible',
  'visibility_boost',
  'active',
  'deleted',
  'folded_name',
  'sort_name',
]

/** The defaults of a tag. */
export const defaults = {
  ...{ description: null, color: '#dddddd', visible: true, visibility_boost: false, active: true, deleted: false },
}
