import type { Community } from '../community/state.ts'

/** Where Kith's own pages are, for what mails lead to. */
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

/** A page of Kith, as mails lead there: by the address the community is reached at, whatever a request said. */
export const ownLink = ({ publicAddress }: Community, path: string, query: Record<string, string> = {}): string =>
  `${publicAddress}${path}${Object.keys(query).length ? `?${new URLSearchParams(query)}` : ''}`

/** Where a code is taken to: a page of the community's site, where it has one, else of Kith. */
export function linkFor(community: Community, page: keyof typeof templates, code: string): string {
  const { options } = community
  const site = options['configurations.app_url']
  if (!site) return ownLink(community, ownPaths[page], { validation_code: code })
  return `${site}${options[templates[page]].replace('{validation_code}', encodeURIComponent(code))}`
}
