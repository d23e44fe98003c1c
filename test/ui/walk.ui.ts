import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type Person, type World } from '../support/world.ts'
import { openChromium } from '../web/look.ts'
import { built, password, type Screen, visit } from './visit.ts'

let browser: Browser
let world: World
let [ann, ben]: Person[] = []

const photo = () =>
  sharp({ create: { width: 1600, height: 900, channels: 3, background: '#c87a3c' } })
    .composite([{ input: { create: { width: 700, height: 400, channels: 3, background: '#2e6b3f' } } }])
    .jpeg()
    .toBuffer()

beforeAll(async () => {
  ;[browser, world] = await Promise.all([openChromium(), createWorld({ built })])
  await world.set({ polls_enabled: true, private_messages_enabled: true, application_name: 'Tea & gardens' })
  ;[ann, ben] = [await world.join('ann', { password }), await world.join('ben', { password, real_name: 'Ben Omar' })]
  for (const name of ['Black tea', 'Herbs', 'چای سبز'])
    await world.admin.post('/category/', { name, slogan: 'All of it.' })
  for (const each of [ann, ben]) await each?.post('/category/1/follow/')
  for (let i = 0; i < 36; i++) {
    const kind = i % 3 ? 'post' : 'discussion'
    const title = kind === 'discussion' ? { title: `Question ${i}` } : {}
    const { status } = await world.alice.post(`/${kind}/`, {
      ...title,
      text: `Leaf number ${i}. `.repeat(1 + (i % 9)),
      categories: [1],
    })
    expect(status).toBe(201)
  }
})
afterAll(async () => {
  await browser?.close()
  await world?.end()
})

describe('a member', () => {
  test('publishes a photo and a mention, is read, and finds it again after a reload', async () => {
    const { page, see, write, go, end } = await visit(browser, world, ann as Person)
    await page.getByText('Create content...').click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('.SCEditor-content').click()
    await write('The first harvest, @ben, is in')
    await dialog.getByLabel('add media').click()
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByText('Gallery').click()])
    const uploaded = page.waitForResponse((response) => response.url().includes('/media/upload/complete/'))
    await chooser.setFiles({ name: 'harvest.jpg', mimeType: 'image/jpeg', buffer: await photo() })
    expect((await uploaded).status()).toBe(201)
    await see('composer')
    await dialog.getByRole('button', { name: 'Publish' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('The first harvest').first().waitFor()
    const { body } = await world.bob.get('/feed/explore/?limit=1')
    const { post } = body.results[0]
    expect([post.author.username, post.medias.length]).toEqual(['ann', 1])
    expect(post.html).toContain(`id="${(ben as Person).id}"`)
    await page.reload()
    await page.getByText('The first harvest').first().waitFor()
    await see('home')
    await go(`/post/${post.id}/`)
    await page.getByText('The first harvest').first().waitFor()
    await see('post')
    await end()
  })

  test('asks in a poll, and another votes in it', async () => {
    const asking = await visit(browser, world, ann as Person)
    await asking.page.getByText('Create content...').click()
    const dialog = asking.page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Poll' }).click()
    const fields = dialog.locator('input[type=text]')
    for (const [i, text] of ['Which one?', 'Assam', 'Keemun'].entries()) await fields.nth(i).fill(text)
    await dialog.getByRole('button', { name: 'Publish' }).click()
    await dialog.waitFor({ state: 'detached' })
    await asking.page.getByText('Keemun').first().waitFor()
    await asking.see('poll')
    await asking.end()
    const voting = await visit(browser, world, ben as Person)
    await voting.go('/explore/')
    await voting.page.getByText('Keemun').first().waitFor()
    const [answer] = await Promise.all([
      voting.page.waitForResponse((response) => response.url().includes('/poll/vote/')),
      voting.page.locator('[class*=poll-object-choices-vote]').first().click(),
    ])
    expect(answer.status()).toBe(204)
    await voting.see('poll voted')
    await voting.end()
  })

  test('comments, reacts, and is answered', async () => {
    const { body } = await world.alice.get('/feed/explore/?limit=1')
    const id = (await world.alice.post('/post/', { text: 'What is in your pot?' })).body.id
    expect(body.count).toBeGreaterThan(0)
    const { page, see, go, write, end } = await visit(browser, world, ben as Person)
    await go(`/post/${id}/`)
    await page.locator('.SCEditor-content').first().click()
    await write('Oolong, since Monday')
    await page.getByRole('button', { name: 'Reply' }).first().click()
    await page.getByText('Oolong, since Monday').first().waitFor()
    await see('comment')
    const comments = await world.alice.get(`/comment/?post=${id}`)
    expect(comments.body.results.map((each: { author: { username: string } }) => each.author.username)).toEqual(['ben'])
    const voted = page.waitForResponse(
      (response) => /\/post\/\d+\/vote\//.test(response.url()) && response.request().method() === 'POST',
    )
    await page.locator('.SCVoteButton-root').first().click()
    expect((await voted).status()).toBeLessThan(300)
    expect((await world.bob.get(`/post/${id}/`)).body.vote_count).toBe(1)
    await see('voted')
    await end()
  })

  test('scrolls on through three pages', async () => {
    const { page, go, see, end } = await visit(browser, world, ben as Person)
    await go('/explore/')
    const asked = new Set<string>()
    page.on('request', (request) => {
      if (request.url().includes('/feed/explore/')) asked.add(new URL(request.url()).searchParams.get('offset') ?? '0')
    })
    await page.getByText('Leaf number').first().waitFor()
    for (let i = 0; i < 60 && asked.size < 3; i++) {
      await page.mouse.wheel(0, 1500)
      await page.waitForTimeout(150)
    }
    expect([...asked]).toEqual(['0', '10', '20'])
    await see('scrolled')
    await end()
  })
})

/** Pages that everybody comes to, by their address and what is to be seen there. */
const pages: [name: string, path: () => string, text: string | RegExp][] = [
  ['category', () => '/category/1/black-tea/', 'Black tea'],
  ['categories', () => '/categories/', 'Herbs'],
  ['profile', () => `/user/${world.alice.id}/`, '@alice'],
  ['nothing', () => '/no/such/page/', 'There is nothing here'],
]
const ofMembers: typeof pages = [
  ['own profile', () => `/user/${(ann as Person).id}/`, '@ann'],
  ['settings', () => `/user/${(ann as Person).id}/edit/`, 'Settings'],
  ['members', () => '/members/', 'ben'],
  ['search', () => '/search/?q=herbs', 'Herbs'],
  ['messages', () => '/messages/', /message/i],
  ['followed', () => `/user/${(ann as Person).id}/posts/followed/`, /./],
]

describe.each(['friendship', 'follow'])('in the mode of %s', (mode) => {
  beforeAll(() => world.set({ follow_enabled: mode === 'follow' }))
  afterAll(() => world.set({ follow_enabled: false }))

  describe.each(['desktop', 'phone'] as Screen[])('on a %s', (screen) => {
    test('a visitor sees what there is, and the way in', async () => {
      const { page, go, see, end } = await visit(browser, world, null, screen)
      await go('/')
      // A poll that was asked above fills the screen of a phone.
      await page.getByText('Leaf number').or(page.getByText('Which one?')).first().waitFor()
      await see(`${mode} visitor home`)
      for (const [name, path, text] of pages) {
        await go(path())
        await page.getByText(text).first().waitFor()
        await see(`${mode} visitor ${name}`)
      }
      await go('/members/')
      await page.locator('main').getByRole('link', { name: 'Sign in' }).click()
      await page.waitForURL(/\/signin\?next=/)
      await end()
    })

    test('a member walks through every page', async () => {
      const { page, go, see, end } = await visit(browser, world, ann as Person, screen)
      await page.getByText('Leaf number').or(page.getByText('harvest')).first().waitFor()
      await see(`${mode} home`)
      for (const [name, path, text] of [...pages, ...ofMembers]) {
        await go(path())
        await page.locator('main').getByText(text).first().waitFor()
        await page.waitForLoadState('networkidle')
        await see(`${mode} ${name}`)
      }
      await end()
    })
  })
})

describe('two members', () => {
  test('meet: one asks, the other rejects, and then accepts', async () => {
    const [one, two] = [await world.join('ida', { password }), await world.join('joe', { password })]
    const [ida, joe] = [await visit(browser, world, one), await visit(browser, world, two)]
    await joe.go(`/user/${one.id}/`)
    await joe.page.locator('main').getByRole('button', { name: 'Connect' }).first().waitFor()
    await ida.go(`/user/${two.id}/`)
    await ida.page.locator('main').getByRole('button', { name: 'Connect' }).first().click()
    await ida.page.locator('main').getByRole('button', { name: 'Cancel' }).first().waitFor()
    // A server that tells open pages what happens needs nobody to load one again.
    if ((await two.get('/notification/')).status === 404) await joe.page.reload()
    await joe.page.locator('main').getByRole('button', { name: 'Accept' }).first().waitFor()
    await joe.see('asked')
    await joe.go(`/user/${two.id}/connections/requests/`)
    await joe.page.getByText('ida').first().waitFor()
    await joe.see('requests')
    await joe.page.getByRole('button', { name: 'Reject' }).click()
    await joe.page.getByText('Nobody yet.').waitFor()
    await two.post(`/user/${one.id}/connection/cancel_reject/`)
    await joe.go(`/user/${two.id}/connections/requests/`)
    await joe.page.locator('main').getByRole('button', { name: 'Accept' }).click()
    await expect
      .poll(async () => (await one.get(`/user/${two.id}/connection_status/`)).body.connection_status)
      .toBe('connected')
    await joe.page.getByRole('button', { name: 'Reject' }).waitFor({ state: 'detached' })
    await joe.see('accepted')
    await ida.go(`/user/${one.id}/connections/`)
    await ida.page.getByText('joe').first().waitFor()
    await ida.see('connections')
    await Promise.all([ida.end(), joe.end()])
  })

  test('are told of each other without loading a page again: the bell, a message, a block', async () => {
    const [one, two] = [await world.join('kim', { password }), await world.join('leo', { password })]
    const mona = await world.join('maud', { role: 'moderator' })
    const { id } = (await one.post('/post/', { text: 'What grows on your balcony?' })).body
    const { page, go, see, forgive, end } = await visit(browser, world, one)
    // A first sign of life comes back: it listens.
    const [socket] = await Promise.all([page.waitForEvent('websocket'), page.reload()])
    await socket.waitForEvent('framereceived')
    // What shows that no page is loaded again.
    await page.evaluate('globalThis.stays = true')
    const count = page.locator('.SCNavigationToolbar-notification .MuiBadge-badge:not(.MuiBadge-invisible)')
    const bell = async () => Number((await count.allInnerTexts())[0] ?? 0)
    const rings = (count: number) => expect.poll(bell, { timeout: 20_000 }).toBe(count)
    expect(await bell()).toBe(0)
    await two.post('/comment/', { post: id, text: 'Basil.' })
    await rings(1)
    await page.getByText('commented').first().waitFor()
    await see('told of a comment')
    await two.post('/post/', { text: `<p>Ask <mention id="${one.id}">@kim</mention></p>` })
    await rings(2)
    await two.post(`/user/${one.id}/connection/request/`)
    await rings(3)
    await one.post(`/user/${two.id}/connection/accept/`)
    await two.post('/pm/', { recipients: [one.id], message: 'Have you tried thyme?' })
    await page.getByText('Have you tried thyme?').first().waitFor()
    await see('told of a message')
    expect(await page.evaluate('globalThis.stays')).toBe(true)

    await go(`/messages/${two.id}/`)
    await page.evaluate('globalThis.stays = true')
    await page.getByText('Have you tried thyme?').first().waitFor()
    await two.post('/pm/', { recipients: [one.id], message: 'Or sage?' })
    await page.getByText('Or sage?').first().waitFor()
    // What the application asks for from here on is refused; so is a socket.
    forgive(/^40[13] |status code 40[13]|\/ws\/notify/)
    expect((await mona.patch(`/moderation/user/${one.id}/`, { status: 'b', days_blocked: 2 })).status).toBe(204)
    await page
      .getByText(/account.* blocked/i)
      .first()
      .waitFor()
    await see('told of a block')
    expect(await page.evaluate('globalThis.stays')).toBe(true)
    await end()
  })

  test('write to each other', async () => {
    const { page, go, see, end } = await visit(browser, world, ann as Person)
    await ann?.post(`/user/${ben?.id}/connection/request/`)
    await ben?.post(`/user/${ann?.id}/connection/accept/`)
    await ben?.post('/pm/', { recipients: [ann?.id], message: 'Is there tea?' })
    await go(`/messages/${ben?.id}/`)
    await page.getByText('Is there tea?').first().waitFor()
    await see('messages')
    await end()
  })
})

describe('a moderator', () => {
  test('sees what is flagged in its place, and is led to the console by the menu', async () => {
    const mona = await world.join('mona', { password, role: 'moderator' })
    const { id } = (await world.bob.post('/post/', { text: 'Buy my kettles' })).body
    await ann?.post(`/post/${id}/flag/`, { flag_type: 0 })
    const { page, go, see, end } = await visit(browser, world, mona)
    await go(`/post/${id}/`)
    await page.getByText('Buy my kettles').first().waitFor()
    await page.locator('[class*=ContributionActionsMenu] button').first().click()
    await page.getByRole('menuitem').first().waitFor()
    await page.waitForLoadState('networkidle')
    await see('moderator post')
    await page.keyboard.press('Escape')
    await page.locator('[class*=NavigationSettingsIconButton]').last().click()
    const opened = page.waitForEvent('popup')
    await page.getByText('Moderation').first().click()
    expect((await opened).url()).toBe(`${world.url}/console/moderation/flags/`)
    await see('moderator menu')
    await end()
  })
})

describe('a session', () => {
  test('ends where it is ended: at the menu of the application, or at the pages of Kith', async () => {
    const { page, go, see, end } = await visit(browser, world, ann as Person)
    await page.getByLabel('Profile').waitFor()
    await page.locator('[class*=NavigationSettingsIconButton]').last().click()
    await page.getByText('Logout').or(page.getByText('Log out')).click()
    await page.waitForURL(`${world.url}/`)
    await page.getByText('Login').waitFor()
    expect(await page.evaluate('localStorage.length')).toBe(0)
    await see('signed out')
    await go('/signin')
    await page.locator('input[name=account]').fill('ann')
    await page.locator('input[name=password]').fill(password)
    await page.locator('main button').click()
    await page.getByLabel('Profile').waitFor()
    await go('/signout')
    await page.locator('main button').click()
    await page.getByText('Login').waitFor()
    expect(await page.evaluate('localStorage.length')).toBe(0)
    await end()
  })

  test('goes on with another token when one has ended', async () => {
    const { page, go, see, forgive, end } = await visit(browser, world, ben as Person)
    await page.getByLabel('Profile').waitFor()
    // Each is asked again with the token that follows.
    forgive(/^401 |status code 401/)
    world.pass(11 * 3_600_000)
    await page.locator('[aria-label=Explore]').click()
    await page.getByText('Leaf number').first().waitFor()
    await page.getByText('Create content...').waitFor()
    await go('/')
    await page.getByLabel('Profile').waitFor()
    await see('renewed')
    await end()
  })
})
