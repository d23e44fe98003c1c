import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildConsole, folder } from '../../console/build.ts'
import { password } from '../oauth/support.ts'
import { openBrowser } from '../support/browser.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { openChromium, seriousFaults } from './look.ts'

/** Where pictures of the pages go; git ignores it. */
const pictures = join(import.meta.dirname, 'screenshots')
mkdirSync(pictures, { recursive: true })

const screens = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
}
type Screen = keyof typeof screens

let browser: Browser
let world: World
let root: Person
/** Signed in: an administrator at a desk by day, and on a phone by night; a moderator at a desk. */
const at = {} as Record<'desk' | 'phone' | 'mona', { context: BrowserContext; page: Page; faults: string[] }>

/** Signs somebody in; whatever the console complains of, or asks of another server, is a failure. */
async function open(username: string, screen: Screen, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({ ...screens[screen], colorScheme, baseURL: world.url })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of [45]\d\d/.test(message.text())) faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(world.url) && !request.url().startsWith('blob:')) faults.push(`asks ${request.url()}`)
  })
  await page.goto('/signin?next=/console/members')
  await page.locator('input[name=account]').fill(username)
  await page.locator('input[name=password]').fill(password)
  await page.locator('input[name=password]').press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Members' }).waitFor()
  return { context, page, faults }
}

/** A picture in both lights, and all that a page is held to. */
async function see({ page, faults }: (typeof at)['desk'], name: string) {
  for (const light of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: light })
    const { width = 0 } = page.viewportSize() ?? {}
    const screen = width < 500 ? 'phone' : 'desktop'
    await page.waitForTimeout(60)
    await page.screenshot({ path: join(pictures, `console-${name}-${screen}-${light}.png`), fullPage: true })
  }
  // What a page is made of is the same on a phone: axe looks there at those that are laid out anew.
  if ((page.viewportSize()?.width ?? 0) > 500 || ['member', 'circle'].includes(name)) {
    expect([name, await seriousFaults(page)]).toEqual([name, []])
  }
  expect([name, await page.evaluate('document.documentElement.scrollWidth > innerWidth')]).toEqual([name, false])
  expect([name, faults]).toEqual([name, []])
}

/** Everybody who is looked at below. */
async function populate() {
  const { admin, alice, bob, carla } = world
  await world.set({ application_name: 'Tea & gardens' })
  const olga = await world.join('olga', { real_name: 'Ольга Чайковская' })
  const omid = await world.join('omid', { real_name: 'امید (Omid)' })
  await world.join('longname', { real_name: `Wolfeschlegelsteinhausenbergerdorff${'x'.repeat(200)}` })
  for (const [one, other] of [
    [alice, bob],
    [bob, carla],
    [carla, olga],
    [olga, alice],
    [olga, bob],
  ] as const) {
    await ok(one.post(`/user/${other.id}/connection/request/`))
    await ok(other.post(`/user/${one.id}/connection/accept/`))
  }
  await ok(omid.post(`/user/${olga.id}/connection/request/`))
  await ok(carla.post(`/user/${omid.id}/connection/request/`))
  for (const [name, slogan] of [
    ['Black tea', 'Everything that is dark in the cup'],
    ['چای سبز', ''],
    ['Tools & sheds', 'What grows beside it'],
  ])
    await ok(admin.post('/category/', { name, slogan }))
  await ok(olga.post('/status/', { text: 'Сад цветёт, а чай уже готов.' }))
  const { id: post } = (await ok(bob.post('/post/', { text: `Buy <b>my</b> tea. ${'Really. '.repeat(80)}` }))).body
  await ok(alice.post(`/post/${post}/flag/`, { flag_type: 0 }))
  await ok(carla.post(`/post/${post}/flag/`, { flag_type: 0 }))
  const { id: comment } = (await ok(omid.post('/comment/', { post, text: 'این چای بد است' }))).body
  await ok(alice.post(`/comment/${comment}/flag/`, { flag_type: 1 }))
  const html_body = `<h2>What we keep</h2>${'<p>Your name and what you write here. Nobody buys it.</p>'.repeat(6)}`
  await ok(
    admin.post('/legal_page/', { policy: 'privacy', title: 'Privacy', html_summary: '<p>Little.</p>', html_body }),
  )
  await world.set({ users_approval_enabled: true, signup_email_confirmation: false })
  const newcomer = openBrowser(world)
  const page = await newcomer.get('/signup')
  expect(
    (await newcomer.send('/signup', page, { username: 'quinn', email: 'quinn@example.org', password })).status,
  ).toBe(200)
}

beforeAll(async () => {
  await buildConsole()
  ;[browser, world] = await Promise.all([openChromium(), createWorld({ console: { folder, ready: async () => null } })])
  root = await world.join('root', { role: 'admin', password })
  await world.join('mona', { role: 'moderator', password })
  await populate()
  at.desk = await open('root', 'desktop', 'light')
  at.phone = await open('root', 'phone', 'dark')
  at.mona = await open('mona', 'desktop', 'light')
})
afterAll(async () => {
  await browser?.close()
  await world?.end()
})

const dialog = (page: Page) => page.locator('dialog[open]')
const says = (page: Page, text: string | RegExp) => page.locator('.toast', { hasText: text }).first().waitFor()

test('who waits is let in, and a member is found by a part of a name in another script', async () => {
  const { page } = at.desk
  await page.getByRole('button', { name: 'Let in quinn' }).waitFor()
  await see(at.desk, 'members')
  await at.phone.page.reload()
  await at.phone.page.getByRole('button', { name: 'Let in quinn' }).waitFor()
  await see(at.phone, 'members')
  await page.getByRole('button', { name: 'Let in quinn' }).click()
  await says(page, 'quinn is a member now.')
  await page.getByRole('searchbox', { name: 'Search' }).fill('чайк')
  await page.getByRole('cell').filter({ hasText: 'Active' }).first().waitFor()
  await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  await page.getByRole('link', { name: 'olga' }).click()
  await page.getByRole('heading', { level: 1, name: 'olga' }).waitFor()
  await page.getByText('was accepted by').first().waitFor()
  await page.getByText('Сад цветёт').waitFor()
  await see(at.desk, 'member')
  await at.phone.page.goto(page.url())
  await at.phone.page.getByText('Сад цветёт').waitFor()
  await see(at.phone, 'member')
})

test('a member is blocked for some days and unblocked, gets a role, and is deleted by name only', async () => {
  const { page } = at.desk
  await page.getByRole('button', { name: 'Block' }).click()
  await dialog(page).getByLabel('For how many days').fill('3')
  await dialog(page).getByRole('button', { name: 'Block', exact: true }).click()
  await says(page, 'olga is blocked for 3 days.')
  await page.getByText('Blocked', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Unblock' }).click()
  await dialog(page).getByRole('button', { name: 'Unblock' }).click()
  await says(page, 'olga is not blocked any more.')

  await page.getByRole('button', { name: 'Change role' }).click()
  await dialog(page).getByLabel('Role').selectOption('editor')
  await dialog(page).getByRole('button', { name: 'Give this role' }).click()
  await says(page, 'olga is editor now.')
  await page.getByText('PUT /api/v2/user/{id}/role/').waitFor()

  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await dialog(page).getByLabel('Type olga to confirm').fill('bob')
  await dialog(page).getByRole('button', { name: 'Delete this member' }).click()
  await dialog(page).getByRole('alert').waitFor()
  await see(at.desk, 'member-delete')
  await page.keyboard.press('Escape')
  await expect.poll(() => dialog(page).count()).toBe(0)
  // Nobody locks themselves out.
  await page.goto(`/console/members/${root.id}`)
  await page.getByText('This is you.').waitFor()
  expect(await page.getByRole('button', { name: 'Block' }).count()).toBe(0)
})

test('a moderator sees members, what was flagged and what is proposed, and nothing else; collapses, and takes it back', async () => {
  const { page } = at.mona
  await page.goto('/console/moderation')
  await page.getByRole('heading', { level: 1, name: 'Moderation' }).waitFor()
  expect(await page.locator('#navigation a').allTextContents()).toEqual(['Members', 'Moderation', 'Proposals'])
  const post = page.locator('.case', { hasText: 'Buy my tea' })
  await post.getByText('2 × spam').waitFor()
  await see(at.mona, 'moderation')
  await post.getByRole('button', { name: '2 flags' }).click()
  await dialog(page).getByRole('link', { name: 'carla' }).waitFor()
  await page.keyboard.press('Escape')
  await post.getByRole('button', { name: 'Collapse' }).click()
  await dialog(page).getByRole('button', { name: 'Collapse' }).click()
  await says(page, 'It is collapsed.')
  await page.getByLabel('Decided').selectOption('hidden')
  await post.getByText(/Collapsed by mona/).waitFor()
  await post.getByRole('button', { name: 'Show again' }).click()
  await says(page, 'It is shown again.')
  await page.getByText('Nothing fits').waitFor()
  await at.phone.page.goto('/console/moderation')
  await at.phone.page.locator('.case').first().waitFor()
  await see(at.phone, 'moderation')
})

test('what switching the mode does is said in numbers before it is done', async () => {
  for (const each of [at.desk, at.phone]) {
    await each.page.goto('/console/options')
    await each.page.getByRole('button', { name: 'Switch to following …' }).waitFor()
    await see(each, 'options')
  }
  const { page } = at.desk
  await page.getByRole('button', { name: 'Switch to following …' }).click()
  await dialog(page).getByText('5 friendships sleep').waitFor()
  await dialog(page).getByText('2 open requests wait').waitFor()
  await see(at.desk, 'mode')
  await dialog(page).getByRole('button', { name: 'Switch to following' }).click()
  await says(page, 'Members follow each other now.')
  await page.getByRole('button', { name: 'Switch to friendship …' }).click()
  await dialog(page).getByText('5 friendships of before are in effect at once').waitFor()
  await dialog(page).getByRole('button', { name: 'Switch to friendship' }).click()
  await says(page, 'Members connect by friendship now.')
  await page.getByRole('searchbox', { name: 'Search' }).fill('requests a member may send')
  await page.getByRole('button', { name: 'Change connection_request_daily_quota' }).click()
  await dialog(page).getByLabel('Value').fill('7')
  await dialog(page).getByRole('button', { name: 'Save' }).click()
  await says(page, 'connection_request_daily_quota is changed.')
  await page.getByText('7', { exact: true }).waitFor()
})

test('an app is made and its secret shown once; categories are ordered, texts published', async () => {
  const { page } = at.desk
  await page.goto('/console/apps')
  await page.getByRole('button', { name: 'New app' }).click()
  await dialog(page).getByLabel('Name').fill('Tea shop')
  await dialog(page).getByRole('button', { name: 'Create' }).click()
  await dialog(page).getByText('Name where members are sent back to.').waitFor()
  await dialog(page).getByLabel('Redirect addresses').fill('https://shop.example/callback')
  await dialog(page).getByRole('button', { name: 'Create' }).click()
  await dialog(page).getByText('Client secret').waitFor()
  await dialog(page).getByRole('button', { name: 'I have kept it' }).click()
  await page.getByText('https://shop.example/callback').waitFor()

  await page.goto('/console/categories')
  await page.getByRole('button', { name: 'Move چای سبز up' }).click()
  await says(page, 'چای سبز is number 2 now.')
  await expect
    .poll(() => page.locator('tbody th').allTextContents())
    .toEqual([
      expect.stringContaining('Black tea'),
      expect.stringContaining('چای سبز'),
      expect.stringContaining('Tools & sheds'),
    ])
  await page.goto('/console/legal')
  await page.getByRole('button', { name: /Write it.*Cookies/ }).click()
  await dialog(page).getByLabel('The whole of it').fill('<p>None.</p>')
  await dialog(page).getByRole('button', { name: 'Publish' }).click()
  await says(page, 'The revision is published.')
  await page.goto('/console/custom-pages')
  await page.getByText('There are none yet.').waitFor()
  for (const title of ['درباره ما', 'House rules']) {
    await page.getByRole('button', { name: 'New page' }).click()
    await dialog(page).getByLabel('Title').fill(title)
    await dialog(page).getByLabel('The whole of it').fill('<p>Be kind.</p>')
    await dialog(page).getByRole('button', { name: 'Create' }).click()
    await says(page, 'The page is created.')
  }
  await page.getByRole('button', { name: 'House rules' }).click()
  await dialog(page).getByLabel('Name in addresses').fill('House Rules')
  await dialog(page).getByRole('button', { name: 'Save' }).click()
  await dialog(page).getByText('Use small letters without accents, digits, - and _; not digits alone.').waitFor()
  await dialog(page).getByLabel('Name in addresses').fill('rules')
  await dialog(page).getByRole('button', { name: 'Save' }).click()
  await says(page, 'The page is changed.')
  expect((await world.visitor.get('/custom_page/rules/')).body).toMatchObject({ title: 'House rules' })
  for (const name of ['apps', 'categories', 'custom-pages', 'legal', 'menus'])
    for (const each of [at.desk, at.phone]) {
      await each.page.goto(`/console/${name}`)
      await each.page.locator('tbody tr').first().waitFor()
      await see(each, name)
    }
})

test('proposals of categories are approved by administrators, and turned down and taken up again by moderators', async () => {
  const { alice, bob } = world
  await world.set({ incubator_enabled: true, incubator_subscribers: 1 })
  const propose = async (name: string) => (await ok(alice.post('/incubator/', { name, slogan: 'For all' }))).body.id
  const owls = await propose('Owls')
  await propose('پرندگان')
  await ok(bob.post(`/incubator/${owls}/subscribe/`))
  const { page } = at.desk
  await page.goto('/console/proposals')
  await page.getByText('1 of 1').waitFor()
  await see(at.desk, 'proposals')
  await page.getByRole('button', { name: 'Approve Owls' }).click()
  await dialog(page).getByRole('button', { name: 'Make it a category' }).click()
  await says(page, 'Owls is a category now.')
  expect((await ok(alice.get('/category/search/?search=owls'))).body.results).toMatchObject([{ name: 'Owls' }])
  await at.mona.page.goto('/console/proposals')
  await at.mona.page.getByRole('button', { name: 'Turn down پرندگان' }).click()
  await says(at.mona.page, 'پرندگان is turned down.')
  expect((await ok(bob.get('/incubator/'))).body.results).toMatchObject([{ name: 'Owls', status: 2 }])
  await at.mona.page.getByRole('button', { name: 'Take up again پرندگان' }).click()
  await says(at.mona.page, 'پرندگان is taken up again.')
  await at.phone.page.goto('/console/proposals')
  await at.phone.page.locator('tbody tr').first().waitFor()
  await see(at.phone, 'proposals')
  await world.set({ incubator_enabled: false })
})

test('the circle of a member is drawn, and walked by the keyboard', async () => {
  const { page } = at.desk
  await page.goto(`/console/graph/${world.alice.id}`)
  await page.getByRole('heading', { level: 1, name: 'Circle of alice' }).waitFor()
  const beside = page.locator('.beside')
  await beside.getByRole('heading', { name: 'alice' }).waitFor()
  await page.locator('.laying').waitFor({ state: 'detached' })
  await page.locator('canvas').focus()
  for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown']) await page.keyboard.press(key)
  await expect.poll(() => beside.getByRole('heading', { level: 2 }).textContent()).not.toBe('alice')
  await see(at.desk, 'circle')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 2, name: 'Who they are' }).waitFor()
  await at.phone.page.goto(`/console/graph/${world.alice.id}`)
  await at.phone.page.locator('.laying').waitFor({ state: 'detached' })
  await see(at.phone, 'circle')
})

/** Moves and zooms the picture in each frame for so long, and counts the frames. */
const moving = (ms: number) => `new Promise((resolve) => {
  const canvas = document.querySelector('canvas')
  const { left, top, width, height } = canvas.getBoundingClientRect()
  const begun = performance.now()
  let frames = 0
  const frame = () => {
    const passed = performance.now() - begun
    if (passed >= ${ms}) return resolve(frames / (passed / 1000))
    frames++
    canvas.dispatchEvent(new WheelEvent('wheel', {
      deltaY: passed < ${ms / 2} ? -10 : 10, clientX: left + width * (0.3 + 0.4 * passed / ${ms}), clientY: top + height / 2,
      bubbles: true, cancelable: true,
    }))
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
})`

test('a community of five thousand with fifty thousand connections is drawn, and moves without stumbling', async () => {
  await world.db.query(`insert into users (username, real_name, date_joined)
    select 'crowd' || i, 'Member ' || i, now() from generate_series(1, 5000) i`)
  // Forty groups; most know others of their own group, and some of another.
  await world.db.query(`with c as (select id, row_number() over (order by id) - 1 as n from users where username like 'crowd%'),
    drawn as (select n as a, case when k < 12 then (n % 40) + 40 * ((n / 40 + k * 7 + k * k) % 125) else (n * 31 + 977) % 5000 end as b
      from c, generate_series(0, 13) k),
    edge as (select distinct least(a, b) as a, greatest(a, b) as b from drawn where a <> b),
    pair as (select x.id as a, y.id as b, nextval('relation_place') as place from edge join c x on x.n = edge.a join c y on y.n = edge.b limit 50000),
    rows as (select a, b, place, true as asked from pair union all select b, a, place, false from pair),
    made as (insert into relation (member_id, other_id, version, state, place, request_id, asked, created)
      select a, b, 1, 4, place, place, asked, now() from rows returning member_id)
    update users u set connections = m.n from (select member_id, count(*)::int as n from made group by 1) m where u.id = m.member_id`)
  const { page } = at.desk
  await page.goto('/console/graph')
  await page.getByLabel('How many').selectOption('5000')
  await page.getByRole('application', { name: /^5,000 members and 50,000/ }).waitFor()
  await page.getByText(/Laying out … [1-9]/).waitFor()
  // It can be moved while it is laid out: that is done beside the page.
  const meanwhile = (await page.evaluate(moving(1_000))) as number
  await page.locator('.laying').waitFor({ state: 'detached', timeout: 40_000 })
  const then = (await page.evaluate(moving(2_000))) as number
  await page.getByRole('button', { name: 'Fit' }).click()
  await page.waitForTimeout(3_000)
  await see(at.desk, 'graph')
  const drawn = await page.locator('canvas').getAttribute('aria-label')
  console.log(`${drawn}: ${meanwhile.toFixed(1)} frames a second while it is laid out, ${then.toFixed(1)} then`)
  expect(drawn).toMatch(/^5,000 members/)
  expect(then).toBeGreaterThan(15)
  await page.getByRole('searchbox', { name: 'Find a member' }).fill('member 4321')
  await page.locator('.people button', { hasText: 'Member 4321' }).click()
  await page.locator('.beside').getByRole('heading', { name: 'Member 4321' }).waitFor()
  await page.waitForTimeout(1_500)
  await see(at.desk, 'graph-member')
})

test('no page complained', () => {
  for (const { faults } of Object.values(at)) expect(faults).toEqual([])
})
