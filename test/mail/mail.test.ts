import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { headerText, isMailable, readMailbox } from '../../src/mail/address.ts'
import { compose } from '../../src/mail/compose.ts'
import { clearMails } from '../../src/mail/erase.ts'
import { examineMails } from '../../src/mail/examine.ts'
import { clearFolder } from '../../src/mail/folder.ts'
import { openPost, type Post } from '../../src/mail/post.ts'
import { type Mail, sendMail } from '../../src/mail/queue.ts'
import { retries, sendDue } from '../../src/mail/send.ts'
import { createWorld, type World } from '../support/world.ts'
import { openMailServer, parseMail } from './smtp.ts'

let world: World
let server: Awaited<ReturnType<typeof openMailServer>>
let post: Post
let folder: string
const said: string[] = []
const say = (about: object, message: string) => void said.push(`${message} ${JSON.stringify(about)}`)
const from = { name: '', address: 'bees@community.example' }

beforeAll(async () => {
  world = await createWorld()
  server = await openMailServer()
  folder = await mkdtemp(join(tmpdir(), 'kith-mail-'))
  post = await openPost({ smtp: server.smtp, dataDir: folder })
})
beforeEach(async () => {
  await world.db.query('delete from mail')
  server.got.length = 0
  said.length = 0
})
afterAll(async () => {
  post.close()
  await server.close()
  await rm(folder, { recursive: true })
  await world.end()
})

const secret = 'kith_vc_abcdefgh'
const letter = compose({
  subject: 'Your word',
  greeting: 'Hello alice,',
  says: ['Là <b>è</b> 日本.'],
  link: { words: 'Go on', address: `https://community.example/go?code=${secret}&x=1` },
  ends: ['Bees & friends'],
})
const queue = (more: Partial<Mail> = {}) =>
  world.db.transaction((tx) =>
    sendMail(tx, {
      ...{
        member: world.alice.id,
        kind: 'hello',
        to: 'alice@example.com',
        from: 'Bees\r\nBcc: x@y.example',
        ...letter,
      },
      ...{ now: world.kith.clock.now(), ...more },
    }),
  )
const sending = (by: Post = post) => ({ post: by, from, log: { warn: say, error: say } as never })
const send = (by?: Post) => sendDue(world.kith, sending(by))
const kept = () =>
  world.db.query<{ body: string; attempts: number; fault: string | null; settled: boolean; wait: number }>(
    `select body, attempts, fault, settled_at is not null as settled,
      round(extract(epoch from due_at) - $1)::int as wait from mail order by id`,
    [world.kith.clock.now().getTime() / 1000],
  )

describe('a mail', () => {
  test('goes out once by SMTP as text and HTML, and what it said is wiped', async () => {
    const id = await queue({ unsubscribe: 'https://community.example/stop?t=1' })
    await Promise.all([send(), send()])
    expect(server.got).toHaveLength(1)
    const [got] = server.got
    expect([got?.from, got?.to]).toEqual(['bees@community.example', ['alice@example.com']])
    const mail = await parseMail(got?.raw ?? '')
    expect([mail.subject, mail.text.trim()]).toEqual(['Your word', letter.text.trim()])
    expect(mail.html).toContain('Là &lt;b&gt;è&lt;/b&gt; 日本.')
    expect(mail.messageId).toMatch(new RegExp(`^<kith-${id}-\\d+@community.example>$`))
    expect(got?.raw).toMatch(/^From: "?Bees Bcc: x@y.example"? <bees@community.example>\r?$/m)
    expect(got?.raw).not.toMatch(/^Bcc:/im)
    expect(got?.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click/m)
    expect(await kept()).toEqual([{ body: '', attempts: 1, fault: null, settled: true, wait: null }])
    expect(said).toEqual([])
  })

  test('of an act that is undone is not sent', async () => {
    await world.db
      .transaction(async (tx) => {
        await sendMail(tx, { member: null, kind: 'hello', to: 'a@b.example', from: 'x', ...letter, now: new Date() })
        throw new Error('no')
      })
      .catch(() => {})
    await send()
    expect(server.got).toEqual([])
  })

  test('that is refused for now is tried again, later and later, and given up with its reason', async () => {
    server.refuses['alice@example.com'] = 450
    await queue()
    for (const wait of retries) {
      await send()
      const [mail] = await kept()
      expect(mail).toMatchObject({ settled: false, wait })
      world.pass(wait * 1000 + 1)
    }
    expect((await kept())[0]?.body).toContain(secret)
    await send()
    expect(await kept()).toMatchObject([
      { body: '', attempts: 8, settled: true, fault: expect.stringContaining('450') },
    ])
    expect(said.at(-1)).toMatch(/^a mail is given up /)
    expect(said.join()).not.toContain('kith_vc')
    delete server.refuses['alice@example.com']
    await send()
    expect(server.got).toEqual([])
    expect(await examineMails(world.db, { smtp: server.smtp, dataDir: folder })).toMatchObject([
      { good: true, says: `mail: by 127.0.0.1:${server.smtp.port}` },
      { good: false, says: expect.stringMatching(/1 given up in the last week, as: .*450/) },
    ])
  })

  test('that is refused for good is given up at once, and keeps no other from its turn', async () => {
    server.refuses['gone@example.com'] = 550
    await queue({ to: 'gone@example.com' })
    await queue()
    await send()
    expect(await kept()).toMatchObject([{ settled: true, fault: expect.stringContaining('550') }, { fault: null }])
    expect(server.got).toHaveLength(1)
  })

  test('waits while the server is away or knows another password, and is not the one to blame', async () => {
    const away = await openPost({ smtp: { ...server.smtp, port: 1 }, dataDir: folder })
    const wrong = await openPost({ smtp: { ...server.smtp, password: 'other' }, dataDir: folder })
    await queue()
    for (const by of [away, wrong]) {
      await send(by)
      expect(await kept()).toMatchObject([{ settled: false, fault: expect.stringMatching(/ECONNREFUSED|login/i) }])
      world.pass((retries[0] as number) * 1000 + 301_000)
      by.close()
    }
    expect((await examineMails(world.db, { smtp: null, dataDir: folder }))[0]?.says).toContain('1 waiting')
    await send()
    expect(server.got).toHaveLength(1)
  })

  test('is taken from a node that ends in the middle, and goes out with the same Message-ID', async () => {
    await queue()
    const killed: Post = { send: () => new Promise(() => {}), close() {} }
    void send(killed)
    await expect.poll(async () => (await kept())[0]?.attempts).toBe(1)
    await send()
    expect(server.got).toEqual([])
    world.pass(301_000)
    const again: string[] = []
    // This one sends, and its word of that comes too late.
    await sendDue(world.kith, {
      ...sending({
        async send(mail) {
          await post.send(mail)
          world.pass(301_000)
          await send()
        },
        close() {},
      }),
    })
    for (const { raw } of server.got) again.push((await parseMail(raw)).messageId)
    expect(again).toHaveLength(2)
    expect(new Set(again).size).toBe(1)
    expect(await kept()).toMatchObject([{ settled: true, attempts: 3 }])
  })

  test('is lost by no kill between sending and writing that down: one of them goes out twice, as the same mail', async () => {
    for (const n of [1, 2, 3, 4]) await queue({ to: `member${n}@example.com`, now: new Date() })
    const { host, port, user, password } = server.smtp
    const env = {
      ...{ ...process.env, DATABASE_URL: world.database.url, KITH_DATA_DIR: folder, KITH_CRASH_AT: 'mail sent:2' },
      SMTP_URL: `smtp://${user}:${encodeURIComponent(password)}@${host}:${port}`,
      MAIL_FROM: 'bees@community.example',
    }
    const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/send.ts')], { env, stdio: 'inherit' })
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL')
    world.pass(301_000)
    await send()
    expect((await kept()).map(({ settled }) => settled)).toEqual([true, true, true, true])
    const ids = new Map<string, Set<string>>()
    for (const { to, raw } of server.got) {
      const [recipient = ''] = to
      ids.set(recipient, (ids.get(recipient) ?? new Set()).add((await parseMail(raw)).messageId))
    }
    expect([...ids.keys()].sort()).toEqual([1, 2, 3, 4].map((n) => `member${n}@example.com`))
    expect([...ids.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1])
    // Those under way when it ended, three at most, may be there twice; the others are not.
    expect(server.got.length).toBeGreaterThan(4)
    expect(server.got.length).toBeLessThanOrEqual(7)
  })

  test('that nobody can use any more is not sent', async () => {
    await queue({ goodUntil: new Date(world.kith.clock.now().getTime() + 60_000) })
    world.pass(61_000)
    await send()
    expect(server.got).toEqual([])
    expect(await kept()).toMatchObject([{ settled: true, body: '' }])
  })

  test('of a kind that strangers may ask for goes to one address a few times an hour, whatever its case', async () => {
    for (const to of ['alice@example.com', 'ALICE@example.com', 'alice@EXAMPLE.com'])
      expect(await queue({ to, mostAnHour: 3 })).toBeTypeOf('number')
    expect(await queue({ mostAnHour: 3 })).toBeNull()
    world.pass(3_601_000)
    expect(await queue({ mostAnHour: 3 })).toBeTypeOf('number')
  })

  test('is gone with the member it is about, and in the end by itself', async () => {
    const kim = await world.join('kim')
    await queue({ member: kim.id })
    await queue()
    await world.admin.delete(`/user/${kim.id}/?hard=1`)
    await send()
    expect(server.got.map(({ to }) => to)).toEqual([['alice@example.com']])
    expect(await kept()).toHaveLength(1)
    world.pass(31 * 86_400_000)
    await clearMails(world.kith)
    expect(await kept()).toEqual([])
    await world.told()
  })
})

test('where there is no mail server, mails are files that a person can read, for a week', async () => {
  const files = await openPost({ smtp: null, dataDir: folder })
  const id = (await queue()) as number
  await send(files)
  const name = `${String(id).padStart(8, '0')}.txt`
  expect(await readdir(join(folder, 'mail'))).toEqual([name])
  const file = join(folder, 'mail', name)
  const text = await readFile(file, 'utf8')
  expect(text).toContain('\nTo: alice@example.com\nSubject: Your word\n')
  expect(text).toContain(`\nhttps://community.example/go?code=${secret}&x=1\n`)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await clearFolder({ dataDir: folder }, new Date())
  expect(await readdir(join(folder, 'mail'))).toEqual([name])
  await utimes(file, 0, 0)
  await clearFolder({ dataDir: folder }, new Date())
  expect(await readdir(join(folder, 'mail'))).toEqual([])
})

test('an address is one address, and a header one line', async () => {
  for (const address of ['a@example.org', "o'neil+x@sub.example.org", 'jörg@bücher.example', 'root@localhost'])
    expect(isMailable(address), address).toBe(true)
  for (const address of [
    'a@example.org\r\nBcc: b@example.org',
    ...['a@example.org,b@example.org', 'a@example.org b', '<a@example.org>', 'a b@example.org', 'a@b@example.org'],
    ...['a;b@example.org', 'a\0@example.org', 'a\u202e@example.org', 'a@', '@example.org', 'group:a@example.org', ''],
  ])
    expect(isMailable(address), JSON.stringify(address)).toBe(false)
  expect(await queue({ to: 'a@example.org,b@example.org' })).toBeNull()
  expect(headerText('a\r\nBcc: b\u2028c')).toBe('a Bcc: b c')
  expect(readMailbox('Bees & co <bees@community.example>')).toEqual({
    ...{ name: 'Bees & co', address: 'bees@community.example' },
  })
  expect([readMailbox('bees'), readMailbox('A <a@b.example> B'), readMailbox('<>')]).toEqual([null, null, null])
})
