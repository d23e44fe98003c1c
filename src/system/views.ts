import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'

const closed = { additionalProperties: false }

/** What runs, as administrators see it. */
export const System = Type.Object(
  {
    version: Type.String({ description: 'Of Kith.' }),
    node: Type.String({ description: 'The version of Node.js.' }),
    started_at: Type.String({ format: 'date-time', description: 'When the process that answers was started.' }),
    memory: Type.Integer({ description: 'The memory of that process, in bytes.' }),
    database: Type.Object(
      {
        version: Type.String(),
        bytes: Type.Integer(),
        connections: Type.Integer({ description: 'Open now, by all nodes and other clients.' }),
        max_connections: Type.Integer(),
        longest_seconds: Type.Number({ description: 'How long the oldest transaction has been open.' }),
      },
      closed,
    ),
    disk: nullable(
      Type.Object(
        { folder: Type.String(), bytes: Type.Integer(), free: Type.Integer() },
        { ...closed, description: 'The disk of the node that answers; null if unknown.' },
      ),
    ),
    nodes: Type.Array(
      Type.Object({ id: Type.String(), lanes: Type.Integer({ description: 'Endpoints it delivers to.' }) }, closed),
      { description: 'Processes that deliver webhooks.' },
    ),
    figures: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          says: Type.String(),
          values: Type.Array(
            Type.Object({ value: Type.Number(), of: Type.Optional(Type.Record(Type.String(), Type.String())) }, closed),
          ),
        },
        closed,
      ),
    ),
    findings: Type.Array(
      Type.Object(
        { good: Type.Boolean({ description: 'False if somebody should do something.' }), says: Type.String() },
        closed,
      ),
    ),
  },
  { $id: 'System', ...closed },
)
