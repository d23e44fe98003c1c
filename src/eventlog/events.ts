import { event } from '../platform/events/declare.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'

/** Tells receivers that the log was continued on another server, and that some events before it may be lost. */
const EventLogInterruption = Type.Object(
  {
    cause: Type.String({
      enum: ['timeline', 'server', 'lost'],
      description: 'A standby took over; the log was restored into another server; or its end was lost.',
    }),
    at: Type.String({ format: 'date-time' }),
    missing_from: Type.Integer({ description: 'The first id that may have been emitted and is not in the log.' }),
    last_known: nullable(
      Type.Integer({
        description: 'The highest id known to have been emitted before. Below missing_from: nothing is gone.',
      }),
    ),
    span: nullable(
      Type.Integer({ description: 'How many ids that is, the largest number of events lost; null if unknown.' }),
    ),
    resumed_at: Type.Integer({ description: 'The first id given out since.' }),
  },
  {
    $id: 'EventLogInterruption',
    description:
      'What was emitted before and is no longer in the log: receivers may know of changes that never happened.',
    additionalProperties: false,
  },
)

export const eventLogInterrupted = event('event_log.interrupted', EventLogInterruption)
