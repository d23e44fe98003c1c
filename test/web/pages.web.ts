import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeArchives } from '../../src/archives/make.ts'
import { languages } from '../../src/pages/words.ts'
import { makeApp, password } from '../oauth/support.ts'
import { collectMails, type Letter, pathIn } from '../support/mails.ts'
import { createWorld, type World } from '../support/world.ts'
import { type LookName, lookAt, looks, openChromium } from './look.ts'

let browser: Browser
/** One that has just been started, one with people in it, one that is closed to visitors, one that asks for much. */
let fresh: World
let world: World
let closed: World
let strict: World

const wordsOf = (look: LookName) => languages[look.slice(-2) as keyof typeof languages]
const names = Object.keys(looks) as (keyof typeof looks)[]
/** What everybody does is done with these. */
const thorough = ['phone dark it', 'desktop light en'] as const

async function populate(): Promise<void> {
  const { admin, alice, bob, carla } = world
  await world.set({ application_name: 'Tea & gardens', application_slogan1: 'For those who grow what they drink' })
  for (const name of ['Black tea', 'Herbs', 'چای سبز', 'Tools & sheds'])
    expect((await admin.post('/category/', { name })).status).toBe(201)
  const omid = await world.join('omid', { real_name: 'امید (Omid)' })
  await world.join('longname', { real_name: `Wolfeschlegelsteinhausenbergerdorff${'x'.repeat(200)}` })
  await world.join('markup', { real_name: '<b>Bold</b> \u{1f9d1}\u{1f3fd}\u200d\u{1f33e}' })
  const said = [
    [alice, 'Does anybody grow Camellia sinensis north of the Alps, and does it bear frost?'],
    [omid, 'چای تازه در باغ من شکوفه داد.'],
    [bob, `Look: https://example.com/${'path/'.repeat(40)}`],
    [carla, 'A long story. '.repeat(40)],
  ] as const
  for (const [who, text] of said) {
    const { status, body } = await who.post('/status/', { text })
    expect(status).toBe(201)
    if (who !== alice) await alice.post(`/status/${body.id}/vote/`)
  }
  await bob.post('/discussion/', { title: 'Which pot keeps warm the longest?', text: 'Mine does not.' })
}

/** New members agree to terms, and are let in by hand. */
async function publishTerms(): Promise<void> {
  await strict.set({
    application_name: 'Orto & Tè',
    users_approval_enabled: true,
    gdpr_signup_step_enabled: true,
    gdpr_signup_accept_html:
      '<p>You must be <strong>sixteen</strong> to join. <a href="https://example.com/">Why?</a></p>',
    user_metadata_definition:
      '{"garden":{"label":"Garden","type":"enum","type_options":["balcony","yard","field"],"in_signup":true}}',
  })
  const html_body = `<h2>What we keep</h2>${'<p>Your name, your address, and what you write here. Nobody buys it.</p>'.repeat(6)}
    <ul><li>You may take it away.</li><li>You may have it erased.</li></ul><p>https://example.com/${'long/'.repeat(40)}</p>`
  const html_summary = '<p>We keep <strong>little</strong>, and sell nothing.</p>'
  for (const [policy, title] of [
    ['privacy', 'Privacy'],
    ['tec', 'شروط الاستخدام'],
  ])
    expect((await strict.admin.post('/legal_page/', { policy, title, html_summary, html_body })).status).toBe(201)
}

beforeAll(async () => {
  ;[browser, fresh, world, closed, strict] = await Promise.all([
    ...[openChromium(), createWorld(), createWorld(), createWorld(), createWorld()],
  ] as [Promise<Browser>, Promise<World>, Promise<World>, Promise<World>, Promise<World>])
  await publishTerms()
  for (const each of [fresh.alice, fresh.bob, fresh.carla]) await fresh.admin.delete(`/user/${each.id}/`)
  await closed.set({
    content_availability: false,
    closed_community: true,
    colorprimary: '#ffdd00',
    colorback: '#202020',
  })
  await populate()
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([fresh, world, closed, strict].map((each) => each?.end()))
})

describe.each(names)('with %s', (look) => {
  const words = wordsOf(look)

  test('a fresh community says what to do first', async () => {
    const { page, go, see, end } = await lookAt(browser, fresh, look)
    await go('/')
    await see('fresh')
    expect(await page.locator('pre').count()).toBe(3)
    expect(await page.getByRole('heading', { name: words.firstSteps }).isVisible()).toBe(true)
    await end()
  })

  test('a community that is closed shows nothing but the way in', async () => {
    const { page, go, see, end } = await lookAt(browser, closed, look)
    await go('/')
    await see('closed')
    expect(await page.locator('main a').allTextContents()).toEqual([words.signIn, words.reference])
    await go('/signup')
    await see('closed signup')
    await end()
  })

  test('the first page and the way in are what they are for everybody', async () => {
    const { page, go, see, end } = await lookAt(browser, world, look)
    await go('/')
    await see('home')
    await page.getByRole('link', { name: words.signIn }).click()
    await see('signin')
    await end()
  })
})

describe.each(thorough)('with %s', (look) => {
  const words = wordsOf(look)

  test('a newcomer signs up, allows an app to act for them, withdraws it, signs out and in again', async () => {
    const { page, go, see, end } = await lookAt(browser, world, look)
    const username = `new_${look.replaceAll(' ', '_')}`
    const app = await makeApp(world, {
      name: 'قارئ Reader',
      description: 'Reads what is new to you.',
      redirect_uris: [`${world.url}/docs`],
    })
    await go('/')
    await page.getByRole('link', { name: words.signUp }).click()
    await see('signup')
    await page.getByLabel(words.username).fill('alice')
    await page.getByLabel(words.email).fill(`${username}@example.org`)
    await page.getByLabel(words.password).fill(password)
    await page.getByRole('button', { name: words.signUp }).click()
    expect(await page.getByRole('alert').textContent()).toBe(words.usernameTaken)
    await see('signup refused')
    await page.getByLabel(words.username).fill(username)
    await page.getByLabel(words.password).fill(password)
    await page.getByRole('button', { name: words.signUp }).click()
    await see('signed up')
    await go(pathIn((await collectMails(world))[0] as Letter))
    await see('confirm')
    await page.getByRole('button', { name: words.confirm }).click()
    await see('confirmed')
    await page.getByRole('link', { name: words.signIn }).click()
    await page.getByRole('link', { name: words.forgotten }).click()
    await see('forgotten')
    await page.getByLabel(words.email).fill(`${username}@example.org`)
    await page.getByRole('button', { name: words.sendLink }).click()
    await see('recovery sent')
    await go(pathIn((await collectMails(world))[0] as Letter))
    await see('new password')
    await page.getByLabel(words.newPassword).fill(password)
    await page.getByRole('button', { name: words.setPassword }).click()
    await see('password set')
    await collectMails(world)
    await page.getByRole('link', { name: words.signIn }).click()
    await page.getByLabel(words.account).fill(username)
    await page.getByLabel(words.password).fill(password)
    await page.getByRole('button', { name: words.signIn }).click()
    expect(await page.getByText(words.signedInAs(username)).isVisible()).toBe(true)
    await see('home signed in')

    const asked = new URLSearchParams({
      ...{ response_type: 'code', client_id: app.client_id, redirect_uri: `${world.url}/docs`, scope: 'read write' },
      ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256', state: '1' },
    })
    await go(`/oauth/authorize/?${asked}`)
    await see('consent')
    await page.getByRole('button', { name: words.allow, exact: true }).click()
    await page.waitForURL(/\/docs\?.*code=kith_ac_/)
    await go('/apps')
    await see('apps')
    await page.getByRole('button', { name: words.withdrawFrom('\u2068قارئ Reader\u2069') }).click()
    expect(await page.getByText(words.noApps).isVisible()).toBe(true)
    await see('no apps')

    await page.getByRole('button', { name: words.signOut }).click()
    expect(await page.getByText(words.signedInAs(username)).count()).toBe(0)
    await page.getByRole('link', { name: words.signIn }).click()
    await page.getByLabel(words.account).fill(username)
    await page.getByLabel(words.password).fill('Wrong horse 1')
    await page.getByRole('button', { name: words.signIn }).click()
    expect(await page.getByRole('alert').textContent()).toBe(words.wrong)
    await see('signin refused')
    await page.getByLabel(words.password).fill(password)
    await page.getByRole('button', { name: words.signIn }).click()
    expect(await page.getByText(words.signedInAs(username)).isVisible()).toBe(true)
    await go('/account/delete')
    await see('leave')
    await go('/signout')
    await see('signout')
    await end()
  })

  test('a newcomer agrees to terms they can read, waits to be let in, takes their data away, and leaves', async () => {
    const { page, go, see, end } = await lookAt(browser, strict, look)
    const username = `late_${look.replaceAll(' ', '_')}`
    await go('/signup')
    await see('signup with terms')
    await page.getByRole('link', { name: 'Privacy' }).click()
    await see('legal')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Privacy')
    await page.goBack()
    await page.getByLabel(words.username).fill(username)
    await page.getByLabel(words.email).fill(`${username}@example.org`)
    await page.getByLabel(words.password).fill(password)
    await page.getByLabel('Garden').selectOption('yard')
    await page.getByRole('button', { name: words.signUp }).click()
    // The browser keeps whoever has not agreed.
    expect(new URL(page.url()).pathname).toBe('/signup')
    await page.getByLabel(words.consent).check()
    await page.getByRole('button', { name: words.signUp }).click()
    await go(pathIn((await collectMails(strict))[0] as Letter))
    await page.getByRole('button', { name: words.confirm }).click()
    await see('waiting')
    await page.goto('/signin')
    const signIn = async () => {
      await page.getByLabel(words.account).fill(username)
      await page.getByLabel(words.password).fill(password)
      await page.getByRole('button', { name: words.signIn }).click()
    }
    await signIn()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(words.waiting)
    const [waiting] = (await strict.admin.get('/registration/')).body.results
    expect((await strict.admin.post(`/registration/${waiting.id}/approve/`)).status).toBeLessThan(300)
    await go(pathIn((await collectMails(strict))[0] as Letter))
    await signIn()
    await page.getByRole('link', { name: words.leave }).click()
    await page.getByRole('link', { name: words.dataFirst }).click()
    await see('data')
    await page.getByRole('button', { name: words.dataAsk }).click()
    await see('data being made')
    await makeArchives(strict.kith)
    await go(pathIn((await collectMails(strict))[0] as Letter))
    await see('data ready')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: words.dataDownload }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(new RegExp(`^${username}-.*[.]zip$`))
    await go('/account/delete')
    await page.getByLabel(words.password).fill('Wrong horse 1')
    await page.getByRole('button', { name: words.leave }).click()
    expect(await page.getByRole('alert').textContent()).toBe(words.wrongPassword)
    await see('leave refused')
    await page.getByLabel(words.eraseAll).check()
    await page.getByLabel(words.password).fill(password)
    await page.getByRole('button', { name: words.leave }).click()
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(words.left)
    await see('left')
    await end()
  })

  test('where there are no terms to agree to, nobody is led to sign up, and the page says why', async () => {
    await closed.set({ closed_community: false, gdpr_signup_step_enabled: true })
    const { page, go, see, end } = await lookAt(browser, closed, look)
    await go('/signup')
    await see('signup without terms')
    expect(await page.getByText(words.signUpTermless).isVisible()).toBe(true)
    await go('/signin')
    expect(await page.getByRole('link', { name: words.signUp }).count()).toBe(0)
    await closed.set({ closed_community: true, gdpr_signup_step_enabled: false })
    await end()
  })

  test('what fails on our side is a page with a number to tell', async () => {
    await fresh.db.query('alter table category rename to elsewhere')
    const { page, go, see, end } = await lookAt(browser, fresh, look)
    await go('/')
    await see('500')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(words.failed)
    await fresh.db.query('alter table elsewhere rename to category')
    await end()
  })

  test('what is not there is a page that leads home, and so is an app that nobody knows', async () => {
    const { page, go, see, end } = await lookAt(browser, world, look)
    await go('/nothing/here')
    await see('404')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(words.notFound)
    await go('/oauth/authorize/?client_id=nobody')
    await see('unknown app')
    await go('/nothing/here')
    await page.getByRole('link', { name: words.home }).click()
    expect(new URL(page.url()).pathname).toBe('/')
    await end()
  })
})

test('whoever has a keyboard alone signs up, and out, and sees where they are', async () => {
  await world.set({ signup_email_confirmation: false })
  const { page, go, end } = await lookAt(browser, world, 'desktop light en')
  const words = languages.en
  /** Goes on from one thing to the next until it is the one that is meant. */
  async function tabTo(text: string): Promise<void> {
    for (let i = 0; i < 30; i++) {
      const [found, outline] = (await page.evaluate(
        '[document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineStyle]',
      )) as [string, string]
      if (found === text) return expect([text, outline]).toEqual([text, 'solid'])
      await page.keyboard.press('Tab')
    }
    throw new Error(`Nobody comes to "${text}" by the keyboard`)
  }
  await go('/')
  await tabTo(words.signUp)
  await page.keyboard.press('Enter')
  await page.waitForURL(/signup/)
  // The first field is where one is already.
  await page.keyboard.type('keyboard')
  await page.keyboard.press('Tab')
  // An address may be left out here.
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${world.url}/`)
  await tabTo(words.signOut)
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: words.signIn }).waitFor()
  await end()
})
