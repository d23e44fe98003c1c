import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inkOn } from '../../src/pages/layout.ts'
import { languages } from '../../src/pages/words.ts'
import { password } from '../oauth/support.ts'
import { elements, faultsOf, fieldsOf, openBrowser, type Shown } from '../support/browser.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let dora: Person

beforeAll(async () => {
  world = await createWorld()
  // How people make accounts where they confirm an address is in test/registrations.
  await world.set({ signup_email_confirmation: false })
  dora = await world.join('dora', { password, real_name: 'Dora <b>' })
  await world.told()
})
afterAll(() => world.end())

/** What every page is held to. */
function expectPage(shown: Shown, status = 200) {
  expect([shown.status, shown.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8'])
  expect(shown.headers.get('cache-control')).toBe('no-store')
  const policy = shown.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-[^']+'; form-action 'self'/)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(shown.html.length).toBeLessThan(10_000)
  expect(elements(shown.html, 'script')).toEqual([])
  expect(faultsOf(shown.html)).toEqual([])
  expect(elements(shown.html, 'html')[0]?.get('lang')).toBe(shown.headers.get('content-language'))
  for (const form of elements(shown.html, 'form')) expect(form.get('method')).toBe('post')
  if (elements(shown.html, 'form').length) expect(fieldsOf(shown.html)).toHaveProperty('form_token')
  for (const input of elements(shown.html, 'input').filter((each) => each.get('type') !== 'hidden'))
    expect(elements(shown.html, 'label').map((each) => each.get('for'))).toContain(input.get('id'))
}

const me = async (browser: ReturnType<typeof openBrowser>) =>
  (await browser.ask('/api/v2/user/me/', { headers: { accept: 'application/json' } })).status

describe('signing in', () => {
  test('with the right name and password makes a session, which the API takes, too', async () => {
    const browser = openBrowser(world)
    const page = await browser.get('/signin')
    expectPage(page)
    const done = await browser.send('/signin', page, { account: 'dora', password })
    expect([done.status, done.location]).toEqual([303, '/'])
    const cookie = done.headers.getSetCookie().find((each) => each.startsWith('kith_session='))
    expect(cookie).toMatch(/^kith_session=kith_se_[\w-]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
    const home = await browser.get('/')
    expectPage(home)
    expect(home.html).toContain('Signed in as dora')
    expect(await me(browser)).toBe(200)
    expect((await browser.get('/signin')).location).toBe('/')
    expect(JSON.stringify(await world.db.query('select * from session'))).not.toContain(
      browser.cookies.get('kith_session'),
    )
    const out = await browser.send('/signout', home)
    expect([out.status, out.location]).toEqual([303, '/'])
    expect([await me(browser), browser.cookies.has('kith_session')]).toEqual([401, false])
    expect(await world.told()).toEqual([])
  })

  test('takes the password as whatever keyboard writes it', async () => {
    await world.join('elise', { password: 'Caf\u00e9-\u1112\u1161\u11ab-9' })
    expect((await openBrowser(world).signIn('elise', 'Cafe\u0301-\ud55c-9')).status).toBe(303)
    expect((await openBrowser(world).signIn('elise', 'Cafe-\ud55c-9')).status).toBe(400)
    await world.told()
  })

  test('with anything wrong says so, alike, and keeps what was typed but the password', async () => {
    const browser = openBrowser(world)
    const page = await browser.get('/signin')
    for (const account of ['dora', 'nobody', 'alice', 'dora\0', '"><b>']) {
      const wrong = await browser.send('/signin', page, { account, password: 'Wrong horse 1' })
      expectPage(wrong, 400)
      expect(elements(wrong.html, 'p')[0]?.text).toBe(account === 'dora\0' ? languages.en.blank : languages.en.wrong)
      expect(wrong.html).not.toContain('Wrong horse')
      expect(elements(wrong.html, 'b').length).toBe(1)
      if (account !== 'dora\0')
        expect(
          elements(wrong.html, 'input')
            .find((each) => each.get('id') === 'account')
            ?.get('value'),
        ).toBe(account)
    }
    expect(browser.cookies.has('kith_session')).toBe(false)
  })

  test('is not to be had by a form from elsewhere', async () => {
    const browser = openBrowser(world)
    const page = await browser.get('/signin')
    const filled = { account: 'dora', password }
    const refused = [
      await browser.send('/signin', page, filled, { 'sec-fetch-site': 'cross-site' }),
      await browser.send('/signin', page, filled, { 'sec-fetch-site': 'same-site' }),
      await browser.send('/signin', page, { ...filled, form_token: 'x' }),
      await browser.send('/signin', { html: '' }, filled),
      await openBrowser(world).send('/signin', page, filled),
    ]
    for (const shown of refused) {
      expectPage(shown, 400)
      expect(elements(shown.html, 'p')[0]?.text).toBe(languages.en.stale)
    }
  })

  test('leads on to where one came from, and never out of here', async () => {
    expect((await openBrowser(world).signIn('dora', password, '/docs?a=1')).location).toBe('/docs?a=1')
    for (const next of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      'javascript:alert(1)',
      '/\t/evil',
    ])
      expect((await openBrowser(world).signIn('dora', password, next)).location, next).toBe('/')
  })

  test('ends where the session does: by its time, by the member being deleted', async () => {
    const other = await createWorld()
    const eva = await other.join('eva', { password })
    const browser = openBrowser(other)
    await browser.signIn('eva', password)
    expect(await me(browser)).toBe(200)
    other.pass(31 * 86_400_000)
    expect(await me(browser)).toBe(401)
    await browser.signIn('eva', password)
    await other.admin.delete(`/user/${eva.id}/`)
    expect(await me(browser)).toBe(401)
    const home = await browser.get('/')
    expect([home.status, home.html.includes('Signed in')]).toEqual([200, false])
    await other.end()
  })

  test('over https is by a cookie of this host alone', async () => {
    const other = await createWorld({ publicUrl: 'https://community.example' })
    await other.join('eva', { password })
    const browser = openBrowser(other)
    const done = await browser.signIn('eva', password)
    const cookie = done.headers.getSetCookie().find((each) => each.includes('kith_session='))
    expect(cookie).toMatch(/^__Host-kith_session=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    expect(await me(browser)).toBe(200)
    browser.cookies.set('kith_session', browser.cookies.get('__Host-kith_session') as string)
    browser.cookies.delete('__Host-kith_session')
    expect(await me(browser)).toBe(401)
    await other.end()
  })
})

describe('an account', () => {
  test('is made of a name and a password, and signed in with, and told', async () => {
    const browser = openBrowser(world)
    const page = await browser.get('/signup?next=/docs')
    expectPage(page)
    const refused: [Record<string, string>, string][] = [
      [{ username: 'gil', password: 'too simple' }, languages.en.passwordSimple],
      [{ username: 'gil', password: 'Short-1' }, languages.en.passwordSimple],
      [{ username: 'gil', password: 'Passw0rd!' }, languages.en.passwordCommon],
      [{ username: 'DORA', password }, languages.en.usernameTaken],
      [{ username: 'gïl', password }, languages.en.usernameInvalid],
      [{ username: 'x'.repeat(300), password }, languages.en.usernameInvalid],
      [{ username: 'gil' }, languages.en.blank],
      [{ username: 'gil', password, form_token: 'x' }, languages.en.stale],
    ]
    for (const [filled, complaint] of refused) {
      const shown = await browser.send('/signup', page, filled)
      expectPage(shown, 400)
      expect(elements(shown.html, 'p')[0]?.text).toBe(complaint)
    }
    expect(await world.told()).toEqual([])
    // Nobody makes themselves an administrator.
    const done = await browser.send('/signup', page, { username: 'gil', password, role: 'admin', email: 'a@b.example' })
    expect([done.status, done.location]).toEqual([303, '/docs'])
    const { html } = await browser.ask('/api/v2/user/me/', { headers: { accept: 'application/json' } })
    expect(JSON.parse(html)).toMatchObject({ username: 'gil', role: null, email: null })
    expect(await world.toldShort()).toEqual(['user.created gil'])
  })

  test('is made by nobody where the community is closed, or asks for consent to what nobody has written', async () => {
    const other = await createWorld()
    for (const option of ['closed_community', 'gdpr_signup_step_enabled']) {
      const browser = openBrowser(other)
      const page = await browser.get('/signup')
      await other.set({ [option]: true })
      const shown = await browser.get('/signup')
      expectPage(shown, 403)
      const { signUpClosed, signUpTermless } = languages.en
      expect(shown.html).toContain(option === 'closed_community' ? signUpClosed : signUpTermless)
      expectPage(await browser.send('/signup', page, { username: 'eva', password }), 403)
      for (const path of ['/', '/signin']) expect((await browser.get(path)).html).not.toContain('/signup')
      await other.set({ [option]: false })
    }
    expect((await other.admin.get('/user/?username=eva')).body.count).toBe(0)
    await other.end()
  })
})

describe('an account where consent is asked for', () => {
  test('is made by whoever agrees to the words that hold, and to no others', async () => {
    const other = await createWorld()
    await other.set({ gdpr_signup_step_enabled: true, signup_email_confirmation: false })
    const summary = '<p>We keep <strong>little</strong>.</p>'
    const { body: privacy } = await ok(
      other.admin.post('/legal_page/', {
        ...{ policy: 'privacy', title: 'Privacy <1>', html_summary: summary, html_body: '<p>All of it</p>' },
      }),
    )
    const browser = openBrowser(other)
    const says = '<p>You must be <em>sixteen</em>.</p>'
    await other.set({ gdpr_signup_accept_html: `${says}<script>alert(1)</script><img src=x onerror=alert(1)>` })
    const page = await browser.get('/signup')
    expectPage(page)
    for (const shown of [summary, says]) expect(page.html).toContain(shown)
    expect(page.html).not.toMatch(/alert\(|onerror/)
    expect((await browser.get('/')).html).toContain('/signup')
    const read = await browser.get(`/legal?page=${privacy.id}`)
    expectPage(read)
    expect(read.html).toContain('<p>All of it</p>')
    expectPage(await browser.get('/legal?page=9999'), 404)
    const box = (html: string) =>
      elements(html, 'input')
        .find((each) => each.get('name') === 'consent')
        ?.get('value') as string
    const account = { username: 'eva', password }
    const expectAskedAgain = async (filled: Record<string, string>) => {
      const shown = await browser.send('/signup', page, filled)
      expectPage(shown, 400)
      expect(elements(shown.html, 'p')[0]?.text).toBe(languages.en.consentNeeded)
      return shown
    }
    await expectAskedAgain(account)
    await expectAskedAgain({ ...account, consent: 'yes' })

    // The words change while the page is open.
    other.pass(5_000)
    await ok(other.admin.patch(`/legal_page/${privacy.id}/`, { html_body: '<p>More</p>' }))
    const again = await expectAskedAgain({ ...account, consent: box(page.html) })
    expect((await other.admin.get('/user/?username=eva')).body.count).toBe(0)
    const done = await browser.send('/signup', page, { ...account, consent: box(again.html) })
    expect([done.status, done.location]).toEqual([303, '/'])
    const acks = await browser.ask('/api/v2/legal_page/user_acks/', { headers: { accept: 'application/json' } })
    expect(JSON.parse(acks.html)).toMatchObject([{ custom_page: privacy.id, not_accepted_at: null }])

    // Whoever is not let in leaves nothing behind.
    await other.set({ users_approval_enabled: true })
    const next = openBrowser(other)
    const form = await next.get('/signup')
    expectPage(await next.send('/signup', form, { username: 'finn', password, consent: box(form.html) }))
    const [waiting] = (await other.admin.get('/registration/')).body.results
    expect((await other.admin.delete(`/registration/${waiting.id}/`)).status).toBe(204)
    expect(await other.db.query('select from legal_page_ack where member_id = $1', [waiting.id])).toEqual([])
    await other.end()
  })
})

describe('a session', () => {
  test('acts for its member only from pages that may', async () => {
    const browser = openBrowser(world)
    await browser.signIn('dora', password)
    const hide = (headers: Record<string, string>) =>
      browser.ask(`/api/v2/user/${world.carla.id}/hide/`, { method: 'POST', headers }).then(({ status }) => status)
    expect(await hide({ 'sec-fetch-site': 'same-origin' })).toBe(204)
    expect(await hide({ origin: world.url })).toBe(204)
    // A page under development on this machine, which is named unless others are.
    expect(await hide({ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' })).toBe(204)
    expect(await hide({ origin: 'http://localhost:3000' })).toBe(204)
    expect(await hide({})).toBe(401)
    expect(await hide({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).toBe(401)
    expect(await hide({ origin: 'null' })).toBe(401)
    const read = (origin: string, path: string) => browser.ask(path, { headers: { origin } })
    expect((await read('https://evil.example', '/api/v2/user/me/')).status).toBe(401)
    expect((await read('http://localhost:3000', '/')).html).not.toContain('Signed in')
    await world.told()
  })

  test('of whoever names every origin counts for no other than their own pages', async () => {
    const other = await createWorld({ origins: '*' })
    await other.join('eva', { password })
    const browser = openBrowser(other)
    await browser.signIn('eva', password)
    const from = (origin: string) =>
      browser.ask('/api/v2/user/me/', { headers: { origin } }).then((each) => each.status)
    expect([await from(other.url), await from('https://sub.example')]).toEqual([200, 401])
    await other.end()
  })

  test('that was made up, or cut, is none', async () => {
    const browser = openBrowser(world)
    await browser.signIn('dora', password)
    const good = browser.cookies.get('kith_session') as string
    for (const bad of [good.slice(0, -1), `${good}x`, 'kith_se_', '', 'x'.repeat(5_000)]) {
      browser.cookies.set('kith_session', bad)
      expect(await me(browser)).toBe(401)
      expect((await browser.get('/')).status).toBe(200)
    }
  })

  test('is signed out of by a form of its own', async () => {
    const browser = openBrowser(world)
    await browser.signIn('dora', password)
    const page = await browser.get('/signout')
    expectPage(page)
    const stale = await browser.send('/signout', { html: '' }, { form_token: 'x' })
    expect([stale.status, await me(browser)]).toEqual([200, 200])
    await browser.send('/signout', page)
    expect(await me(browser)).toBe(401)
    expect((await browser.get('/signout')).html).toContain(languages.en.notSignedIn)
  })
})

describe('the first page', () => {
  test('of a new community says what to do first, and of another what there is', async () => {
    const other = await createWorld()
    for (const each of [other.alice, other.bob, other.carla]) await other.admin.delete(`/user/${each.id}/`)
    const fresh = await openBrowser(other).get('/')
    expectPage(fresh)
    expect(elements(fresh.html, 'pre').map((each) => each.text.split('\n')[0])).toEqual([
      'npm run -s kith create-user alice',
      'npm run -s kith -- create-app Site --public --redirect-uri http://localhost:3000/callback',
      'npm run -s kith -- seed --members 200 --contributions 1000 --add',
    ])
    await other.end()
    const home = await openBrowser(world).get('/')
    expectPage(home)
    expect(elements(home.html, 'pre')).toEqual([])
  })

  test('shows the newest, categories and members, as text', async () => {
    const other = await createWorld()
    const eva = await other.join('eva', { real_name: '<img src=x onerror=alert(1)>' })
    await other.admin.post('/category/', { name: 'Birds & "bees"' })
    await eva.post('/discussion/', { title: '<script>alert(1)</script>', text: '<p>First</p>' })
    await eva.post('/status/', { text: '<p>one &lt; two &amp; don\'t say "three"</p>' })
    await other.set({ app_url: 'https://site.example' })
    const home = await openBrowser(other).get('/')
    expectPage(home)
    expect(elements(home.html, 'a').map(({ text, get }) => [text, get('href')])).toEqual(
      expect.arrayContaining([
        ['one < two & don\'t say "three"', expect.stringMatching(/^https:\/\/site\.example\/status\/\d+\/$/)],
        ['<script>alert(1)</script>', expect.stringMatching(/^https:\/\/site\.example\/discussion\/\d+\/$/)],
        ['Birds & "bees"', expect.stringMatching(/^https:\/\/site\.example\/category\/\d+\/birds-bees\/$/)],
        ['<img src=x onerror=alert(1)>', `https://site.example/user/${eva.id}/`],
      ]),
    )
    expect(elements(home.html, 'img')).toEqual([])
    await other.end()
  })

  test('shows nobody what is not for them', async () => {
    const other = await createWorld()
    await other.join('eva', { password })
    const { body } = await other.bob.post('/status/', { text: 'A secret of Bob' })
    await other.alice.post(`/status/${body.id}/vote/`)
    await other.set({ content_availability: false })
    const visitor = openBrowser(other)
    const closed = await visitor.get('/')
    expectPage(closed)
    expect(closed.html).toContain(languages.en.closed)
    expect(closed.html).not.toMatch(/Bob|bob/)
    await visitor.signIn('eva', password)
    const open = (await visitor.get('/')).html
    expect(open.match(/A secret of Bob/g)).toHaveLength(2)
    expect(elements(open, 'h2')[0]?.text).toBe(languages.en.liveliest)
    expect(open).toContain(` · ${languages.en.votes(1)}`)
    const eva = (await other.admin.get('/user/?username=eva')).body.results[0].id
    await other.send(`/user/${other.bob.id}/hide/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await other.kith.tokens.mint(eva, 60)}` },
    })
    expect((await visitor.get('/')).html).not.toContain('A secret of Bob')
    await other.end()
  })

  test('is in the name and the colours of the community, which can be read on each other', async () => {
    const other = await createWorld()
    await other.set({ application_name: 'Bees </title>', application_slogan1: 'All about them', colorprimary: '#fe0' })
    const { html } = await openBrowser(other).get('/')
    expect(elements(html, 'title')[0]?.text).toBe('Bees </title>')
    expect(elements(html, 'h1')[0]?.text).toBe('All about them')
    expect(html).toContain('background:#fe0;color:#000')
    expect([inkOn('#1f5f5b'), inkOn('#ffffff'), inkOn('#000'), inkOn('#ff0000ff')]).toEqual([
      '#fff',
      '#000',
      '#fff',
      '#000',
    ])
    await other.end()
  })

  test('is in the language that is asked for', async () => {
    for (const [accept, language] of [
      ['it-IT,it;q=0.9,en;q=0.8', 'it'],
      ['de,it;q=0.5', 'it'],
      ['de', 'en'],
      ['', 'en'],
      ['en;q=0.1, it;q=0.2', 'it'],
    ] as const) {
      const page = await openBrowser(world, { 'accept-language': accept }).get('/signin')
      expect([accept, page.headers.get('content-language')]).toEqual([accept, language])
      expect(elements(page.html, 'h1')[0]?.text).toBe(languages[language].signIn)
      expectPage(page)
    }
    const keys = Object.values(languages).map((words) => Object.keys(words).sort())
    expect(keys[1]).toEqual(keys[0])
  })
})

describe('what is not there, or fails,', () => {
  test('is a page for a browser, and JSON for everybody else and for the API', async () => {
    const browser = openBrowser(world)
    const page = await browser.get('/nothing/<b>')
    expectPage(page, 404)
    expect(elements(page.html, 'h1')[0]?.text).toBe(languages.en.notFound)
    const api = await browser.get('/api/v2/nothing/')
    expect([api.status, JSON.parse(api.html).errors[0].code]).toEqual([404, 'not_found'])
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5', ''])
      expect((await world.send(`${world.url}/nothing`, { headers: { accept } })).body.errors[0].code).toBe('not_found')
  })

  test('names the number of the request where the fault is ours', async () => {
    const other = await createWorld()
    await other.db.query('alter table category rename to elsewhere')
    const page = await openBrowser(other, { 'x-request-id': 'r-1' }).get('/')
    expectPage(page, 500)
    expect(page.html).toContain(languages.en.failedMore('r-1'))
    await other.end()
  })
})

test('signing in is refused after too many attempts, by a page', async () => {
  const other = await createWorld()
  const eva = await other.join('eva', { password })
  for (let i = 0; i < 10; i++) other.kith.signIns.count(`member ${eva.id}`, '127.0.0.1')
  const shown = await openBrowser(other).signIn('eva', password)
  expectPage(shown, 429)
  expect(shown.html).toContain(languages.en.throttled(15))
  const limited = await createWorld({ rateLimit: 600 })
  const browser = openBrowser(limited)
  const page = await browser.get('/signin')
  const statuses = new Set<number>()
  for (let i = 0; i < 62; i++) statuses.add((await browser.send('/signin', page)).status)
  expect([...statuses]).toEqual([400, 429])
  await other.end()
  await limited.end()
})

test('the member who made the form is the one who sends it', async () => {
  const browser = openBrowser(world)
  await browser.signIn('dora', password)
  const home = await browser.get('/')
  await browser.send('/signout', home)
  await browser.signIn('dora', password)
  // The form of a session that has ended.
  await browser.send('/signout', home)
  expect(await me(browser)).toBe(200)
  expect(dora.id).toBeGreaterThan(1)
})
