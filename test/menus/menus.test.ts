import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../support/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

describe('a menu', () => {
  test('is read by visitors and members, by its name and by its id', async () => {
    for (const [id, name] of [
      [1, 'base'],
      [2, 'user'],
      [3, 'not_logged'],
    ]) {
      for (const who of [world.visitor, world.alice]) {
        const { status, body } = await who.get(`/custom_menu/${name}/`)
        expect([status, body]).toEqual([
          200,
          { id, name, items: expect.any(Array), created_at: null, updated_at: null },
        ])
        for (const item of body.items)
          expect(item).toEqual({
            id: expect.any(Number),
            custom_menu: id,
            label: expect.any(String),
            url: expect.stringMatching(/^\//),
            attrs: '',
            order: expect.any(Number),
          })
        expect((await who.get(`/custom_menu/${id}/`)).body).toEqual(body)
      }
    }
    expect((await world.visitor.get('/custom_menu/4/')).status).toBe(404)
    expect((await world.visitor.get('/custom_menu/__proto__/')).status).toBe(404)
  })

  test('leads to where the community says its pages are', async () => {
    await world.set({ app_url: 'https://site.example', url_template_categories_list: '/topics/' })
    const { body } = await world.visitor.get('/custom_menu/base/')
    expect(body.items).toMatchObject([{ label: 'Categories', url: 'https://site.example/topics/', order: 0 }])
    await world.set({ app_url: '', url_template_categories_list: '/categories/' })
  })

  test('is readable where visitors see no content: the client draws it before anybody signs in', async () => {
    await world.set({ content_availability: false })
    expect((await world.visitor.get('/custom_menu/not_logged/')).status).toBe(200)
    await world.set({ content_availability: true })
  })

  test('is found by its name and by its links', async () => {
    const names = async (search: string) =>
      (await world.visitor.get(`/custom_menu/search/?search=${search}`)).body.results.map(
        ({ name }: { name: string }) => name,
      )
    expect(await names('LOG')).toEqual(['not_logged'])
    expect(await names('notif')).toEqual(['user'])
    expect(await names('categories')).toEqual(['base', 'user', 'not_logged'])
    expect(await names('nothing')).toEqual([])
  })

  test('is read by the official client', async () => {
    const { http, CustomMenuService } = createRequire(import.meta.url)(
      '@selfcommunity/api-services',
    ) as typeof import('@selfcommunity/api-services')
    http.setBasePortal(world.url)
    http.setAuthorizeToken('')
    expect(await CustomMenuService.getASpecificCustomMenu('user' as never)).toMatchObject({ id: 2, name: 'user' })
    expect(await CustomMenuService.getAllCustomMenus()).toMatchObject({ count: 3, next: null })
    expect(await CustomMenuService.searchCustomMenus({ search: 'user' })).toMatchObject({ count: 1 })
  })
})
