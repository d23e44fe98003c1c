import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import type { World } from '../support/world.ts'
import { findChromium } from './chromium.ts'

/** Where pictures of the pages go; git ignores it. */
const folder = join(import.meta.dirname, 'screenshots')
mkdirSync(folder, { recursive: true })

export const openChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium() as string,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })

const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }
const desktop = { viewport: { width: 1280, height: 800 } }

/** Everything that people look at pages with: a screen, a light, a language. */
export const looks = {
  'phone light en': { ...phone, colorScheme: 'light', locale: 'en-GB' },
  'phone dark it': { ...phone, colorScheme: 'dark', locale: 'it-IT' },
  'desktop light en': { ...desktop, colorScheme: 'light', locale: 'en-GB' },
  'desktop dark it': { ...desktop, colorScheme: 'dark', locale: 'it-IT' },
} satisfies Record<string, BrowserContextOptions>

/** What has one language, and is looked at with a larger phone. */
export const englishLooks = {
  'desktop light en': looks['desktop light en'],
  'phone light en': { ...looks['phone light en'], viewport: { width: 390, height: 844 } },
  'desktop dark en': { ...looks['desktop dark it'], locale: 'en-GB' },
  'phone dark en': { ...looks['phone dark it'], viewport: { width: 390, height: 844 }, locale: 'en-GB' },
} satisfies Record<string, BrowserContextOptions>

export type LookName = keyof typeof looks | keyof typeof englishLooks

/** Somebody at a browser, and what goes wrong meanwhile. */
export type Looking = {
  page: Page
  go(path: string): Promise<void>
  /** Looks at the page there is: a picture of it, and all that it is held to. */
  see(name: string): Promise<void>
  end(): Promise<void>
}

/** What axe finds serious on a page, with where it is. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // There are no frames, and what is good need not be named: so axe is done in a fraction of the time.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
  const { violations } = await axe.analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`)
}

/** Opens the community as somebody sees it; whatever a page asks of another server, or complains of, is a failure. */
export async function lookAt(browser: Browser, world: World, look: LookName): Promise<Looking> {
  const context = await browser.newContext({ ...{ ...looks, ...englishLooks }[look], baseURL: world.url })
  const page = await context.newPage()
  const faults: string[] = []
  /** Answers that are refusals are said by the console, too, and are what is wanted. */
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of [45]\d\d/.test(message.text())) faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(world.url)) faults.push(`asks ${request.url()}`)
  })
  return {
    page,
    go: async (path) => void (await page.goto(path)),
    async see(name) {
      await page.screenshot({ path: join(folder, `${name} ${look}.png`.replaceAll(' ', '-')), fullPage: true })
      expect([name, look, await seriousFaults(page)]).toEqual([name, look, []])
      const { wide, language } = (await page.evaluate(
        '({wide: document.documentElement.scrollWidth > innerWidth, language: document.documentElement.lang})',
      )) as { wide: boolean; language: string }
      expect([name, look, wide]).toEqual([name, look, false])
      expect([name, language]).toEqual([name, look.slice(-2)])
      expect([name, look, faults]).toEqual([name, look, []])
    },
    end: () => context.close(),
  }
}
