import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPost } from '../../src/mail/post.ts'
import { sendDue } from '../../src/mail/send.ts'
import { clearUnconfirmed } from '../../src/registrations/clear.ts'
import { slices } from '../../src/slices.ts'
import { password } from '../oauth/support.ts'
import { elements, openBrowser } from '../support/browser.ts'
import { codeIn, collectMails, type Letter, pathIn } from '../support/mails.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const headingOf = ({ html }: { html: string }) => elements(html, 'h1')[0]?.text
const members = async () => (await world.admin.get('/user/')).body.count
const found = async (name: string) => (await world.admin.get(`/user/?username=${name}`)).body.count
const drift = async () => (await Promise.all(slices.map(({ drift }) => drift?.find(world.db) ?? []))).flat()

async function signUp(username: string, email: string, headers = {}) {
  const browser = openBrowser(world, headers)
  const page = await browser.get('/signup')
  return { browser, page, shown: await browser.send('/signup', page, { username, email, password }) }
}
const press = async (mail: Letter | undefined) => {
  const browser = openBrowser(world)
  return browser.send('/account/verify', await browser.get(mail ? pathIn(mail) : '/nothing'))
}

test('a newcomer signs up, confirms by the mail in the folder, signs in, forgets, and gets in again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kith-mail-'))
  const post = await openPost({ smtp: null, dataDir: folder })
  const from = { name: '', address: 'kith@localhost' }
  const lookIntoFolder = async () => {
    for (const { writesMails } of slices) await writesMails?.(world.kith)
    await sendDue(world.kith, { post, from, log: { warn() {}, error() {} } as never })
    const [last = ''] = (await readdir(join(folder, 'mail'))).sort().slice(-1)
    const text = await readFile(join(folder, 'mail', last), 'utf8')
    return /^https?:\/\/[^/]+(\/account\/\S+)$/m.exec(text)?.[1] ?? ''
  }
  await ok(world.admin.post('/category/', { name: 'Bees', auto_follow: 'default' }))
  await world.told()

  const { browser, shown } = await signUp('ida', 'ida@example.org')
  expect([shown.status, headingOf(shown)]).toEqual([200, 'Look at your mails'])
  expect(browser.cookies.has('kith_session')).toBe(false)
  // Until then they are nowhere.
  expect([await members(), await found('ida'), await world.told()]).toEqual([4, 0, []])
  const path = await lookIntoFolder()
  const button = await browser.get(path)
  expect(headingOf(await browser.send('/account/verify', button))).toBe('The address is confirmed')
  expect(await world.toldShort()).toEqual(['user.created ida', 'category.follow undefined'])
  expect([await members(), await found('ida'), await drift()]).toEqual([5, 1, []])

  expect((await browser.signIn('ida@example.org', password)).status).toBe(303)
  const home = await browser.get('/')
  expect(home.html).toContain('Signed in as ida')
  await browser.send('/signout', home)

  await browser.send('/account/recover', await browser.get('/account/recover'), { email: 'ida@example.org' })
  const form = await browser.get(await lookIntoFolder())
  expect(headingOf(await browser.send('/account/recover/password', form, { password: 'Another-horse-2' }))).toBe(
    'You have another password',
  )
  expect((await browser.signIn('ida', password)).status).toBe(400)
  expect((await browser.signIn('ida', 'Another-horse-2')).status).toBe(303)
  await rm(folder, { recursive: true })
  await collectMails(world)
})

describe('who has not confirmed their address', () => {
  test('is nowhere, cannot sign in, and gets the mail again by trying to', async () => {
    const { browser } = await signUp('jon', 'jon@example.org')
    const [first] = await collectMails(world)
    const id = (await world.admin.get('/account/search/?username=jon')).body.id
    for (const who of [world.alice, world.visitor])
      for (const path of [`/user/${id}/`, `/user/${id}/counters/`, `/user/${id}/categories/`])
        expect((await who.get(path)).status, path).toBe(404)
    expect((await world.admin.get(`/user/${id}/`)).body).toMatchObject({ email: null, reg_approved: true, status: 'a' })
    expect((await world.alice.post(`/user/${id}/connection/request/`)).status).toBe(404)
    const token = await world.kith.tokens.mint(id, 60)
    expect((await world.send('/user/me/', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
    expect((await world.admin.post(`/user/${id}/token/`)).status).toBe(404)

    const wrong = await browser.signIn('jon', 'Wrong-horse-1')
    expect([wrong.status, headingOf(wrong)]).toEqual([400, 'Sign in'])
    const early = await browser.signIn('jon', password)
    expect([early.status, headingOf(early)]).toEqual([403, 'Look at your mails'])
    const [second] = await collectMails(world)
    expect([first?.kind, second?.kind]).toEqual(['confirm_sign_up', 'confirm_sign_up'])
    expect(headingOf(await press(first))).toBe('The address is confirmed')
    // The other is of no use any more, and does no harm.
    expect(headingOf(await press(second))).toBe('The address is confirmed')
    expect((await browser.signIn('jon', password)).status).toBe(303)
    expect((await world.toldShort()).filter((each) => each.startsWith('user'))).toEqual(['user.created jon'])
  })

  test('loses the name after a week, and leaves nothing', async () => {
    await signUp('kai', 'kai@example.org')
    const [mail] = await collectMails(world)
    expect((await signUp('KAI', 'other@example.org')).shown.status).toBe(400)
    world.pass(7 * 86_400_000 + 1_000)
    await clearUnconfirmed(world.kith)
    expect((await press(mail)).status).toBe(400)
    expect(await world.db.query(`select from users where username = 'kai'`)).toEqual([])
    expect((await signUp('Kai', 'kai@example.org')).shown.status).toBe(200)
    const { id } = (await world.admin.get('/account/search/?username=kai')).body
    await ok(world.admin.delete(`/user/${id}/?hard=1`))
    for (const table of ['sign_up', 'validation_code', 'credential'])
      expect(
        await world.db.query(`select from ${table} where ${table === 'credential' ? 'user' : 'member'}_id = $1`, [id]),
      ).toEqual([])
    expect([await collectMails(world), await world.told(), await drift()]).toEqual([[], [], []])
  })

  test('may be two with one address: who confirms it first has it', async () => {
    await signUp('lea', 'lea@example.org')
    await signUp('leo', 'LEA@example.org')
    const [one, two] = await collectMails(world)
    expect(headingOf(await press(one))).toBe('The address is confirmed')
    const late = await press(two)
    expect([late.status, late.html]).toEqual([
      400,
      expect.stringContaining('There is another account with this address'),
    ])
    expect(await found('leo')).toBe(0)
    await world.told()
  })
})

test('whether an address is known is told to the address alone', async () => {
  const known = await signUp('mia', 'alice@example.com')
  const unknown = await signUp('max', 'mmmmm@example.com')
  const bare = ({ html }: { html: string }) =>
    html.replace(/nonce="[^"]+"/g, '').replace(/(alice|mmmmm)@example.com/g, 'x@example.com')
  expect([known.shown.status, bare(known.shown)]).toEqual([200, bare(unknown.shown)])
  const mails = await collectMails(world)
  expect(mails.map(({ kind, to }) => [kind, to])).toEqual([
    ['already_known', 'alice@example.com'],
    ['confirm_sign_up', 'mmmmm@example.com'],
  ])
  expect(codeIn(mails[0] as Letter)).toBe('')
  // Both try to sign in, and are answered alike.
  const answers = [await known.browser.signIn('mia', password), await unknown.browser.signIn('max', password)]
  expect(bare(answers[0] as never)).toBe(bare(answers[1] as never))
  await collectMails(world)
})

test('what is wrong with a form is said, and nothing is made of it', async () => {
  const browser = openBrowser(world)
  const page = await browser.get('/signup')
  const filled = { username: 'nat', email: 'nat@example.org', password }
  const wrongs: Record<string, string>[] = [
    ...[
      { email: '' },
      { email: 'nat' },
      { email: 'a@b.example,c@d.example' },
      { email: `${'x'.repeat(300)}@b.example` },
    ],
    ...[
      { email: 'nat@example.org\r\nBcc: x@y.example' },
      { username: 'alice' },
      { username: 'nät' },
      { password: 'x' },
    ],
    { form_token: 'x' },
  ]
  for (const wrong of wrongs)
    expect((await browser.send('/signup', page, { ...filled, ...wrong })).status, JSON.stringify(wrong)).toBe(400)
  expect([await collectMails(world), await world.told()]).toEqual([[], []])
})

test('where no confirmation is asked for, one is in at once, and the address counts once it is confirmed', async () => {
  await world.set({ signup_email_confirmation: false })
  const { browser, shown } = await signUp('oda', 'oda@example.org')
  expect([shown.status, shown.location]).toEqual([303, '/'])
  const me = async () =>
    JSON.parse((await browser.ask('/api/v2/user/me/', { headers: { accept: 'application/json' } })).html)
  expect(await me()).toMatchObject({ username: 'oda', email: null, email_isvalid: false })
  const [mail] = await collectMails(world)
  expect(await press(mail)).toMatchObject({ status: 200 })
  expect(await me()).toMatchObject({ email: 'oda@example.org', email_isvalid: true })
  expect((await world.toldShort()).filter((each) => each.startsWith('user'))).toEqual([
    'user.created oda',
    'user.updated oda',
  ])
  await world.set({ signup_email_confirmation: true })
})

test('an account that an administrator makes is in at once, and confirms its address to be signed in', async () => {
  const sent = { username: 'pia', email: 'pia@example.org', password }
  const { body } = await ok(world.admin.post('/account/create/', sent))
  expect(body).toMatchObject({ email: 'pia@example.org', email_isvalid: false, reg_approved: true })
  const [mail] = await collectMails(world)
  const { token } = (await ok(world.visitor.post('/account/verify/', { validation_code: codeIn(mail as Letter) }))).body
  const me = await world.send('/user/me/', { headers: { authorization: `Bearer ${token.access_token}` } })
  expect(me.body).toMatchObject({ username: 'pia', email_isvalid: true })
  expect((await world.visitor.post('/account/verify/', { validation_code: codeIn(mail as Letter) })).status).toBe(400)
  expect((await world.toldShort()).filter((each) => each.startsWith('user'))).toEqual([
    'user.created pia',
    'user.updated pia',
  ])
})

test('in a community that is closed meanwhile nobody is let in by a form of before', async () => {
  const browser = openBrowser(world)
  const page = await browser.get('/signup')
  await world.set({ closed_community: true })
  const shown = await browser.send('/signup', page, { username: 'quin', email: 'quin@example.org', password })
  expect(shown.status).toBe(403)
  expect((await browser.get('/signup')).status).toBe(403)
  await world.set({ closed_community: false })
  expect([await collectMails(world), await world.told()]).toEqual([[], []])
})

describe('where approval is asked for', () => {
  beforeAll(() => world.set({ users_approval_enabled: true }))
  afterAll(() => world.set({ users_approval_enabled: false }))
  const waiting = async () => (await ok(world.admin.get('/registration/'))).body.results

  test('one waits for it, confirmed, and is in by a word of an administrator, which a mail tells', async () => {
    const { browser } = await signUp('rob', 'rob@example.org', { 'accept-language': 'it' })
    const [mail] = await collectMails(world)
    expect(await waiting()).toMatchObject([{ username: 'rob', email: 'rob@example.org', email_isvalid: false }])
    expect(headingOf(await press(mail))).toBe('You are waiting to be let in')
    const early = await browser.signIn('rob@example.org', password)
    expect([early.status, headingOf(early)]).toEqual([403, 'Sei in attesa di essere ammesso'])
    const [one] = await waiting()
    expect(one).toMatchObject({ email_isvalid: true })
    expect((await world.admin.get(`/user/${one.id}/`)).body).toMatchObject({ reg_approved: false })
    expect((await world.alice.get('/registration/')).status).toBe(403)
    expect((await world.alice.post(`/registration/${one.id}/approve/`)).status).toBe(403)
    expect(await world.told()).toEqual([])
    const both = await Promise.all([1, 2].map(() => world.admin.post(`/registration/${one.id}/approve/`)))
    expect(both.map(({ status }) => status).sort()).toEqual([204, 404])
    expect((await world.toldShort()).filter((each) => each.startsWith('user'))).toEqual(['user.created rob'])
    expect((await collectMails(world)).map(({ subject, to }) => [subject, to])).toEqual([
      ['Benvenuto in Kith', 'rob@example.org'],
    ])
    expect((await browser.signIn('rob', password)).status).toBe(303)
    expect((await world.alice.get(`/user/${one.id}/`)).body).toMatchObject({ username: 'rob', reg_approved: true })
    expect([await waiting(), await drift()]).toEqual([[], []])
  })

  test('one may be let in first, and confirm then', async () => {
    const { browser } = await signUp('sue', 'sue@example.org')
    await collectMails(world)
    const [one] = await waiting()
    await ok(world.admin.post(`/registration/${one.id}/approve/`))
    expect([await world.told(), await waiting(), (await browser.signIn('sue', password)).status]).toEqual([[], [], 403])
    const [mail] = await collectMails(world)
    expect(headingOf(await press(mail))).toBe('The address is confirmed')
    expect((await world.toldShort()).filter((each) => each.startsWith('user'))).toEqual(['user.created sue'])
  })

  test('one who is not let in is gone, and told if the address was theirs', async () => {
    await signUp('tom', 'tom@example.org')
    await signUp('una', 'una@example.org')
    const [tom] = await collectMails(world)
    await press(tom)
    for (const { id } of await waiting()) await ok(world.admin.delete(`/registration/${id}/`))
    expect((await collectMails(world)).map(({ kind, to }) => [kind, to])).toEqual([['refused', 'tom@example.org']])
    expect(await world.db.query(`select from users where username in ('tom', 'una')`)).toEqual([])
    expect((await world.admin.delete(`/registration/999999/`)).status).toBe(404)
    expect((await world.admin.delete(`/registration/${world.alice.id}/`)).status).toBe(404)
    expect((await signUp('tom', 'tom@example.org')).shown.status).toBe(200)
    expect([await world.told(), await drift()]).toEqual([[], []])
    await collectMails(world)
  })

  test('the API says what one waits for, and an app does, too', async () => {
    await signUp('val', 'val@example.org')
    const [mail] = await collectMails(world)
    const answer = await world.visitor.post('/account/verify/', { validation_code: codeIn(mail as Letter) })
    expect([answer.status, answer.body.errors[0].code]).toEqual([403, 'waits_for_approval'])
    const { body: app } = await ok(
      world.admin.post('/oauth/apps/', { name: 'Mobile', grants: ['password'], confidential: false }),
    )
    const asked = { grant_type: 'password', client_id: app.client_id, username: 'val', password }
    const token = await world.send(`${world.url}/oauth/token/`, { method: 'POST', body: new URLSearchParams(asked) })
    expect([token.status, token.body.error]).toEqual([400, 'invalid_grant'])
    await world.told()
  })
})
