import type { Community } from '../community/state.ts'
import type { Menu } from './views.ts'

/** A link of a menu: where it leads is an option of the community, as clients route by the same. */
type Link = { label: string; to: 'url_template_categories_list' | 'url_template_notifications' }

const categories: Link = { label: 'Categories', to: 'url_template_categories_list' }
const notifications: Link = { label: 'Notifications', to: 'url_template_notifications' }

/** The menus clients ask for by name: at the foot of every page, beside the name of a member, and of visitors. */
const declared: { id: number; name: string; links: Link[] }[] = [
  { id: 1, name: 'base', links: [categories] },
  { id: 2, name: 'user', links: [notifications, categories] },
  { id: 3, name: 'not_logged', links: [categories] },
]

/** Every menu of the community, in the order of the ids. Nobody has written them, so they have no moments. */
export function menusOf({ options }: Pick<Community, 'options'>): Menu[] {
  const site = options['configurations.app_url'].replace(/\/+$/, '')
  let itemId = 0
  return declared.map(({ id, name, links }) => ({
    id,
    name,
    items: links.map(({ label, to }, order) => ({
      id: ++itemId,
      custom_menu: id,
      label,
      url: `${site}${options[`configurations.${to}`]}`,
      attrs: '',
      order,
    })),
    created_at: null,
    updated_at: null,
  }))
}
