import type { Community } from '../community/state.ts'

/** Whether people may make accounts by themselves. */
export const isOpen = ({ options }: Community): boolean => !options['addons.closed_community']
