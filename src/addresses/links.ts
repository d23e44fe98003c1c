import type { Community } from '../community/state.ts'

/** The paths of Kith's own pages that mails link to. */
export const ownPaths = {
  verify: '/account/verify',
  reset: '/account/recover/password',
  signUp: '/signup',
  data: '/account/data',
}

const templates = {
  verify: 'configurations.url_template_verify_email',
  reset: 'configurations.url_template_password_recover',
} as const

/** The address of a page of Kith in mails. It uses the community's public address, whatever a request says. */
export const ownLink = ({ publicAddress }: Community, path: string, query: Record<string, string> = {}): string =>
  `${publicAddress}${path}${Object.keys(query).length ? `?${new URLSearchParams(query)}` : ''}`

/** The link for a code: a page of the community's site if it has one, else of Kith. */
export function linkFor(community: Community, page: keyof typeof templates, code: string): string {
  const { options } = community
  const site = options['configurations.app_url']
  if (!site) return ownLink(community, ownPaths[page], { validation_code: code })
  return `${site}${options[templates[page]].replace('{validation_code}', encodeURIComponent(code))}`
}
