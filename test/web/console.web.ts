import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsole } from '../../console/build.ts'
import { continueRecovery } from '../../src/webhooks/continue-recovery.ts'
import { password } from '../oauth/support.ts'
import { type Delivering, deliver } from '../support/delivery.ts'
import { type Inbox, openInbox } from '../support/inbox.ts'
import { createWorld, type World } from '../support/world.ts'
import { lookAt, openChromium } from './look.ts'

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
  page.setDefaultTimeout(10_000)
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
  await see('console attempt')
  await page.keyboard.press('Escape')
  expect(await page.evaluate('document.activeElement.textContent')).toContain('connection.deleted')
  await see('console failing')

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
  await see('console secret')

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

/** Both lights, both screens; the pictures of the others are for whoever changes the styles: give them here. */
describe.each(['desktop light en', 'phone dark en'] as const)('with %s', (look) => {
  test('every page is what it is for everybody', async () => {
    if (look === 'desktop light en') {
      for (const [username, real_name] of Object.entries(names)) await world.join(username, { real_name })
      const long = { target: `https://shop.example/${'hook/'.repeat(60)}`, description: names.longname }
      for (const more of [long, { target: 'https://shop.example/', is_active: false }])
        await world.admin.post('/webhook/endpoint/', { events: ['vote.created'], ...more })
    }
    const { page, go, see, end } = await lookAt(browser, world, look)
    await signIn(page)
    await page.getByText('Events a minute').waitFor()
    await page.locator('.uplot').nth(4).waitFor()
    await see('console overview')
    for (const [path, text] of [
      ['webhooks', 'The shop'],
      ['webhooks/1', 'Signing secret'],
      ['webhooks/new', 'Search events'],
      ['events', 'Hold'],
      ['system', 'Audit trail'],
    ] as const) {
      await go(`/console/${path}`)
      await page.getByText(text).first().waitFor()
      await see(`console ${path.replace('/', ' ')}`)
    }
    await end()
  })
})
