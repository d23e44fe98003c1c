import Type from '../platform/schema.ts'
import { integer, nested, nullableText, plainView, text } from '../platform/sql/view.ts'

/** Reads a row of embed named e. */
export const Embed = plainView('Embed', 'Something of elsewhere that contributions are about.', {
  id: integer('e.id'),
  embed_type: text('e.embed_type'),
  embed_id: text('e.embed_id'),
  url: nullableText('e.url'),
  metadata: nested(
    Type.Object({}, { additionalProperties: true, description: 'Whatever administrators say of it.' }),
    'e.metadata::text',
  ),
})
