import { admin, anyone } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { data, dataPage } from '../platform/http/endpoint.ts'
import { pageOf } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { menusOf } from './menus.ts'
import { CustomMenu, type Menu } from './views.ts'
import { maxLinks, readLinks, resetMenu, writeMenu } from './write.ts'

function findMenu(menus: Menu[], called: string): Menu {
  const found = menus.find(({ id, name }) => String(id) === called || name === called)
  if (!found) throw notFound('No menu has this id or name.')
  return found
}

export const listMenus = endpoint('GET /api/v2/custom_menu/', {
  summary: 'Get All Custom menu',
  who: anyone,
  returns: dataPage(CustomMenu),
  act: async ({ db, community }, { page }) => pageOf(await menusOf(db, community), page),
})

export const searchMenus = endpoint('GET /api/v2/custom_menu/search/', {
  summary: 'Search Custom Menu',
  who: anyone,
  takes: { search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the name, or of a label.' })) },
  returns: dataPage(CustomMenu),
  async act({ db, community }, { search = '', page }) {
    const word = search.toLowerCase()
    const fits = ({ name, items }: Menu) =>
      [name, ...items.map(({ label }) => label)].some((each) => each.toLowerCase().includes(word))
    return pageOf((await menusOf(db, community)).filter(fits), page)
  },
})

export const getBaseMenu = endpoint('GET /api/v2/custom_menu/base/', {
  summary: 'Get Base Custom menu',
  description: 'The links at the foot of every page.',
  who: anyone,
  returns: data(CustomMenu),
  act: async ({ db, community }) => findMenu(await menusOf(db, community), 'base'),
})

export const getMenu = endpoint('GET /api/v2/custom_menu/{id}/', {
  summary: 'Get a Specific Custom Menu',
  description: 'By its id or its name. Clients ask for `base`, `user` and `not_logged`.',
  who: anyone,
  takes: { id: Type.String({ maxLength: 100, description: 'Id or name of the menu.' }) },
  returns: data(CustomMenu),
  refuses: { 404: 'No menu has this id or name.' },
  act: async ({ db, community }, { id }) => findMenu(await menusOf(db, community), id),
})

const menuId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Id of the menu.' })
const there = { 404: 'No menu has this id.' }

export const writeCustomMenu = endpoint('PUT /api/v2/custom_menu/{id}/', {
  summary: 'Write a Custom Menu',
  description: 'All of its links, in order. Emits `custom_menu.updated` if something has changed.',
  extension: true,
  who: admin,
  takes: {
    id: menuId,
    items: Type.Array(
      Type.Object({
        label: Type.String({ minLength: 1, maxLength: 100 }),
        url: Type.String({
          minLength: 1,
          maxLength: 2000,
          description: "A path of the community's site, as `/about/`, or an address elsewhere.",
        }),
      }),
      { maxItems: maxLinks, description: 'An empty list empties the menu.' },
    ),
  },
  returns: data(CustomMenu),
  refuses: { ...there, 400: 'A link has no label, or leads to what is no address.' },
  checks: (_ctx, { items }) => items && readLinks(items),
  act: (ctx, { id, items }) => writeMenu(ctx, id, items),
})

export const resetCustomMenu = endpoint('POST /api/v2/custom_menu/{id}/reset/', {
  summary: 'Reset a Custom Menu',
  description:
    'It gets the links that every community begins with. Emits `custom_menu.updated` if it had been changed.',
  extension: true,
  who: admin,
  takes: { id: menuId },
  returns: data(CustomMenu),
  refuses: there,
  act: (ctx, { id }) => resetMenu(ctx, id),
})
