import Type from '../platform/schema.ts'
import { integer, moment, nested, nullable, nullableText, plainView, text } from '../platform/sql/view.ts'

// Every expression below reads a row of audit named a, and the member who acted, u.

const Actor = nullable(
  Type.Object(
    { id: Type.Integer(), username: Type.String() },
    { $id: 'AuditActor', description: 'Who did it; null for a command.', additionalProperties: false },
  ),
)

export const AuditEntry = plainView('AuditEntry', 'Something that was done by a role, or by a command.', {
  id: integer('a.id'),
  at: moment('a.at'),
  actor: nested(
    Actor,
    `case when a.actor_id is null then 'null' else json_build_object('id', u.id, 'username', u.username)::text end`,
  ),
  operator: nullableText('a.operator'),
  address: nullableText('a.address'),
  act: text('a.act'),
  target: { ...integer('a.target'), schema: nullable(Type.Integer()) },
  fields: { schema: Type.Array(Type.String()), sql: 'to_json(a.fields)::text', kind: 'json' },
})
