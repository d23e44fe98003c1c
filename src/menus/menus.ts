import type { Community } from '../community/state.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { isoSql } from '../platform/sql/view.ts'
import type { Menu } from './views.ts'

/** A link of a menu: its target is an option of the community, since clients route by the same option. */
type Link = { label: string; to: 'url_template_categories_list' | 'url_template_notifications' }

const categories: Link = { label: 'Categories', to: 'url_template_categories_list' }
const notifications: Link = { label: 'Notifications', to: 'url_template_notifications' }

/** The menus that clients ask for by name: at the foot of every page, beside the name of a member, and of visitors. */
const declared: { id: number; name: string; links: Link[] }[] = [
  { id: 1, name: 'base', links: [categories] },
  { id: 2, name: 'user', links: [notifications, categories] },
  { id: 3, name: 'not_logged', links: [categories] },
]

/** A link in a menu that somebody has changed. */
export type Written = { id: number; label: string; url: string }
export type WrittenMenu = { items: Written[]; created_at: string; updated_at: string }

type Options = Pick<Community, 'options'>

/** A path is a page of the community's site. */
const onSite = ({ options }: Options, url: string) =>
  url.startsWith('/') ? `${options['configurations.app_url'].replace(/\/+$/, '')}${url}` : url

/** A menu as the API shows it: as it was changed, else as every community has it. */
export function showMenu(community: Options, id: number, written: WrittenMenu | null): Menu {
  const { name, links } = declared[id - 1] as (typeof declared)[0]
  const before = declared.slice(0, id - 1).reduce((sum, each) => sum + each.links.length, 0)
  const items: Written[] =
    written?.items ??
    links.map(({ label, to }, i) => ({
      id: before + i + 1,
      label,
      url: community.options[`configurations.${to}`] as string,
    }))
  return {
    id,
    name,
    items: items.map((item, order) => ({
      id: item.id,
      custom_menu: id,
      label: item.label,
      url: onSite(community, item.url),
      attrs: '',
      order,
    })),
    created_at: written?.created_at ?? null,
    updated_at: written?.updated_at ?? null,
  }
}

/** Whether a menu has this id. */
export const isMenu = (id: number) => declared.some((each) => each.id === id)

const reading = statement({
  name: 'menus: written',
  takes: {},
  gives: { id: 'int', items: 'json', created_at: 'text', updated_at: 'text' },
  sql: () => `select id, items::json as items, ${isoSql('created_at')} as created_at, ${isoSql('updated_at')} as updated_at
    from custom_menu`,
})

/** The changed menus, by id. */
export const readWritten = async (db: Db): Promise<Map<number, WrittenMenu>> =>
  new Map((await reading.rows(db, {})).map(({ id, ...menu }) => [id, menu as WrittenMenu]))

/** Every menu of the community, in the order of ids. */
export async function menusOf(db: Db, community: Options): Promise<Menu[]> {
  const written = await readWritten(db)
  return declared.map(({ id }) => showMenu(community, id, written.get(id) ?? null))
}
