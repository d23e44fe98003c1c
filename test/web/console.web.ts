import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildConsole } from '../../console/build.ts'
import { verify } from '../../packages/verify/src/index.ts'
import { continueRecovery } from '../../src/webhooks/continue-recovery.ts'
import { password } from '../oauth/support.ts'
import { type Delivering, deliver } from '../support/delivery.ts'
import { type Inbox, openInbox, type Received } from '../support/inbox.ts'
import { createWorld, type World } from '../support/world.ts'
import { lookAt, openChromium } from './look.ts'

const verifyPackage = new URL('../../packages/verify/src/index.ts', import.meta.url).href

let browser: Browser
let world: World
let engine: Delivering
let inbox: Inbox
let folder: string

/** What members wrote to be trouble: a name in another script, one without an end, one that is markup. */
const names = { omid: 'امید (Omid)', longname: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(6), markup: '<b>Bold</b>' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kith-console-'))
  ;[browser, world, inbox] = await Promise.all([
    openChromium(),
    createWorld({ console: { folder, ready: async () => null } }),
    openInbox(),
    buildConsole(folder),
  ])
  engine = await deliver(world, { recover: (db, endpoint, now) => continueRecovery(db, endpoint, 100, now) })
  await world.join('boss', { password, role: 'admin' })
})
afterAll(async () => {
  await browser?.close()
  await engine?.stop()
  await inbox?.close()
  await world?.end()
  await rm(folder, { recursive: true, force: true })
})

async function signIn(page: Page): Promise<void> {
  page.setDefaultTimeout(20_000)
  await page.goto('/console/')
  await page.getByLabel('Username').fill('boss')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
}

const status = (page: Page) => page.locator('.note.state')
const toast = (page: Page) => page.locator('.toast').last()

test('an administrator signs in, makes an endpoint, sees a friendship arrive, learns why one failed, and sends it again', async () => {
  const { page, see, end } = await lookAt(browser, world, 'desktop light en')
  await signIn(page)
  expect(await page.getByText('New members').count()).toBe(0)
  await page.getByRole('link', { name: 'Webhooks', exact: true }).click()
  await page.getByText('Nobody is told what happens yet').waitFor()
  await page.getByRole('link', { name: 'New endpoint' }).click()
  await page.getByRole('button', { name: 'Create endpoint' }).waitFor()
  await page.getByLabel('Target').fill('http://10.0.0.1/hook')
  await page.getByLabel('Description').fill('The shop')
  await page.getByRole('button', { name: 'Create endpoint' }).click()
  await page.getByText('Choose the events it is to receive.').first().waitFor()
  await page.getByRole('button', { name: 'Check whether' }).click()
  await page.getByText('It cannot be reached').waitFor()
  await page.getByLabel('Target').fill(inbox.url)
  await page.getByRole('button', { name: 'Check whether' }).click()
  await page.getByText('takes connections').waitFor()
  await page.getByLabel('Search events').fill('connection')
  await page.getByRole('checkbox', { name: 'Connection', exact: true }).check()
  await see('console new endpoint')
  await page.getByRole('button', { name: 'Create endpoint' }).click()
  await page.getByRole('heading', { level: 1, name: 'The shop' }).waitFor()
  await page.getByText('Nothing was sent yet', { exact: true }).waitFor()

  // A friendship, made elsewhere, appears by itself.
  await world.alice.post(`/user/${world.bob.id}/connection/request/`)
  await world.bob.post(`/user/${world.alice.id}/connection/accept/`)
  const attempt = page.getByRole('row', { name: /connection\.created/ })
  await attempt.getByText('Delivered, 204').waitFor()
  await page.getByText('Working').waitFor()
  expect(inbox.types()).toEqual(['connection.created'])

  // The receiver falls ill, and the console says of what.
  inbox.answering = (_request, response) => response.writeHead(500).end('{"error":"The disk is full"}')
  await world.bob.post(`/user/${world.alice.id}/connection/remove/`)
  // It may be tried again meanwhile.
  const failed = page.getByRole('row', { name: /connection\.deleted/ }).first()
  await failed.getByText('Answered 500').waitFor()
  await expect.poll(() => status(page).textContent(), { timeout: 10_000 }).toMatch(/^Failing/)
  expect(await status(page).textContent()).toContain('The disk is full')
  expect(await status(page).textContent()).toContain('Something fails in the receiver: its log says what.')
  await failed.getByRole('button', { name: /connection\.deleted/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('“{"error":"The disk is full"}”').waitFor()
  await dialog.getByText(/^\d[\d,]* ms$/).waitFor()
  const head = dialog.getByRole('region', { name: 'head of the request' })
  const { headers, path } = inbox.received.find(({ event }) => event.type === 'connection.deleted') as Received
  expect(await head.textContent()).toContain(`POST ${path} HTTP/1.1`)
  for (const name of ['host', 'user-agent', 'selfcommunity-signature', 'content-length'])
    expect(await head.textContent()).toContain(`${name}: ${headers[name]}`)
  await see('console attempt')
  await page.keyboard.press('Escape')
  expect(await page.evaluate('document.activeElement.textContent')).toContain('connection.deleted')

  // It is healed, and gets what it missed.
  inbox.answering = 204
  await failed.getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Send one event again' }).click()
  await page.getByText('The event is sent again.').waitFor()
  await page
    .getByRole('row', { name: /connection\.deleted.*Delivered, 204/ })
    .first()
    .waitFor()
  await expect.poll(() => status(page).textContent(), { timeout: 10_000 }).toMatch(/^Working/)

  // All since a moment: it is work of the server, and there after the page is loaded anew.
  await page.getByRole('button', { name: 'Send all again since' }).click()
  await page.getByLabel('What').selectOption('all')
  await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
  await page.getByText('It has begun.').waitFor()
  await page.reload()
  await page.getByRole('row', { name: /Everything, whatever became of it.*Done/ }).waitFor()

  // Its secret is shown, and replaced.
  await page.getByRole('button', { name: 'Reveal' }).click()
  const secret = page.getByRole('region', { name: 'secret', exact: true })
  const before = await secret.textContent()
  await page.getByRole('button', { name: 'Rotate' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
  await expect.poll(() => toast(page).textContent()).toContain('There is a new secret')
  const after = await secret.textContent()
  expect([after?.length, after]).not.toEqual([before?.length, before])
  await page.getByRole('button', { name: 'Send a test' }).click()
  await expect.poll(() => inbox.received.at(-1)?.headers['selfcommunity-signature']).toMatch(/v1=\w{64},v1=\w{64}/)

  // Switched off it says so, and what it was is in the audit trail.
  await page.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
  await expect.poll(() => status(page).textContent()).toMatch(/^Off/)
  await page.getByRole('link', { name: 'System' }).click()
  await page.getByText('POST /api/v2/webhook/endpoint/{id}/secret/expire/').first().waitFor()
  await see('console system')
  await end()
})

test('the log is followed, narrowed and held', async () => {
  const { page, go, see, end } = await lookAt(browser, world, 'phone dark en')
  await signIn(page)
  await page.getByRole('button', { name: 'Menu' }).click()
  await see('console menu')
  await page.getByRole('link', { name: 'Events', exact: true }).click()
  await page.getByRole('link', { name: 'connection.deleted' }).waitFor()
  await world.carla.patch('/user/me/', { real_name: names.omid })
  await page
    .getByRole('row', { name: /user\.updated/ })
    .getByText('carla')
    .waitFor()
  await page.getByLabel('Member').fill('nobody at all')
  await page.getByLabel('Member').press('Enter')
  await page.getByText('There is no member called “nobody at all”').waitFor()
  await page.getByLabel('Member').fill('carla')
  await page.getByLabel('Member').press('Enter')
  await page.getByText(/of the \d+ events that are loaded name/).waitFor()
  expect(await page.getByRole('link', { name: 'connection.deleted' }).count()).toBe(0)
  await go('/console/events?type=connection.*')
  await page.getByRole('link', { name: 'connection.deleted' }).click()
  await page.getByRole('heading', { level: 1, name: 'connection.deleted' }).waitFor()
  await page.getByText('Answered 500').first().waitFor()
  expect(await page.getByRole('region', { name: 'payload' }).textContent()).toContain('"connection.deleted"')
  await see('console event')
  await go('/console/nothing')
  await page.getByText('There is no such page').waitFor()
  await end()
})

test('what is sent is drawn by outcome, and its signature is checked by the code that the page shows', async () => {
  const { page, go, see, end } = await lookAt(browser, world, 'desktop light en')
  await signIn(page)
  await page.getByText(/attempts in 30 days, of which \d+ failed/).waitFor()
  await page.locator('.uplot').nth(6).waitFor()
  await see('console overview')

  // A payload that is trouble for whoever quotes it.
  const { body: made } = await world.admin.post('/webhook/endpoint/', { target: inbox.url, events: ['user.updated'] })
  const { signing_secret } = (await world.admin.post(`/webhook/endpoint/${made.id}/secret/reveal/`)).body
  await world.carla.patch('/user/me/', { real_name: `O'Neil "$(id)" \\ \`x\` ${names.omid}` })
  const sent = () =>
    inbox.received.find(({ event }) => event.type === 'user.updated' && JSON.stringify(event).includes("O'Neil"))
  await expect.poll(sent, { timeout: 10_000 }).toBeDefined()
  await go(`/console/events/${sent()?.event.event_id}`)
  const code = page.getByRole('region', { name: 'code that checks this signature' })
  const env = { ...process.env, WEBHOOK_SECRET: signing_secret, RECEIVER: inbox.url }
  const said: Record<string, string> = {}
  for (const [language, command, ...args] of [
    ['Node.js', process.execPath, '--input-type=module', '-e'],
    ['Python', 'python3', '-c'],
    ['Shell', 'bash', '-c'],
  ] as const) {
    await page.getByRole('button', { name: language, exact: true }).click()
    const text = ((await code.textContent()) ?? '').replace("'@kith/verify'", JSON.stringify(verifyPackage))
    said[language] = (await promisify(execFile)(command, [...args, text], { env })).stdout
    if (language === 'Python')
      said.other = (
        await promisify(execFile)(command, [...args, text], { env: { ...env, WEBHOOK_SECRET: 'x' } })
      ).stdout
  }
  expect(said).toMatchObject({
    'Node.js': expect.stringContaining("type: 'user.updated'"),
    Python: 'signed\n',
    Shell: expect.stringMatching(/^signed\nHTTP\/1.1 204/),
    other: 'not signed with this secret\n',
  })
  const last = inbox.received.at(-1)
  expect(last?.body).toBe(sent()?.body)
  expect(verify(last?.body ?? '', last?.headers['selfcommunity-signature'], signing_secret).type).toBe('user.updated')
  await see('console event')
  await end()
})

/** Goes on by the tabulator until something of this name has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const focused = `(() => { const it = document.activeElement;
    return it.getAttribute('aria-label') || it.labels?.[0]?.textContent || it.textContent })()`
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    const now = String(await page.evaluate(focused)).trim()
    if (typeof name === 'string' ? now === name : name.test(now)) return
  }
  throw new Error(`Nothing called ${name} can be reached by the tabulator`)
}

test('a menu is written by the keyboard alone, and read at the foot of the site', async () => {
  const { page, see, end } = await lookAt(browser, world, 'desktop dark en')
  await signIn(page)
  await tabTo(page, 'Menus')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Menus' }).waitFor()
  await page.getByRole('button', { name: /^Edit.*foot of every page/ }).waitFor()
  await tabTo(page, /^Edit.*foot of every page/)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await tabTo(page, 'Add a link')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('label-1')
  await page.keyboard.type('چای')
  await page.keyboard.press('Tab')
  await page.keyboard.type('javascript:alert(1)')
  await page.keyboard.press('Enter')
  await page.getByText('Link 2: it leads nowhere.').waitFor()
  await see('console menu edit')
  await page.getByLabel('Leads to').nth(1).focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('/tea/')
  await page.keyboard.press('Enter')
  await page.getByText('The menu is written.').waitFor()
  const { items } = (await world.visitor.get('/custom_menu/base/')).body
  expect(items).toMatchObject([{ label: 'Categories' }, { label: 'چای', url: '/tea/' }])
  await page.getByRole('button', { name: 'Take back' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
  await page.getByText('It is as every community begins with it.').last().waitFor()
  expect((await world.visitor.get('/custom_menu/base/')).body.items).toHaveLength(1)
  await end()
})

test('in a low window all of the navigation is seen and reached, and lies under nothing', async () => {
  const { page, end } = await lookAt(browser, world, 'desktop light en')
  await page.setViewportSize({ width: 1100, height: 640 })
  await signIn(page)
  const covered = await page.evaluate(`(() => {
    const all = [...document.querySelectorAll('.side a, .side select')]
    const isReached = (one) => {
      one.scrollIntoView({ block: 'nearest' })
      const { left, top, width, height } = one.getBoundingClientRect()
      return one.contains(document.elementFromPoint(left + width / 2, top + height / 2))
    }
    return [all.length > 15, ...all.filter((one) => !isReached(one)).map((one) => one.textContent)]
  })()`)
  expect(covered).toEqual([true])
  await end()
})

test('every page is what it is for everybody, also on a phone by night', async () => {
  for (const [username, real_name] of Object.entries(names)) await world.join(username, { real_name })
  const long = { target: `https://shop.example/${'hook/'.repeat(60)}`, description: names.longname }
  for (const more of [long, { target: 'https://shop.example/', is_active: false }])
    await world.admin.post('/webhook/endpoint/', { events: ['vote.created'], ...more })
  for (const [look, pages] of [
    [
      'desktop light en',
      [
        ['webhooks', 'The shop'],
        ['webhooks/1', 'Signing secret'],
        ['events', 'Hold'],
      ],
    ],
    [
      'phone dark en',
      [
        ['', 'In the last hour'],
        ['webhooks', 'The shop'],
        ['webhooks/1', 'Signing secret'],
        ['webhooks/new', 'Search events'],
        ['events', 'Hold'],
        ['system', 'Audit trail'],
      ],
    ],
  ] as const) {
    const { page, go, see, end } = await lookAt(browser, world, look)
    await signIn(page)
    for (const [path, text] of pages) {
      await go(`/console/${path}`)
      await page.getByText(text).first().waitFor()
      await see(`console ${path.replace('/', ' ') || 'overview'}`)
    }
    await end()
  }
}, 120_000)
