import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createCode, decideOn } from '../../src/cli/registrations.ts'
import { clearUnconfirmed } from '../../src/registrations/clear.ts'
import { password } from '../oauth/support.ts'
import { elements, openBrowser } from '../support/browser.ts'
import { codeIn, collectMails, type Letter, pathIn } from '../support/mails.ts'
import { ok } from '../support/ok.ts'
import { createWorld, secret, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const invite = async (sent: object = {}) => (await ok(world.admin.post('/invite_code/', sent))).body
const promote = async (sent: object = {}) => (await ok(world.admin.post('/promo_code/', sent))).body
const shown = (code: string, who = world.visitor) => who.get(`/invite_code/${code}/`)
const faults = (answer: { body: { errors: { field: string; messages: { code: string }[] }[] } }) =>
  answer.body.errors.map(({ field, messages }) => `${field} ${messages[0]?.code}`)
const create = (username: string, more: object = {}) =>
  world.admin.post('/account/create/', { username, email: `${username}@example.org`, password, ...more })

async function signUp(username: string, more: Record<string, string> = {}, path = '/signup') {
  const browser = openBrowser(world)
  const page = await browser.get(path)
  // What a link has filled in is sent, too.
  const there = Object.fromEntries(elements(page.html, 'input').map((each) => [each.get('name'), each.get('value')]))
  return browser.send('/signup', page, { ...there, username, email: `${username}@example.org`, password, ...more })
}
const confirm = async () => {
  for (const mail of await collectMails(world))
    if (mail.kind === 'confirm_sign_up')
      await ok(world.visitor.post('/account/verify/', { validation_code: codeIn(mail) }))
}
const alertOf = ({ html }: { html: string }) => elements(html, 'p').find((each) => each.get('role') === 'alert')?.text

test('who is invited makes an account by the link in the mail, with the role of the invitation', async () => {
  const made = await invite({ email: 'Ann@example.org', name: 'Ann', role: 'moderator', send: true })
  expect(made).toMatchObject({
    ...{ name: 'Ann', email: 'Ann@example.org', role: 'moderator', tags: [], invited_by: world.admin.id },
    ...{ invited_by_username: 'admin', used_at: null, user: null, is_valid_now: true, uses: 0, max_uses: 1 },
    ...{ code: expect.stringMatching(/^[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$/), sent_at: made.generated_at },
  })
  const [mail] = await collectMails(world)
  expect([mail?.to, mail?.subject]).toEqual(['Ann@example.org', 'You are invited to Kith'])
  expect(mail?.text).toContain('admin would like to have you in Kith')
  const path = pathIn(mail as Letter)
  expect(path).toBe(`/signup?invite_code=${made.code}`)
  expect((await shown(made.code.toLowerCase())).body).toMatchObject({ name: 'Ann', email: 'Ann@example.org' })
  const other = await signUp('zoe', {}, path)
  expect([other.status, alertOf(other)]).toEqual([400, expect.stringContaining('is for another address')])

  await world.set({ invite_code: true, users_approval_enabled: true })
  const page = await openBrowser(world).get(path)
  expect(
    elements(page.html, 'input')
      .find((each) => each.get('name') === 'invite_code')
      ?.get('value'),
  ).toBe(made.code)
  // Sent by whoever fills it in again, in any case.
  expect((await signUp('ann', { invite_code: ` ${made.code.toLowerCase()} ` })).status).toBe(200)
  await confirm()
  expect(await world.toldShort()).toEqual(['user.created ann'])
  const { body: ann } = await ok(world.admin.get('/account/search/?username=ann'))
  expect(ann).toMatchObject({ role: 'moderator', email: 'ann@example.org', email_isvalid: true, reg_approved: true })
  await world.set({ invite_code: false, users_approval_enabled: false })

  // Used, it names nobody any more but to those who made it.
  expect((await shown(made.code)).body).toMatchObject({
    name: '',
    email: null,
    user: null,
    is_valid_now: false,
    uses: 1,
  })
  const whole = (await shown(made.code, world.admin)).body
  expect(whole).toMatchObject({ name: 'Ann', user: { id: ann.id, username: 'ann' } })
  expect(whole.used_at).toMatch(/^\d{4}-/)
  expect(faults(await create('amy', { invite_code: made.code, email: 'ann@example.org' }))).toEqual(['email unique'])
  expect(faults(await create('amy', { invite_code: made.code }))).toEqual(['invite_code invalid'])
})

test('where invitations are asked for, nobody makes an account without one', async () => {
  await world.set({ invite_code: true })
  for (const invite_code of ['', 'nothing', 'x'.repeat(300), "'; drop table users"]) {
    const refused = await signUp('ben', { invite_code })
    expect([refused.status, alertOf(refused)]).toEqual([400, expect.stringContaining('invitation')])
  }
  const { code } = await invite()
  expect((await signUp('ben', { invite_code: code })).status).toBe(200)
  await world.set({ invite_code: false })
  await confirm()
  expect(await world.toldShort()).toEqual(['user.created ben'])
})

test('the last use is had by one, however many come at once', async () => {
  const { code } = await invite({ max_uses: 2 })
  const answers = await Promise.all(['c1', 'c2', 'c3', 'c4'].map((name) => create(name, { invite_code: code })))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 400, 400])
  expect((await shown(code)).body).toMatchObject({ uses: 2, is_valid_now: false })
  expect((await world.toldShort()).filter((each) => each.startsWith('user.created c'))).toHaveLength(2)
  await collectMails(world)
})

test('an account that never comes to be leaves the invitation good', async () => {
  const { code } = await invite()
  expect((await signUp('dan', { invite_code: code })).status).toBe(200)
  expect((await shown(code)).body.is_valid_now).toBe(false)
  world.pass(8 * 86_400_000)
  await clearUnconfirmed(world.kith)
  expect((await shown(code)).body).toMatchObject({ is_valid_now: true, uses: 0 })
  // A name that is taken, too.
  expect(faults(await create('alice', { invite_code: code, email: 'd@example.org' }))).toEqual(['username unique'])
  expect((await shown(code)).body.uses).toBe(0)
  await collectMails(world)
  await world.told()
})

test('a promo code is good in its time and as often as it says, and found by code or id', async () => {
  const now = world.kith.clock.now().getTime() / 1000
  const made = await promote({
    code: 'Spring-26',
    name: 'Spring',
    valid_from: now + 60,
    valid_to: now + 120,
    max_uses: 1,
  })
  expect(made).toMatchObject({ code: 'Spring-26', name: 'Spring', is_valid_now: false, max_uses: 1, uses: 0 })
  expect(faults(await create('eli', { promo_code: 'spring-26' }))).toEqual(['promo_code invalid'])
  world.pass(61_000)
  for (const path of ['SPRING-26', made.id])
    expect((await world.visitor.get(`/promo_code/${path}/`)).body).toMatchObject({ id: made.id, is_valid_now: true })
  const page = await signUp('eli', {}, '/signup?promo_code=Spring-26')
  expect(page.status).toBe(200)
  expect(faults(await create('eve', { promo_code: 'Spring-26' }))).toEqual(['promo_code invalid'])
  const { code } = await promote({ valid_to: null })
  expect(await create('eve', { promo_code: code, invite_code: '' })).toMatchObject({ status: 201 })
  expect((await world.admin.get('/promo_code/')).body.results.map((each: { uses: number }) => each.uses)).toEqual([
    1, 1,
  ])
  await ok(world.admin.delete('/promo_code/spring-26/'))
  expect((await world.visitor.get('/promo_code/Spring-26/')).status).toBe(404)
  await collectMails(world)
  await world.told()
})

test('codes are made by administrators, as they should be, and withdrawn by them', async () => {
  const { code } = await promote({ code: 'twice-1' })
  expect(faults(await world.admin.post('/promo_code/', { code: 'TWICE-1' }))).toEqual(['code unique'])
  for (const [path, sent, fault] of [
    ['/promo_code/', { code: '123' }, 'code invalid'],
    ['/promo_code/', { code: 'a b' }, 'code invalid'],
    ['/promo_code/', { max_uses: 0 }, 'max_uses invalid'],
    ['/promo_code/', { valid_to: 1 }, 'valid_to invalid'],
    ['/promo_code/', { valid_from: 'soon' }, 'valid_from invalid'],
    ['/invite_code/', { send: true }, 'email required'],
    ['/invite_code/', { email: 'x', role: 'king' }, 'email invalid,role invalid'],
  ] as const)
    expect(faults(await world.admin.post(path, sent)).join(), JSON.stringify(sent)).toBe(fault)
  const invited = await invite()
  for (const kind of ['promo_code', 'invite_code']) {
    expect((await world.alice.post(`/${kind}/`, {})).status).toBe(403)
    expect((await world.alice.get(`/${kind}/`)).status).toBe(403)
    expect((await world.alice.delete(`/${kind}/${code}/`)).status).toBe(403)
    expect((await world.visitor.get(`/${kind}/nothing/`)).status).toBe(404)
  }
  await ok(world.admin.delete(`/invite_code/${invited.code}/`))
  expect((await shown(invited.code)).status).toBe(404)
  expect([await collectMails(world), await world.told()]).toEqual([[], []])
})

test('what an administrator promised ends when they are none any more, and nothing is left of who is erased', async () => {
  const boss = await world.join('boss', { role: 'admin' })
  const { body: promise } = await ok(boss.post('/invite_code/', { role: 'admin', max_uses: null }))
  const { body: open } = await ok(boss.post('/invite_code/', { max_uses: null }))
  await world.db.query('update users set role = null where id = $1', [boss.id])
  expect(faults(await create('fin', { invite_code: promise.code }))).toEqual(['invite_code invalid'])
  expect((await create('fin', { invite_code: open.code })).status).toBe(201)
  const { code } = await invite({ name: 'Gina xylophone', email: 'gina-xylophone@example.org' })
  const { body: gina } = await ok(create('gina', { invite_code: code, email: 'gina-xylophone@example.org' }))
  await ok(world.admin.delete(`/user/${gina.id}/?hard=1`))
  await ok(world.admin.delete(`/user/${boss.id}/?hard=1`))
  for (const table of ['signup_code', 'signup_code_use', 'mail', 'validation_code'])
    expect(await world.db.query(`select from ${table} t where t::text ilike '%xylophone%'`), table).toEqual([])
  expect((await shown(open.code)).status).toBe(404)
  expect((await shown(code, world.admin)).body).toMatchObject({ name: '', email: null, user: null, uses: 1 })
  await world.told()
})

test('commands make codes and let people in, by the rules of the API', async () => {
  vi.stubEnv('DATABASE_URL', world.database.url)
  vi.stubEnv('KITH_JWT_SECRET', secret)
  const printed: string[] = []
  const print = vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(line))
  await createCode('i', { uses: 2, days: 1, role: 'editor' })
  await createCode('p', { code: 'by-command' })
  expect((await shown(printed[0] ?? '')).body).toMatchObject({ role: 'editor', max_uses: 2, invited_by: null })
  expect(printed[1]).toBe('by-command')
  await expect(createCode('i', { role: 'king' })).rejects.toMatchObject({ status: 400 })
  await expect(createCode('p', { days: 0 })).rejects.toThrow('Give a number of days')
  await world.set({ users_approval_enabled: true })
  await signUp('hans')
  await signUp('hugo')
  await confirm().catch(() => {})
  await decideOn('hans', {}, true)
  await decideOn('hugo', {}, false)
  await expect(decideOn('alice', {}, true)).rejects.toMatchObject({ status: 404 })
  expect(printed.slice(2)).toEqual(['hans is let in.', 'hugo is not let in, and gone.'])
  await world.set({ users_approval_enabled: false })
  print.mockRestore()
  vi.unstubAllEnvs()
  expect((await world.admin.get('/account/search/?username=hugo')).status).toBe(404)
  await world.told()
})
