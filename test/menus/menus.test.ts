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

  test('is written by an administrator, whole, and taken back', async () => {
    const { admin, alice, visitor } = world
    await world.told()
    const items = [
      { label: 'Чай и сад', url: '/about/' },
      { label: 'The shop', url: 'https://shop.example/?from=kith' },
    ]
    expect((await alice.put('/custom_menu/1/', { items })).status).toBe(403)
    expect((await admin.put('/custom_menu/4/', { items })).status).toBe(404)
    const { status, body } = await admin.put('/custom_menu/1/', { items })
    const links = body.items.map(({ label, url, order }: { label: string; url: string; order: number }) => [
      ...[label, url, order],
    ])
    expect([status, links]).toEqual([
      200,
      [
        ['Чай и сад', '/about/', 0],
        ['The shop', 'https://shop.example/?from=kith', 1],
      ],
    ])
    expect((await visitor.get('/custom_menu/base/')).body).toEqual(body)
    expect((await visitor.get('/custom_menu/search/?search=чай')).body.results).toEqual([body])
    expect((await visitor.get('/custom_menu/user/')).body).toMatchObject({ created_at: null })
    // The same again changes nothing; what stays keeps its id.
    expect((await admin.put('/custom_menu/1/', { items })).body).toEqual(body)
    const turned = (await admin.put('/custom_menu/1/', { items: [...items].reverse() })).body
    expect(turned.items.map(({ id }: { id: number }) => id)).toEqual([body.items[1].id, body.items[0].id])
    const reset = (await admin.post('/custom_menu/1/reset/')).body
    expect(reset).toMatchObject({ created_at: null, items: [{ label: 'Categories' }] })
    expect((await admin.post('/custom_menu/1/reset/')).body).toEqual(reset)
    expect(await world.told()).toMatchObject([
      { type: 'custom_menu.updated', data: body },
      { type: 'custom_menu.updated', data: turned },
      { type: 'custom_menu.updated', data: reset },
    ])
    const { results } = (await admin.get('/audit/?limit=2')).body
    expect(results).toMatchObject([
      { act: 'POST /api/v2/custom_menu/{id}/reset/', target: 1 },
      { act: 'POST /api/v2/custom_menu/{id}/reset/', target: 1 },
    ])
  })

  test('leads to nothing that a browser would run, and has no end of links', async () => {
    for (const url of ['javascript:alert(1)', '//evil.example/', 'data:text/html,x', 'x', '', '/a b', '/\\evil', 7])
      expect([url, (await world.admin.put('/custom_menu/2/', { items: [{ label: 'X', url }] })).status]).toEqual([
        url,
        400,
      ])
    for (const items of [
      [{ label: '', url: '/x/' }],
      [{ label: 'a\nb', url: '/x/' }],
      [{ url: '/x/' }],
      'none',
      [null],
    ])
      expect((await world.admin.put('/custom_menu/2/', { items })).status).toBe(400)
    const many = Array.from({ length: 51 }, (_, i) => ({ label: `Link ${i}`, url: '/x/' }))
    expect((await world.admin.put('/custom_menu/2/', { items: many })).status).toBe(400)
    expect(await world.told()).toEqual([])
    expect((await world.admin.put('/custom_menu/2/', { items: [] })).body.items).toEqual([])
    await world.admin.post('/custom_menu/2/reset/')
    await world.told()
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
