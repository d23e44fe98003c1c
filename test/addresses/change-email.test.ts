import { afterAll, beforeAll, expect, test } from 'vitest'
import { elements, openBrowser } from '../support/browser.ts'
import { codeIn, collectMails, pathIn } from '../support/mails.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let admin: Person
beforeAll(async () => {
  world = await createWorld()
  ;({ alice, bob, admin } = world)
})
afterAll(() => world.end())

const change = (who: Person, id: number, body: object) => who.patch(`/user/${id}/change_email/`, body)
const confirm = (id: number, new_email: string, validation_code: string) =>
  world.visitor.post(`/user/${id}/confirm_email/`, { new_email, validation_code })
const isValid = async (id: number, token: string, name = 'token') =>
  (await ok(world.visitor.get(`/user/${id}/check_email_token/?${name}=${token}`))).body.is_valid
const addressOf = async (who: Person) => {
  const { email, email_isvalid } = (await who.get('/user/me/')).body
  return [email, email_isvalid]
}

test('another address counts once it is confirmed, is told, and the one before is told as well', async () => {
  const asked = await change(alice, alice.id, { new_email: 'alice@new.example', confirm: 1 })
  expect([asked.status, asked.text]).toEqual([204, ''])
  expect(await addressOf(alice)).toEqual(['alice@example.com', false])
  const [mail] = await collectMails(world)
  expect([mail?.kind, mail?.to]).toEqual(['confirm_change', 'alice@new.example'])
  const code = mail ? codeIn(mail) : ''
  expect([
    await isValid(alice.id, code),
    await isValid(alice.id, code, 'email_token'),
    await isValid(bob.id, code),
  ]).toEqual([true, true, false])
  expect((await confirm(bob.id, 'alice@new.example', code)).status).toBe(400)
  expect((await confirm(alice.id, 'other@new.example', code)).body.errors[0].field).toBe('new_email')
  // It confirms an address; it lets nobody in.
  expect((await world.visitor.post('/account/verify/', { validation_code: code })).status).toBe(400)
  expect((await world.visitor.post('/account/reset/', { validation_code: code, password: 'Correct-1' })).status).toBe(
    400,
  )
  expect(await world.told()).toEqual([])
  expect((await confirm(alice.id, 'Alice@new.example', code)).status).toBe(204)
  expect(await addressOf(alice)).toEqual(['alice@new.example', true])
  expect(await world.told()).toMatchObject([
    { type: 'user.updated', data: { id: alice.id, email: 'alice@new.example', email_isvalid: true } },
  ])
  expect((await collectMails(world)).map(({ kind, to }) => [kind, to])).toEqual([['changed', 'alice@example.com']])
  expect([(await confirm(alice.id, 'alice@new.example', code)).status, await isValid(alice.id, code)]).toEqual([
    400,
    false,
  ])
})

test('of two wishes the last counts, for a day', async () => {
  await change(bob, bob.id, { new_email: 'one@new.example' })
  await change(bob, bob.id, { new_email: 'two@new.example' })
  const [one, two] = (await collectMails(world)).map(codeIn) as [string, string]
  expect([await isValid(bob.id, one), await isValid(bob.id, two)]).toEqual([false, true])
  world.pass(86_401_000)
  expect(await isValid(bob.id, two)).toBe(false)
  expect((await confirm(bob.id, 'two@new.example', two)).status).toBe(400)
})

test('that somebody has an address is told to them alone; who confirms it later is too late', async () => {
  const taken = await change(bob, bob.id, { new_email: 'ALICE@new.example' })
  expect([taken.status, taken.text]).toEqual([204, ''])
  expect((await collectMails(world)).map(({ kind, to }) => [kind, to])).toEqual([
    ['already_known', 'alice@new.example'],
  ])
  // Both want one that is free.
  await change(alice, alice.id, { new_email: 'free@new.example' })
  await change(bob, bob.id, { new_email: 'free@new.example' })
  const [hers = '', his = ''] = (await collectMails(world)).map(codeIn)
  expect((await confirm(bob.id, 'free@new.example', his)).status).toBe(204)
  const late = await confirm(alice.id, 'free@new.example', hers)
  expect([late.status, late.body.errors[0]]).toEqual([
    400,
    {
      field: 'email',
      messages: [{ code: 'unique', message: 'There is an account with this e-mail address already.' }],
    },
  ])
  const page = openBrowser(world)
  const shown = await page.get(`/account/verify?validation_code=${hers}`)
  expect((await page.send('/account/verify', shown)).status).toBe(400)
  await collectMails(world)
  await world.told()
})

test('an administrator may have the code, and learns who has an address; nobody changes that of another', async () => {
  const asked = await ok(change(admin, bob.id, { new_email: 'bob3@new.example', confirm: true }))
  expect(asked.status).toBe(200)
  expect(await collectMails(world)).toEqual([])
  expect((await change(admin, bob.id, { new_email: 'alice@new.example', confirm: true })).body.errors[0]).toMatchObject(
    {
      field: 'email',
      messages: [{ code: 'unique', id: alice.id }],
    },
  )
  expect((await confirm(bob.id, 'bob3@new.example', asked.body.validation_code)).status).toBe(204)
  expect((await change(alice, bob.id, { new_email: 'x@new.example' })).status).toBe(403)
  expect((await change(admin, 999_999, { new_email: 'x@new.example' })).status).toBe(404)
  for (const new_email of [
    'x',
    'a@b.example,c@d.example',
    'a@b.example\nBcc: x@y.example',
    'a@b\u202e.example',
    null,
    '',
  ])
    expect((await change(alice, alice.id, { new_email })).status, String(new_email)).toBe(400)
  await collectMails(world)
  await world.told()
})

test('by a page, with a press of a button and never by the link alone; blocked members, too', async () => {
  await world.db.query(`update users set status = 'b' where id = $1`, [alice.id])
  world.kith.actors.forget(alice.id)
  await ok(change(alice, alice.id, { new_email: 'al@new.example' }))
  const [mail] = await collectMails(world)
  const browser = openBrowser(world)
  const page = await browser.get(mail ? pathIn(mail) : '')
  expect(page.html).toContain('al@new.example')
  expect(await addressOf(alice)).toEqual(['alice@new.example', true])
  expect((await browser.send('/account/verify', page, {}, { 'sec-fetch-site': 'cross-site' })).status).toBe(200)
  expect(await addressOf(alice)).toEqual(['alice@new.example', true])
  const done = await browser.send('/account/verify', page)
  expect([done.status, elements(done.html, 'h1')[0]?.text]).toEqual([200, 'The address is confirmed'])
  expect(await addressOf(alice)).toEqual(['al@new.example', true])
  expect((await browser.send('/account/verify', page)).status).toBe(400)
  expect(await world.toldShort()).toEqual(['user.updated alice'])
})
