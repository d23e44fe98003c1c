import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Person, World } from '../support/world.ts'

/** Where pictures of the application go; git ignores it. */
const folder = join(import.meta.dirname, 'screenshots')
mkdirSync(folder, { recursive: true })

/** What `npm run web` has built. */
export const built = join(import.meta.dirname, '../../web/built')

export const password = 'Correct horse 1'

const screens = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
} satisfies Record<string, BrowserContextOptions>

export type Screen = keyof typeof screens

/** Somebody in front of the application, and what goes wrong meanwhile. */
export type Visit = {
  page: Page
  go(path: string): Promise<void>
  /** Looks at the page there is: a picture of it, no wider than the screen, and nothing that went wrong since. */
  see(name: string): Promise<void>
  /** Writes into the editor that is open, and whom is mentioned by the first that is offered. */
  write(text: string): Promise<void>
  /** From here on this is no fault. */
  forgive(what: RegExp): void
  end(): Promise<void>
}

/**
 * What may go wrong. Live notifications and lists of them are answered 404 by a server that has none; the packages warn
 * of their own habits.
 */
const excused = [/ERR_ABORTED/, /Failed to load resource/, /%c\[@selfcommunity/]
const withoutNotifications = [
  /^404 \w+ \/api\/v2\/notification\//,
  /\/ws\/notify/,
  /Request failed with status code 404/,
]

/** Opens the application as somebody sees it. @param who signs in at Kith's own page; null is a visitor */
export async function visit(
  browser: Browser,
  world: World,
  who: Person | null,
  screen: Screen = 'desktop',
): Promise<Visit> {
  const context = await browser.newContext({ ...screens[screen], locale: 'en-GB', baseURL: world.url })
  const page = await context.newPage()
  page.setDefaultTimeout(45_000)
  const faults: string[] = []
  const { status } = await world.admin.get('/notification/')
  const allowed = [...excused, ...(status === 404 ? withoutNotifications : [])]
  const fault = (text: string) => {
    if (!allowed.some((each) => each.test(text))) faults.push(text.slice(0, 500))
  }
  const pathOf = (url: string) => url.replace(world.url, '')
  page.on('console', (message) => {
    if (message.type() === 'error') fault(message.text())
  })
  page.on('pageerror', (error) => fault(error.message))
  page.on('response', (response) => {
    if (response.status() >= 400) fault(`${response.status()} ${response.request().method()} ${pathOf(response.url())}`)
  })
  page.on('requestfailed', (request) => fault(`${request.failure()?.errorText} ${pathOf(request.url())}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(world.url) && !/^(?:data|blob):/.test(request.url())) fault(`asks ${request.url()}`)
  })
  if (who) {
    await page.goto('/signin')
    await page.locator('input[name=account]').fill(who.username)
    await page.locator('input[name=password]').fill(password)
    await page.locator('main button').click()
    await page.waitForURL(`${world.url}/`)
    await page
      .getByLabel(screen === 'phone' ? 'logo' : 'Profile')
      .first()
      .waitFor({ state: 'attached' })
      .catch(() => {})
  }
  return {
    page,
    go: async (path) => void (await page.goto(path)),
    async see(name) {
      await page.screenshot({ path: join(folder, `${name} ${screen}.png`.replaceAll(' ', '-')) })
      const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
      expect([name, screen, wide, faults]).toEqual([name, screen, false, []])
    },
    async write(text) {
      for (const [i, part] of text.split(/(@\w+)/).entries()) {
        await page.keyboard.type(part)
        if (i % 2 === 0) continue
        await page.locator('.SCEditor-mention-plugin-root').getByText(part.slice(1)).first().waitFor()
        await page.keyboard.press('Enter')
      }
    },
    forgive: (what) => void allowed.push(what),
    end: () => context.close(),
  }
}
