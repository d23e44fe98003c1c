import { crc32, inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeArchives, removeOldArchives } from '../../src/archives/make.ts'
import { zip } from '../../src/platform/zip.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

/** The files of an archive, by its directory, each inflated. */
function unzip(bytes: Buffer): Record<string, string> {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  const files: Record<string, string> = {}
  for (let n = bytes.readUInt16LE(end + 10), at = bytes.readUInt32LE(end + 16); n > 0; n--) {
    const [packed, length, begins] = [
      bytes.readUInt32LE(at + 20),
      bytes.readUInt16LE(at + 28),
      bytes.readUInt32LE(at + 42),
    ]
    const name = bytes.toString('utf8', at + 46, at + 46 + length)
    const from = begins + 30 + length
    const content = inflateRawSync(bytes.subarray(from, from + packed))
    expect([crc32(content), content.length]).toEqual([bytes.readUInt32LE(at + 16), bytes.readUInt32LE(at + 24)])
    files[name] = content.toString()
    at += 46 + length
  }
  return files
}

async function download(who: Person) {
  const answer = await fetch(`${world.base}/udp/download/`, { headers: { authorization: `Bearer ${who.token}` } })
  const bytes = Buffer.from(await answer.arrayBuffer())
  return { answer, bytes, files: answer.ok ? unzip(bytes) : {} }
}
const linesOf = (text = '') =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

const nothing = {
  ...{ computing: false, send_email: false, requested_at: null, generated_at: null },
  ...{ email_sent_at: null, downloaded_at: null },
}

test('a member takes away all that is kept of them, and nobody else does', async () => {
  const { admin, alice, bob, carla } = world
  expect((await alice.get('/udp/')).body).toEqual(nothing)
  expect((await alice.get('/udp/download/')).status).toBe(404)
  await ok(alice.patch('/user/me/', { bio: 'Curious "er"\nand curiouser', location: 'Öxford' }))
  await ok(alice.post('/user/me/preference/', { key: 'theme', value: { dark: true } }))
  await ok(alice.post('/user/me/provider/', { provider: 'google', ext_id: '42' }))
  const { body: page } = await ok(admin.post('/legal_page/', { policy: 'privacy', title: 'Privacy' }))
  await ok(alice.post(`/legal_page/${page.id}/ack/`, { accept: '1' }))
  const { body: category } = await ok(admin.post('/category/', { name: 'Tea' }))
  await ok(alice.post(`/category/${category.id}/follow/`))
  const { body: post } = await ok(alice.post('/post/', { text: '<p>My tea</p>', categories: [category.id] }))
  const { body: gone } = await ok(alice.post('/discussion/', { title: 'Gone' }))
  await ok(alice.delete(`/discussion/${gone.id}/`))
  const { body: others } = await ok(bob.post('/status/', { text: 'Bob’s secret recipe' }))
  await ok(alice.post(`/status/${others.id}/vote/`))
  await ok(alice.post('/comment/', { status: others.id, text: 'How good' }))
  await ok(alice.post(`/user/${bob.id}/connection/request/`))
  await ok(bob.post(`/user/${alice.id}/connection/accept/`))
  await ok(carla.post(`/user/${alice.id}/hide/`))
  const { body: tag } = await ok(admin.post('/tag/', { type: 'user', name: 'Guest', visible: false }))
  await ok(admin.post(`/tag/${tag.id}/add/`, { user: alice.id }))
  await world.told()

  const asked = await ok(alice.post('/udp/'))
  expect([asked.status, asked.body]).toEqual([201, { ...nothing, computing: true, requested_at: expect.any(String) }])
  expect((await ok(alice.post('/udp/'))).body).toEqual(asked.body)
  expect((await alice.get('/udp/download/')).status).toBe(404)
  expect(await makeArchives(world.kith)).toBe(1)
  expect(await makeArchives(world.kith)).toBe(0)
  expect((await alice.get('/udp/')).body).toEqual({ ...asked.body, computing: false, generated_at: expect.any(String) })

  const { answer, bytes, files } = await download(alice)
  expect(answer.headers.get('content-type')).toBe('application/zip')
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="alice-\d{4}-\d\d-\d\d\.zip"$/)
  expect(Number(answer.headers.get('content-length'))).toBe(bytes.length)
  expect((await alice.get('/udp/')).body.downloaded_at).toEqual(expect.any(String))
  const of = (name: string) => linesOf(files[`${name}.jsonl`])
  expect(of('profile')).toMatchObject([
    { id: alice.id, email: 'alice@example.com', location: 'Öxford', tag_ids: [tag.id] },
  ])
  expect(of('tags')).toMatchObject([{ name: 'Guest' }])
  expect(of('contributions')).toMatchObject([
    { id: post.id, type: 'post', html: '<p>My tea</p>', categories: ['Tea'], deleted: false },
    { id: gone.id, type: 'discussion', title: 'Gone', deleted: true },
  ])
  expect(of('comments')).toMatchObject([{ contribution: others.id, html: expect.stringContaining('How good') }])
  expect(of('connections')).toMatchObject([{ member: bob.id, username: 'bob', connection: 'connected', hidden: false }])
  expect(of('categories')).toMatchObject([{ name: 'Tea' }])
  expect(of('marks')).toMatchObject([{ status: others.id, reaction: 1 }])
  expect(of('preferences')).toMatchObject([{ key: 'theme', value: { dark: true } }])
  expect(of('providers')).toMatchObject([{ provider: 'google', ext_id: '42' }])
  expect(of('legal_pages')).toMatchObject([{ page: 'privacy-1', not_accepted_at: null }])
  expect(of('apps')).toEqual([])
  const all = Object.values(files).join()
  for (const word of ['recipe', 'argon2', 'carla']) expect(all).not.toContain(word)

  expect((await download(bob)).answer.status).toBe(404)
  expect((await download(world.visitor)).answer.status).toBe(401)
  expect(await world.told()).toEqual([])
})

test('what programs of others read is what was written, however long', async () => {
  const long = `${'Lorem ipsum 🐇 '.repeat(40_000)}\n`
  async function* pieces() {
    for (let n = 0; n < 4; n++) yield long
  }
  async function* entries() {
    yield { name: 'long.jsonl', content: pieces() }
    yield { name: 'ümlaut.txt', content: (async function* () {})() }
  }
  const parts: Buffer[] = []
  for await (const part of zip(entries(), new Date('2026-11-28T10:11:12Z'))) parts.push(part)
  expect(parts.length).toBeGreaterThan(4)
  const bytes = Buffer.concat(parts)
  expect(unzip(bytes)).toEqual({ 'long.jsonl': long.repeat(4), 'ümlaut.txt': '' })
})

test('an archive that was left behind is made by another, once, and kept for a week', async () => {
  const { kith, bob, db } = world
  await db.query(
    `insert into contribution (kind, author_id, slug, html, summary, words, added_at, last_activity_at)
     select 2, $1, 'drum-' || n, '<p>' || n || '</p>', 'drum', 'drum', now(), now() from generate_series(1, 173) n`,
    [bob.id],
  )
  await ok(bob.post('/udp/'))
  await db.query('update archive set worked_at = $1, attempt = 5 where member_id = $2', [kith.clock.now(), bob.id])
  await db.query(`insert into archive_part values ($1, 5, 0, 'half of it')`, [bob.id])
  expect(await makeArchives(kith)).toBe(0)
  world.pass(121_000)
  const made = await Promise.all([makeArchives(kith), makeArchives(kith)])
  expect(made.sort()).toEqual([0, 1])
  const { files } = await download(bob)
  expect(linesOf(files['contributions.jsonl']).length).toBe(174)
  expect(await db.query('select distinct attempt from archive_part where member_id = $1', [bob.id])).toEqual([
    { attempt: 6 },
  ])

  world.pass(6 * 86_400_000)
  await removeOldArchives(kith)
  expect((await bob.get('/udp/')).body.generated_at).not.toBeNull()
  world.pass(2 * 86_400_000)
  await removeOldArchives(kith)
  expect((await bob.get('/udp/')).body).toEqual(nothing)
})

test('a member who leaves takes theirs along, made or not', async () => {
  const { admin, kith, db } = world
  for (const [name, hard] of [
    ['kim', 1],
    ['lee', 0],
    ['max', 1],
  ] as const) {
    const who = await world.join(name)
    await ok(who.post('/udp/'))
    if (name !== 'max') await makeArchives(kith)
    await ok(admin.delete(`/user/${who.id}/?hard=${hard}`))
    expect(await db.query('select from archive where member_id = $1', [who.id])).toEqual([])
    expect(await db.query('select from archive_part where member_id = $1', [who.id])).toEqual([])
  }
  expect(await makeArchives(kith)).toBe(0)
  await world.told()
})
