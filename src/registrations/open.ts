import type { Community } from '../community/state.ts'

/** Whether people may make accounts by themselves. Kith's own page asks nobody for consent. */
export const isOpen = ({ options }: Community): boolean =>
  !options['addons.closed_community'] && !options['addons.gdpr_signup_step_enabled']
