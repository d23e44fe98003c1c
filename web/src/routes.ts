import { SCRoutes } from '@selfcommunity/react-core'
import { type Community, settingOf } from './community.ts'

/** Options that say where a page is. The packages read them, and then go by paths of their own unless they are handed on. */
const templates = {
  [SCRoutes.POST_ROUTE_NAME]: 'post',
  [SCRoutes.DISCUSSION_ROUTE_NAME]: 'discussion',
  [SCRoutes.STATUS_ROUTE_NAME]: 'status',
  [SCRoutes.COMMENT_ROUTE_NAME]: 'comment',
  [SCRoutes.CATEGORY_ROUTE_NAME]: 'category',
  [SCRoutes.CATEGORIES_LIST_ROUTE_NAME]: 'categories_list',
  [SCRoutes.USER_PROFILE_ROUTE_NAME]: 'profile',
  [SCRoutes.USER_PROFILE_SETTINGS_ROUTE_NAME]: 'profile_settings',
  [SCRoutes.USER_NOTIFICATIONS_ROUTE_NAME]: 'notifications',
  [SCRoutes.USER_PRIVATE_MESSAGES_ROUTE_NAME]: 'private_message',
}

/** Where pages are, as `/category/:id/:slug/`. */
export function routesOf(community: Community): Record<string, string> {
  const found = Object.entries(templates).flatMap(([route, name]) => {
    const template = settingOf(community, `configurations.url_template_${name}`)
    return typeof template === 'string' && template ? [[route, template.replace(/\{(\w+)\}/g, ':$1')]] : []
  })
  return {
    ...Object.fromEntries(found),
    // Kith's own pages.
    [SCRoutes.LEGAL_PAGES_ROUTE_NAME]: '/legal?page=:policy',
    [SCRoutes.RECOVER_ROUTE_NAME]: '/account/recover',
  }
}
