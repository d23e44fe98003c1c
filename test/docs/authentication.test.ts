import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { password } from '../oauth/support.ts'
import { openBrowser } from '../support/browser.ts'
import { startOfKith } from '../support/compiled.ts'
import { createWorld, secret, type World } from '../support/world.ts'

const root = join(import.meta.dirname, '../..')

let world: World
let dataDir: string
beforeAll(async () => {
  world = await createWorld()
  await world.join('dora', { password })
  dataDir = await mkdtemp(join(tmpdir(), 'kith-docs-'))
})
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true })
  await world.end()
})

/** What a reader types, as they type it; only npm is the Kith of this test. */
function type(commands: string, given: Record<string, string>): Promise<string> {
  const npm = `npm() { shift 3; if [ "$1" = -- ]; then shift; fi; ${[process.execPath, ...startOfKith].map((each) => `'${each}'`).join(' ')} "$@"; }`
  const env = {
    ...process.env,
    DATABASE_URL: world.database.url,
    KITH_DATA_DIR: dataDir,
    KITH_JWT_SECRET: secret,
    ...given,
  }
  const child = spawn('bash', ['-euc', `${npm}\n${commands}\necho; set | grep -E '^(VERIFIER|CHALLENGE)='`], { env })
  const [out, faults]: [string[], string[]] = [[], []]
  child.stdout.on('data', (text) => out.push(text))
  child.stderr.on('data', (text) => faults.push(text))
  return new Promise((resolve, reject) =>
    child.on('close', () =>
      out.join('').trim() ? resolve(out.join('')) : reject(new Error(`${commands}\n${faults.join('')}`)),
    ),
  )
}

const sayingOf = (out: string, name: string) => new RegExp(`"?${name}"?[ =:]+"?([^"\\s]+)`).exec(out)?.[1] ?? ''
const appOf = (out: string) => ({ ID: sayingOf(out, 'client_id'), SECRET: sayingOf(out, 'client_secret') })
const scopesOf = (out: string) => /"scope":"([^"]+)"/.exec(out)?.[1]

test('whoever types what the document on signing in says gets a token through each grant', {
  timeout: 120_000,
}, async () => {
  const text = await readFile(join(root, 'docs/authentication.md'), 'utf8')
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)
  const take = (word: string) => {
    const at = blocks.findIndex((block) => block.includes(word))
    expect([word, at]).not.toEqual([word, -1])
    return (blocks.splice(at, 1)[0] ?? '').replaceAll('alice', 'dora')
  }
  const KITH = world.url
  const [create, curl] = [
    (block: string) => block.split('\n')[0] ?? '',
    (block: string) => block.replace(/^npm.*\n/, ''),
  ]

  // A site, by code.
  const site = appOf(await type(take('create-app Site'), {}))
  expect(take('KITH=')).toMatch(/^KITH=\S+ ID=\S+ SECRET=\S+\n$/)
  expect(Object.values(site)).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/), expect.stringMatching(/^kith_cs_/)])
  const asked = await type(take('CHALLENGE='), { KITH, ...site })
  const VERIFIER = sayingOf(asked, 'VERIFIER')
  const browser = openBrowser(world)
  await browser.signIn('dora', password)
  const page = await browser.get(asked.split('\n')[0] ?? '')
  const { location } = await browser.send('/oauth/authorize/', page, { decision: 'allow' })
  const back = new URL(location)
  expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([
    'https://site.example/callback',
    'STATE',
  ])
  const CODE = back.searchParams.get('code') ?? ''
  const got = await type(take('grant_type=authorization_code'), { KITH, ...site, CODE, VERIFIER })
  const pair = { TOKEN: sayingOf(got, 'access_token'), REFRESH: sayingOf(got, 'refresh_token') }
  const used = await type(take('grant_type=refresh_token'), { KITH, ...site, ...pair })
  expect(used).toContain('"username":"dora"')
  expect(used).toContain('"active":true')
  expect(sayingOf(used, 'access_token')).toMatch(/^kith_at_/)
  expect((await world.send('/user/me/', { headers: { authorization: `Bearer ${pair.TOKEN}` } })).status).toBe(401)

  // A phone, by the password; a bot, by itself; a backend.
  const phone = take('create-app Phone')
  const byPassword = { KITH, PASSWORD: password, ...appOf(await type(create(phone), {})) }
  expect(scopesOf(await type(curl(phone), byPassword))).toBe('read write')
  const bot = take('create-app Bot')
  expect(scopesOf(await type(curl(bot), { KITH, ...appOf(await type(create(bot), {})) }))).toBe('read')
  expect(await type(`${take('verify_token').trim()} -w '%{http_code}'`, { KITH })).toMatch(/200/)

  const invited = take('create-invite')
  expect(await type(invited, {})).toMatch(/spring-26/)
  expect(blocks).toEqual([])
})
