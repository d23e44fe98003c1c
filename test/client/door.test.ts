import { createRequire } from 'node:module'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeArchives } from '../../src/archives/make.ts'
import { unzip } from '../archives/unzip.ts'
import { password } from '../oauth/support.ts'
import { codeIn, collectMails, type Letter } from '../support/mails.ts'
import { ok } from '../support/ok.ts'
import { picture } from '../support/upload.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

// The vendor's published client, as it is: all it does on the way in, about oneself, and on the way out.
const client = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')
const { http, AccountService, DataPortabilityService, InviteService, LegalPageService, OnBoardingService } = client
const { PromoService, SSOService, UserService } = client

let world: World
let alice: Person
let bob: Person

const as = (person: Person) => http.setAuthorizeToken(person.token)
const asVisitor = () => http.setAuthorizeToken('')
const refused = (status: number, field?: string) => ({
  response: { status, ...(field && { data: { errors: [{ field }] } }) },
})
const newestMail = async () => (await collectMails(world)).at(-1) as Letter

beforeAll(async () => {
  world = await createWorld()
  http.setBasePortal(world.url)
})
afterAll(async () => {
  asVisitor()
  await world.end()
})
beforeEach(async () => {
  ;[alice, bob] = await world.strangers()
})

test('an account is made, found, confirmed by the mail, and got back into when the password is forgotten', async () => {
  as(world.admin)
  const given = { username: 'dan', email: 'dan@example.com', password }
  const made = (await AccountService.create(given as never)) as unknown as { id: number }
  expect(made).toMatchObject({ username: 'dan', email: 'dan@example.com' })
  await expect(AccountService.create(given as never)).rejects.toMatchObject(refused(400, 'username'))
  for (const by of [{ username: 'dan' }, { email: 'dan@example.com' }])
    expect(await AccountService.search(by)).toMatchObject({ id: made.id })
  await expect(AccountService.search({ username: 'nobody' })).rejects.toMatchObject(refused(404))
  const code = codeIn(await newestMail())

  asVisitor()
  const check = (AccountService as unknown as { verifyValidationCode(data: object): Promise<object> })
    .verifyValidationCode
  expect(await check({ validation_code: code })).toEqual({ is_valid: true })
  const { token } = await AccountService.verify({ validation_code: code })
  http.setAuthorizeToken(token.access_token)
  expect(await UserService.getCurrentUser()).toMatchObject({ id: made.id, email_isvalid: true })
  asVisitor()
  expect(await check({ validation_code: code })).toEqual({ is_valid: false })
  await expect(AccountService.verify({ validation_code: code })).rejects.toMatchObject(refused(400))

  expect(await AccountService.recover({ email: 'nobody@example.com' })).toBe('')
  expect(await AccountService.recover({ email: 'dan@example.com' })).toBe('')
  const reset = { validation_code: codeIn(await newestMail()), password: 'another Horse 8' }
  await expect(AccountService.reset({ ...reset, password: 'simple' })).rejects.toMatchObject(refused(400, 'password'))
  const again = await AccountService.reset(reset)
  http.setAuthorizeToken(again.token.access_token)
  expect(await UserService.getCurrentUser()).toMatchObject({ id: made.id })
  await expect(AccountService.reset(reset)).rejects.toMatchObject(refused(400))
  expect((await world.told()).map(({ type }) => type)).toEqual(['user.created', 'user.updated'])
})

test('a member of another system is made, and says who they are', async () => {
  as(world.admin)
  const sent = { ext_id: 'crm-7', username: 'erin', email: 'erin@example.com', real_name: 'Erin' }
  const made = await SSOService.SignUp(sent as never)
  expect(made).toMatchObject({ id: expect.any(Number), ext_id: 'crm-7', username: 'erin', role: null, tags: [] })
  await expect(
    SSOService.SignUp({ ...sent, username: 'erin2', email: 'e2@example.com' } as never),
  ).rejects.toMatchObject(refused(400, 'ext_id'))
  expect(await AccountService.search({ ext_id: 'crm-7', provider: 'external' })).toMatchObject({ username: 'erin' })
  http.setAuthorizeToken(await world.kith.tokens.mint(Number(made.id), 60))
  expect(await SSOService.SignIn()).toEqual({ id: made.id, ext_id: 'crm-7', username: 'erin', role: null, tags: [] })
  asVisitor()
  await expect(SSOService.SignIn()).rejects.toMatchObject(refused(401))
  as(alice)
  await expect(SSOService.SignUp({ ...sent, ext_id: 'crm-8' } as never)).rejects.toMatchObject(refused(403))
  expect(await world.toldShort()).toEqual(['user.created erin'])
})

test('an invitation and a promo code are looked at before an account is made with them', async () => {
  const invite = (await ok(world.admin.post('/invite_code/', { name: 'Ann', email: 'ann@example.org' }))).body
  const promo = (await ok(world.admin.post('/promo_code/', { code: 'spring-26', name: 'Spring' }))).body
  asVisitor()
  expect(await InviteService.getSpecificInvite(invite.code)).toMatchObject({ email: 'ann@example.org' })
  expect(await PromoService.getSpecificPromo('spring-26')).toMatchObject({ name: promo.name })
  await expect(InviteService.getSpecificInvite('NO-SUCH-CODE')).rejects.toMatchObject(refused(404))
  await expect(PromoService.getSpecificPromo('none')).rejects.toMatchObject(refused(404))
  as(world.admin)
  const account = { username: 'ann', password, invite_code: invite.code, promo_code: 'spring-26' }
  await expect(AccountService.create({ ...account, email: 'x@example.org' } as never)).rejects.toMatchObject(
    refused(400, 'invite_code'),
  )
  expect(await AccountService.create({ ...account, email: 'ann@example.org' } as never)).toMatchObject({
    username: 'ann',
  })
  asVisitor()
  expect(await InviteService.getSpecificInvite(invite.code)).toMatchObject({ is_valid_now: false })
  await collectMails(world)
  await world.told()
})

test('a member changes their address by the code that is sent to it, and their password', async () => {
  as(alice)
  expect(await UserService.changeUserMail(alice.id, 'alice@new.example')).toBe('')
  const letter = await newestMail()
  expect(letter.to).toBe('alice@new.example')
  const code = codeIn(letter)
  expect(await UserService.checkUserEmailToken(alice.id, code)).toEqual({ is_valid: true })
  await expect(UserService.confirmChangeUserMail(alice.id, 'alice@new.example', 'wrong')).rejects.toMatchObject(
    refused(400),
  )
  await UserService.confirmChangeUserMail(alice.id, 'alice@new.example', code)
  expect(await UserService.getCurrentUser()).toMatchObject({ email: 'alice@new.example', email_isvalid: true })
  await expect(UserService.changeUserPassword(alice.id, 'not mine 1A', password)).rejects.toMatchObject(refused(400))
  as(bob)
  await expect(UserService.changeUserMail(alice.id, 'bob@new.example')).rejects.toMatchObject(refused(403))
  await collectMails(world)
  expect((await world.told()).map(({ type }) => type)).toEqual(['user.updated'])
})

test('a member has pictures of themselves, and shows one', async () => {
  as(alice)
  const add = async (background: string) => {
    const form = new FormData()
    form.append('avatar', new Blob([new Uint8Array(await picture(40, 40, 'png', background))]), 'me.png')
    // As the official UI sends it.
    const config = { headers: { 'Content-Type': 'multipart/form-data' } }
    return (await UserService.addUserAvatar(form, config)) as unknown as { id: number; avatar: string }
  }
  const [first, second] = [await add('#a03'), await add('#03a')]
  expect((await UserService.getUserAvatars()).results).toMatchObject([
    { id: second.id, primary: true },
    { id: first.id, primary: false },
  ])
  expect(await UserService.setUserPrimaryAvatar(first.id)).toBe('')
  expect(await UserService.getCurrentUserAvatar()).toMatchObject({ avatar: first.avatar })
  expect(await UserService.removeUserAvatar(first.id)).toBe('')
  expect(await UserService.getCurrentUser()).toMatchObject({ avatar: second.avatar })
  await expect(UserService.removeUserAvatar(first.id)).rejects.toMatchObject(refused(400, 'avatar_id'))
  expect(new Set((await world.told()).map(({ type }) => type))).toEqual(new Set(['user.updated']))
})

test('a member says who they are elsewhere, and takes it back', async () => {
  as(alice)
  const said = {
    user_id: alice.id,
    provider: 'mastodon',
    ext_id: '@alice',
    profile_url: 'https://social.example/@alice',
  }
  const { created_at: _, ...made } = (await UserService.createProviderAssociation({
    ...said,
    metadata: {},
    show_in_profile: true,
  } as never)) as never as Record<string, unknown>
  expect(made).toMatchObject({ provider: 'mastodon', ext_id: '@alice' })
  as(bob)
  expect(await UserService.getProviderAssociations(alice.id)).toMatchObject([{ provider: 'mastodon' }])
  as(alice)
  expect(await UserService.deleteProviderAssociation(said as never)).toBe('')
  expect(await UserService.getProviderAssociations(alice.id)).toEqual([])
  await world.told()
})

test('what a profile hangs together with is there, and empty where there is none yet', async () => {
  const { body: category } = await ok(world.admin.post('/category/', { name: `Tea ${alice.id}` }))
  await ok(alice.post(`/category/${category.id}/follow/`))
  const { body: post } = await ok(alice.post('/post/', { text: 'Tea' }))
  as(alice)
  expect(await UserService.getUserFollowedCategories(alice.id)).toMatchObject([{ id: category.id }])
  expect((await UserService.getUserFeed(alice.id)).results).toMatchObject([{ type: 'post', post: { id: post.id } }])
  expect(await UserService.getUserLoyaltyPoints(alice.id)).toEqual({ points: 0 })
  expect(await UserService.userTagToAddressContribution()).toEqual([])
  expect(
    (await UserService.matchUsernames([bob.username.toUpperCase(), 'nobody at all', alice.username])).map(
      ({ id }) => id,
    ),
  ).toEqual([bob.id, alice.id])
  await ok(bob.post(`/user/${alice.id}/hide/`))
  expect(await UserService.matchUsernames([bob.username])).toEqual([])
  await expect(UserService.getCurrentUserPlatform()).rejects.toMatchObject(refused(403))
  as(world.admin)
  expect(await UserService.getCurrentUserPlatform('/moderation/flags/')).toMatchObject({
    platform_url: `${world.url}/console/moderation/flags/`,
  })
  await world.told()
})

test('a member reads the legal pages, agrees, and takes it back', async () => {
  const publish = async (title: string) =>
    (await ok(world.admin.post('/legal_page/', { policy: 'privacy', title, html_body: '<p>Words</p>' }))).body
  const [old, last] = [await publish('Privacy'), await publish('Privacy, once more')]
  asVisitor()
  expect((await LegalPageService.getLegalPages()).results.map(({ id }) => id)).toContain(last.id)
  expect((await LegalPageService.searchLegalPages({ search: 'once more' } as never)).results).toMatchObject([
    { id: last.id },
  ])
  expect(await LegalPageService.getSpecificLegalPage(old.id)).toMatchObject({ title: 'Privacy' })
  expect((await LegalPageService.getAllRevisionsOfLegalPage('privacy')).results).toHaveLength(2)
  expect(await LegalPageService.getLastRevisionOfLegalPage('privacy')).toMatchObject({ id: last.id })
  as(alice)
  expect(await LegalPageService.ackLegalPage(last.id, 1)).toMatchObject({ accepted_at: expect.any(String) })
  expect(await LegalPageService.getSpecificUserAck(last.id)).toMatchObject({ not_accepted_at: null })
  expect(await LegalPageService.ackLegalPage(last.id, 0)).toMatchObject({ accepted_at: null })
  expect(await LegalPageService.userAckList()).toHaveLength(1)
  await world.told()
})

test('a member takes away what is kept of them', async () => {
  as(alice)
  expect(await DataPortabilityService.dataPortabilityStatus()).toMatchObject({ computing: false, generated_at: null })
  await expect(DataPortabilityService.downloadDataPortability()).rejects.toMatchObject(refused(404))
  expect(await DataPortabilityService.generateDataPortability()).toMatchObject({ computing: true, send_email: true })
  await makeArchives(world.kith)
  expect((await newestMail()).kind).toBe('archive_ready')
  const status = await DataPortabilityService.dataPortabilityStatus()
  expect(status).toMatchObject({
    computing: false,
    generated_at: expect.any(String),
    email_sent_at: expect.any(String),
  })
  // In a browser it is a blob; Node's adapter gives bytes when it is asked for them.
  const bytes = await DataPortabilityService.downloadDataPortability({ responseType: 'arraybuffer' })
  const { 'profile.jsonl': profile } = unzip(Buffer.from(bytes))
  expect(JSON.parse(String(profile))).toMatchObject({ id: alice.id, username: alice.username })
})

test('the creator goes through the first steps', async () => {
  as(world.admin)
  const { results } = await OnBoardingService.getAllSteps()
  expect(results).toHaveLength(6)
  const [contents, , , profile] = results.map(({ id }) => id as never) as [never, never, never, never]
  expect(await OnBoardingService.startAStep(contents)).toMatchObject({ step: 'contents', status: 'in_progress' })
  expect(await OnBoardingService.completeAStep(profile)).toMatchObject({ step: 'profile', status: 'completed' })
  expect(await OnBoardingService.getAStep(profile)).toMatchObject({ status: 'completed', completion_percentage: 100 })
  as(alice)
  await expect(OnBoardingService.getAllSteps()).rejects.toMatchObject(refused(403))
  await world.told()
})
