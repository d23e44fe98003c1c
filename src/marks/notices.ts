import { declareNotification } from '../notifications/declare.ts'
import { followNotified, voteNotified } from './events.ts'
import { shows } from './shown.ts'

export const voteNotice = declareNotification({
  name: 'vote_up',
  activity: 9,
  aggregates: true,
  once: true,
  shows,
  event: voteNotified,
  mail: { en: 'likes what you wrote', it: 'ha apprezzato quello che hai scritto' },
})

export const followNotice = declareNotification({
  name: 'follow',
  activity: 16,
  aggregates: true,
  once: true,
  shows,
  event: followNotified,
  mail: { en: 'follows what you wrote', it: 'segue quello che hai scritto' },
})
