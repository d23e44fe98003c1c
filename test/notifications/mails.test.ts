import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { collectMails, pathIn } from '../support/mails.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
let alice: Person
let bob: Person
let post: number
const minute = 60_000

beforeAll(async () => {
  world = await createWorld()
  await world.set({ private_messages_enabled: true })
})
afterAll(() => world.end())
beforeEach(async () => {
  ;[alice, bob] = await world.strangers()
  await world.db.query('update users set email_isvalid = true where id = any($1)', [[alice.id, bob.id]])
  post = (await alice.post('/post/', { text: 'Tea?' })).body.id
  await collectMails(world)
})

const wants = (who: Person, settings: object) => who.patch('/user/me/settings/', settings)
const say = (who: Person) => who.post('/comment/', { post, text: 'Yes' })
const mails = async () => (await collectMails(world)).filter(({ kind }) => kind === 'notifications')

describe('what a member is told and has not seen', () => {
  test('goes out at once for who wants it so, but not more often than every quarter of an hour', async () => {
    await wants(alice, { qa_frequency: -1 })
    await say(bob)
    const [mail, ...more] = await mails()
    expect(more).toEqual([])
    expect(mail).toMatchObject({
      to: `${alice.username}@example.com`,
      subject: expect.stringMatching(/^News for you in /),
    })
    expect(mail?.text).toContain(`${bob.username} has commented on something you wrote or follow.`)
    expect(pathIn(mail as never)).toBe('/notification/')
    expect(mail?.text).toContain(`/user/${alice.id}/edit/`)
    await say(bob)
    await say(bob)
    expect(await mails()).toEqual([])
    world.pass(15 * minute)
    const [second] = await mails()
    expect(second?.text.match(/has commented/g)).toHaveLength(2)
    expect(await mails()).toEqual([])
  })

  test('goes out once a day for who wants it so, in the language they read, and without what they have seen', async () => {
    await wants(alice, { qa_frequency: 1 })
    await say(bob)
    expect(await mails()).toEqual([])
    await alice.get('/notification/', { 'accept-language': 'it' })
    await bob.post(`/post/${post}/vote/`)
    world.pass(24 * 60 * minute)
    const [mail, ...more] = await mails()
    expect(more).toEqual([])
    expect(mail?.subject).toMatch(/^Novità per te in /)
    expect(mail?.text).toContain(`${bob.username} ha apprezzato quello che hai scritto.`)
    expect(mail?.text).not.toContain('commentato')
  })

  test('does not go out to who wants none, has seen all, or has no confirmed address', async () => {
    await say(bob)
    await wants(alice, { qa_frequency: -1 })
    await say(bob)
    await alice.get('/notification/')
    expect(await mails()).toEqual([])
    await world.db.query('update users set email_isvalid = false where id = $1', [alice.id])
    world.pass(20 * minute)
    await say(bob)
    expect(await mails()).toEqual([])
  })

  test('is one mail of private messages, without a word of them, unless they say otherwise', async () => {
    for (const message of ['Secret tea?', 'At five?'])
      await world.admin.post('/pm/', { recipients: [alice.id], message })
    const [mail, ...more] = await mails()
    expect(more).toEqual([])
    expect(mail?.text.match(/admin has written you a message\./g)).toHaveLength(2)
    expect(mail?.text).not.toMatch(/Secret|five/)
    await wants(alice, { email_notification_not_qa: 0 })
    world.pass(20 * minute)
    await world.admin.post('/pm/', { recipients: [alice.id], message: 'Tea?' })
    expect(await mails()).toEqual([])
  })
})
