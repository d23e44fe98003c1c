import { waitingFigure } from '../platform/sql/waiting.ts'

/** What of it is still to be done. */
export const erasureFigures = waitingFigure(
  'accounts',
  'kith_erasures_waiting',
  'Members whose erasure is not done yet.',
  'from erasure where done is null',
)
