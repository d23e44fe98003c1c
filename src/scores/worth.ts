/** The types of points, with the numbers and names of the API, the usual ones first. */
export const reputationTypes = {
  1: 'gain_by_upvoted',
  10: 'manual',
  11: 'gain_by_cancelling_contribute_moderation',
  12: 'gain_by_make_post',
  13: 'gain_by_make_first_level_comment',
  14: 'gain_by_make_second_level_comment',
  15: 'gain_by_connection',
  17: 'gain_by_app_used',
  18: 'gain_by_daily_visit',
  19: 'gain_by_follower',
  20: 'gain_by_unblock_account',
  '-1': 'lose_by_upvote_canceled',
  '-11': 'lose_by_contribute_moderation',
  '-12': 'lose_by_delete_post',
  '-13': 'lose_by_delete_first_level_comment',
  '-14': 'lose_by_delete_second_level_comment',
  '-15': 'lose_by_connection',
  '-19': 'lose_by_follower',
  '-20': 'lose_by_block_account',
} as const

/** Their numbers, gains first, by size. */
export const typeNumbers = Object.keys(reputationTypes)
  .map(Number)
  .sort((a, b) => (a > 0 === b > 0 ? Math.abs(a) - Math.abs(b) : b - a))

/** The type of points given by hand. */
export const manual = 10

/**
 * The points of each type; its loss takes as many. The documentation gives no numbers, except that a lost follower
 * costs two. Kith knows neither daily visits nor apps, so nothing is given for them.
 */
const worth = { 1: 1, 11: 10, 12: 5, 13: 3, 14: 2, 15: 5, 19: 2, 20: 20 }

/** The points that a block takes, until it ends. */
export const blockCosts = worth[20]

/** SQL of the rows (type, points) of everything that acts are worth. */
export const worthSql = `(values ${Object.entries(worth)
  .flatMap(([type, points]) => [`(${type}, ${points})`, `(-${type}, -${points})`])
  .join(', ')})`

/** SQL of the name of a type. */
export const typeNameSql = (type: string) =>
  `case ${type} ${Object.entries(reputationTypes)
    .map(([number, name]) => `when ${number} then '${name}'`)
    .join(' ')} else 'unknown' end`

/** The largest score, above and below zero. */
export const mostPoints = 1_000_000_000

/** Most points given or taken at a time. */
export const mostAtOnce = 1_000_000
