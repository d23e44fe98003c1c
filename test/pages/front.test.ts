import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, sendForm } from '../oauth/support.ts'
import { elements, faultsOf, openBrowser } from '../support/browser.ts'
import { createWorld, type World } from '../support/world.ts'

let folder: string
let world: World

const script = 'console.log("the application")'

/** Puts a build where the server looks, as `npm run web` does. */
async function build(name: string) {
  await mkdir(join(folder, name))
  await writeFile(join(folder, name, 'main-1.js'), script)
  await writeFile(join(folder, name, 'main-1.js.br'), brotliCompressSync(script))
  await writeFile(join(folder, name, 'main-1.js.gz'), gzipSync(script))
  await writeFile(join(folder, name, 'plain-1.css'), 'a{}')
  const current = { build: name, script: 'main-1.js', styles: ['plain-1.css'], preloads: ['chunk-1.js'] }
  await writeFile(join(folder, 'new.json'), JSON.stringify(current))
  await rename(join(folder, 'new.json'), join(folder, 'current.json'))
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kith-built-'))
  world = await createWorld({ built: folder })
  await world.join('dora', { password })
})
afterAll(async () => {
  await world?.end()
  await rm(folder, { recursive: true, force: true })
})

const told = (html: string) =>
  JSON.parse(elements(html, 'script').find((each) => each.get('id') === 'kith')?.text ?? 'null') as Record<
    string,
    unknown
  >

test('the first page is the one of the server, until an application is built', async () => {
  const browser = openBrowser(world)
  expect((await browser.get('/')).html).not.toContain('id="root"')
  expect((await browser.get('/post/1/')).status).toBe(404)
  await build('first')
  // A server that runs finds it by itself.
  await expect.poll(async () => (await browser.get('/')).html, { timeout: 10_000 }).toContain('id="root"')
})

describe('the application', () => {
  test('it is at every address that nothing else is at, and a page that may run nothing but its files', async () => {
    for (const path of ['/', '/post/1/', '/user/7/edit/', '/no/such/page', '/signed-in?code=x']) {
      const { status, headers, html } = await openBrowser(world).get(path)
      expect([path, status, headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8'])
      expect(headers.get('cache-control')).toBe('no-store')
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[^']{20,}'; /)
      expect(policy).not.toContain('unsafe')
      expect(policy).toContain(`connect-src 'self' ${world.url} ${world.url.replace('http', 'ws')};`)
      expect(faultsOf(html)).toEqual([])
      expect(elements(html, 'script').map((each) => each.get('src'))).toEqual(['', '/web/first/main-1.js'])
      expect(elements(html, 'link').map((each) => each.get('href'))).toContain('/web/first/plain-1.css')
      expect(told(html)).toMatchObject({ member: null, formToken: null, client: 'kith-web', redirect: '/signed-in' })
      expect(policy).toContain(`'nonce-${told(html).nonce}'`)
    }
  })

  test('what is of the API, of the server, or asked by a program is as before', async () => {
    const browser = openBrowser(world)
    expect((await browser.get('/signin')).html).toContain('name="password"')
    expect((await browser.get('/docs')).html).toContain('reference')
    const nothing = await browser.get('/api/v2/nothing/')
    expect([nothing.status, nothing.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8'])
    expect((await browser.get('/api/v2/account/recover/')).status).toBe(405)
    const program = await world.visitor.get(`${world.url}/post/1/`, { accept: 'application/json' })
    expect([program.status, program.body.errors[0].code]).toEqual([404, 'not_found'])
    expect((await browser.ask('/post/1/', { method: 'POST' })).status).toBe(404)
  })

  test('the name of the community ends no script', async () => {
    await world.set({ application_name: '</script><script>alert(1)' })
    const { html } = await openBrowser(world).get('/')
    expect(elements(html, 'script')).toHaveLength(2)
    expect(told(html).name).toBe('</script><script>alert(1)')
    await world.set({ application_name: 'Kith' })
  })

  test('its files are sent as small as whoever asks takes them, and are kept for good', async () => {
    const ask = (encoding: string, path = '/web/first/main-1.js') =>
      fetch(`${world.url}${path}`, { headers: { 'accept-encoding': encoding } })
    for (const [takes, comes] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['identity', null],
      ['br;q=0, gzip', 'gzip'],
    ] as const) {
      const answer = await ask(takes)
      expect([takes, answer.status, answer.headers.get('content-encoding')]).toEqual([takes, 200, comes])
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(answer.headers.get('vary')).toContain('Accept-Encoding')
      expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
      // What fetch takes apart by itself.
      expect(await answer.text()).toBe(script)
    }
    expect(brotliDecompressSync(brotliCompressSync(script)).toString()).toBe(script)
    expect(await (await ask('br', '/web/first/plain-1.css')).text()).toBe('a{}')
    for (const path of [
      '/web/current.json',
      '/web/first/none.js',
      '/web/../current.json',
      '/web/%2e%2e/%2e%2e/package.json',
      '/web/first/..%2f..%2fcurrent.json',
      '/web/first/main-1.js.br',
      '/web/first',
      '/web/',
      `/web/${'a/'.repeat(400)}b.js`,
    ])
      expect([path, (await ask('br', path)).status]).toEqual([path, 404])
  })

  test('a newer build takes its place, and pages of the one before go on', async () => {
    await build('second')
    await expect
      .poll(async () => (await openBrowser(world).get('/')).html, { timeout: 5_000 })
      .toContain('/web/second/main-1.js')
    expect((await fetch(`${world.url}/web/first/main-1.js`)).status).toBe(200)
  })

  test('it signs members in by the code of OAuth, without a question, and out by the form it was given', async () => {
    const browser = openBrowser(world)
    const verifier = randomBytes(32).toString('base64url')
    const redirect_uri = `${world.url}/signed-in`
    const asked = new URLSearchParams({
      ...{ response_type: 'code', client_id: 'kith-web', redirect_uri, scope: 'read write', state: 's' },
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    })
    const sent = await browser.get(`/oauth/authorize/?${asked}`)
    expect(sent.location).toMatch(/^\/signin\?next=/)
    const form = await browser.get(sent.location)
    const done = await browser.send('/signin', form, { account: 'dora', password })
    const back = await browser.get(done.location)
    expect(back.location).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/signed-in\?code=kith_ac_/)
    const code = new URL(back.location).searchParams.get('code') as string
    const answer = await sendForm(world, '/oauth/token/', {
      ...{ grant_type: 'authorization_code', client_id: 'kith-web', redirect_uri, code, code_verifier: verifier },
    })
    expect([answer.status, answer.body.scope]).toEqual([200, 'read write'])

    const { member, formToken } = told((await browser.get('/')).html)
    expect([typeof member, typeof formToken]).toEqual(['number', 'string'])
    const out = await browser.ask('/signout', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ form_token: formToken as string, next: '/' }).toString(),
    })
    expect([out.status, out.location, browser.cookies.has('kith_session')]).toEqual([303, '/', false])
    expect(told((await browser.get('/')).html).member).toBe(null)
  })

  test('its codes go to this server alone', async () => {
    for (const redirect_uri of ['/signed-in', 'https://elsewhere.example/signed-in', `${world.url}/signed-in/x`]) {
      const asked = new URLSearchParams({ response_type: 'code', client_id: 'kith-web', redirect_uri })
      expect((await openBrowser(world).get(`/oauth/authorize/?${asked}`)).status).toBe(400)
    }
    const other = await world.admin.post('/oauth/apps/', { name: 'Other', redirect_uris: ['/signed-in'] })
    expect([other.status, other.body.errors[0].field]).toEqual([400, 'redirect_uris'])
  })
})
