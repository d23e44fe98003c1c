import Type from 'typebox'
import { anyone } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { data, dataPage } from '../platform/http/endpoint.ts'
import { pageOf } from '../platform/http/page.ts'
import { menusOf } from './menus.ts'
import { CustomMenu, type Menu } from './views.ts'

function findMenu(menus: Menu[], called: string): Menu {
  const found = menus.find(({ id, name }) => String(id) === called || name === called)
  if (!found) throw notFound('No menu has this id or name.')
  return found
}

export const listMenus = endpoint('GET /api/v2/custom_menu/', {
  summary: 'Get All Custom menu',
  who: anyone,
  returns: dataPage(CustomMenu),
  act: ({ community }, { page }) => pageOf(menusOf(community), page),
})

export const searchMenus = endpoint('GET /api/v2/custom_menu/search/', {
  summary: 'Search Custom Menu',
  who: anyone,
  takes: { search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the name, or of a label.' })) },
  returns: dataPage(CustomMenu),
  act({ community }, { search = '', page }) {
    const word = search.toLowerCase()
    const fits = ({ name, items }: Menu) =>
      [name, ...items.map(({ label }) => label)].some((each) => each.toLowerCase().includes(word))
    return pageOf(menusOf(community).filter(fits), page)
  },
})

export const getBaseMenu = endpoint('GET /api/v2/custom_menu/base/', {
  summary: 'Get Base Custom menu',
  description: 'The links at the foot of every page.',
  who: anyone,
  returns: data(CustomMenu),
  act: ({ community }) => findMenu(menusOf(community), 'base'),
})

export const getMenu = endpoint('GET /api/v2/custom_menu/{id}/', {
  summary: 'Get a Specific Custom Menu',
  description: 'By its id or its name. Clients ask for `base`, `user` and `not_logged`.',
  who: anyone,
  takes: { id: Type.String({ maxLength: 100, description: 'Id or name of the menu.' }) },
  returns: data(CustomMenu),
  refuses: { 404: 'No menu has this id or name.' },
  act: ({ community }, { id }) => findMenu(menusOf(community), id),
})
