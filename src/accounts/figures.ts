import { waitingFigure } from '../platform/sql/waiting.ts'

/** How many erasures are waiting. */
export const erasureFigures = waitingFigure(
  'accounts',
  'kith_erasures_waiting',
  'Members whose erasure is not done yet.',
  'from erasure where done is null',
)
