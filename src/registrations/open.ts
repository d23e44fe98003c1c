import type { Community } from '../community/state.ts'
import type { Ctx } from '../context.ts'
import { askedOfNewcomers } from '../legalpages/consent.ts'

/** Whether people may make accounts themselves. */
export const isOpen = ({ options }: Community): boolean => !options['addons.closed_community']

/** The same, if newcomers must agree to legal pages: there must be a page to agree to. */
export async function takesNewcomers({ db, community, now }: Pick<Ctx, 'db' | 'community' | 'now'>): Promise<boolean> {
  if (!isOpen(community)) return false
  return !community.options['addons.gdpr_signup_step_enabled'] || (await askedOfNewcomers(db, now)).length > 0
}
