import type { Community } from '../community/state.ts'

/** Whether people may make accounts by themselves. There are no legal pages yet to agree to. */
export const isOpen = ({ options }: Community): boolean =>
  !options['addons.closed_community'] && !options['addons.gdpr_signup_step_enabled']
