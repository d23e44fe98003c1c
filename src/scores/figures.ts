import { waitingFigure } from '../platform/sql/waiting.ts'

/** How many points are waiting to be given. */
export const scoreFigures = waitingFigure(
  'scores',
  'kith_scores_waiting',
  'Acts whose points are still to be given, counted up to 10000.',
  'from (select from score_due limit 10000) d',
)
