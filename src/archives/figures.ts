import { waitingFigure } from '../platform/sql/waiting.ts'

/** How many archives are waiting. */
export const archiveFigures = waitingFigure(
  'archives',
  'kith_archives_waiting',
  'Archives that members have asked for and that are not made yet.',
  'from archive where generated_at is null',
)
