import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeArchives, partName, removeOldArchives } from '../../src/archives/make.ts'
import { deleteGoneFiles } from '../../src/files/clean.ts'
import { keyOf, putFiles } from '../../src/files/keep.ts'
import { languages } from '../../src/pages/words.ts'
import { zip } from '../../src/platform/zip.ts'
import { password } from '../oauth/support.ts'
import { elements, openBrowser } from '../support/browser.ts'
import { collectMails, type Letter, pathIn } from '../support/mails.ts'
import { ok } from '../support/ok.ts'
import { download as fetchBytes, picture, send } from '../support/upload.ts'
import { createWorld, type Person, type World } from '../support/world.ts'
import { unzip } from './unzip.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

async function download(who: Person) {
  const answer = await fetch(`${world.base}/udp/download/`, { headers: { authorization: `Bearer ${who.token}` } })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const files = answer.ok ? unzip(bytes) : {}
  const texts = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, content.toString()]))
  return { answer, bytes, files: texts, whole: files }
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
  const computing = { ...nothing, computing: true, send_email: true, requested_at: expect.any(String) }
  expect([asked.status, asked.body]).toEqual([201, computing])
  expect((await ok(alice.post('/udp/'))).body).toEqual(asked.body)
  expect((await alice.get('/udp/download/')).status).toBe(404)
  expect(await makeArchives(world.kith)).toBe(1)
  expect(await makeArchives(world.kith)).toBe(0)
  const made = { generated_at: expect.any(String), email_sent_at: expect.any(String) }
  expect((await alice.get('/udp/')).body).toEqual({ ...asked.body, computing: false, ...made })

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

test('pictures and documents are in it, each once and whole, where the lines say', async () => {
  const { kith, db } = world
  await db.query('delete from mail')
  const who = await world.join('ann', { email: null })
  const red = await picture(900, 700, 'jpeg')
  const image = (await ok(send(world, who, 'POST', '/media/', { type: 'image', image: { data: red } }))).body
  const text = `Plain words ${'and more '.repeat(2_000)}`
  const document = { data: text, name: 'words.txt', type: 'text/plain' }
  await ok(send(world, who, 'POST', '/media/', { type: 'doc', document }))
  await ok(send(world, who, 'POST', '/user/avatar/', { avatar: { data: await picture() } }))
  await ok(send(world, who, 'PATCH', '/user/me/', { cover: { data: await picture(400, 100) } }))
  await ok(who.post('/udp/'))
  await makeArchives(kith)
  const { files, whole, bytes } = await download(who)
  const lines = linesOf(files['medias.jsonl'])
  expect(lines.map(({ type }) => type)).toEqual(['image', 'doc'])
  const at = (address: string) => whole[address.slice(1)]
  expect(at(lines[0].image)).toEqual((await fetchBytes(image.image)).data)
  expect(at(lines[1].url)?.toString()).toBe(text)
  for (const address of [linesOf(files['avatars.jsonl'])[0].address, linesOf(files['profile.jsonl'])[0].cover])
    expect((await sharp(at(address)).metadata()).width).toBeGreaterThan(0)
  expect(Object.keys(whole).filter((name) => name.startsWith('files/')).length).toBe(4)
  // Nobody writes to one who has no address.
  expect(await collectMails(world)).toEqual([])
  expect((await who.get('/udp/')).body).toMatchObject({ send_email: false, email_sent_at: null })

  // What is kept of the archive is as long as it is, and goes with it.
  expect(
    (await db.query<{ bytes: number }>('select bytes from archive where member_id = $1', [who.id]))[0]?.bytes,
  ).toBe(bytes.length)
  const kept = () =>
    db.query(`select state from file where id in (select file_id from archive_part where member_id = $1)`, [who.id])
  expect(await kept()).toEqual([{ state: 'kept' }])
  const [part] = await db.query<{ token: string }>(
    'select token from file f join archive_part p on p.file_id = f.id where p.member_id = $1',
    [who.id],
  )
  await ok(who.post('/udp/'))
  await makeArchives(kith)
  await deleteGoneFiles(kith)
  expect(await kith.files.storage.get(keyOf(part?.token ?? '', partName))).toBeNull()
  expect(await db.query('select from file where token = $1', [part?.token])).toEqual([])
  expect((await download(who)).answer.status).toBe(200)
})

test('a mail says that it is there, in the language it was asked for in, and leads to where it is', async () => {
  await world.db.query('delete from mail')
  const who = await world.join('bea', { password })
  const browser = openBrowser(world, { 'accept-language': 'it' })
  await browser.signIn('bea', password)
  const page = await browser.get('/account/data')
  expect((await browser.get('/account/data/download')).location).toBe('/account/data')
  expect((await browser.send('/account/data', { html: '' })).location).toBe('/account/data')
  expect((await who.get('/udp/')).body.computing).toBe(false)
  expect((await browser.send('/account/data', page)).location).toBe('/account/data')
  expect((await browser.get('/account/data')).html).toContain(languages.it.dataMakingMail)
  await makeArchives(world.kith)
  const mails = await collectMails(world)
  expect(mails).toMatchObject([{ kind: 'archive_ready', to: 'bea@example.com', subject: 'I tuoi dati da Kith' }])
  const there = await browser.get(pathIn(mails[0] as Letter))
  expect(elements(there.html, 'a').map((each) => each.get('href'))).toContain('/account/data/download')
  const got = await browser.get('/account/data/download')
  expect([got.status, got.headers.get('content-type')]).toEqual([200, 'application/zip'])
  expect((await openBrowser(world).get('/account/data/download')).location).toBe('/signin?next=/account/data')
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
  expect(unzip(bytes)).toEqual({ 'long.jsonl': Buffer.from(long.repeat(4)), 'ümlaut.txt': Buffer.from('') })
  const far: Buffer[] = []
  for await (const part of zip(entries(), new Date('2026-11-28T10:11:12Z'), 5e9)) far.push(part)
  expect(unzip(Buffer.concat(far), 5e9)).toEqual(unzip(bytes))
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
  const half = { name: partName, type: 'application/octet-stream', bytes: 4, from: Buffer.from('half') }
  const put = await putFiles(kith, { owner: null }, [half])
  await db.query('insert into archive_part values ($1, 5, 0, $2)', [bob.id, put.id])
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

test('whoever has very much of something finds each of it once, in order', async () => {
  const { kith, db } = world
  const who = await world.join('lena')
  const given = await db.query<{ id: number }>(
    `insert into score (member_id, points, type, at)
     select $1, 1, 1, now() - n * interval '1 s' from generate_series(1, 20_123) n returning id`,
    [who.id],
  )
  await ok(who.post('/udp/'))
  expect(await makeArchives(kith)).toBe(1)
  const { files } = await download(who)
  expect(linesOf(files['scores.jsonl']).map(({ id }) => id)).toEqual(given.map(({ id }) => id))
})

test('a node that is killed leaves nothing behind that another does not make whole, and one mail', async () => {
  const { kith, db, database } = world
  await db.query('delete from mail')
  const who = await world.join('eve')
  // More than one part.
  const noise = { data: randomBytes(3_900_000).toString('hex'), name: 'noise.txt' }
  await ok(send(world, who, 'POST', '/media/', { type: 'doc', document: noise }))
  await ok(who.post('/udp/'))
  const KITH_DATA_DIR = await mkdtemp(join(tmpdir(), 'kith-archive-'))
  const given = { ...process.env, DATABASE_URL: database.url, KITH_DATA_DIR, KITH_STORAGE: kith.files.storage.where }
  for (const KITH_CRASH_AT of ['a file is put:1', 'part of an archive:1', 'before commit:1']) {
    const env = { ...given, KITH_CRASH_AT }
    const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/make.ts')], { env, stdio: 'inherit' })
    expect([KITH_CRASH_AT, (await once(child, 'exit'))[1]]).toEqual([KITH_CRASH_AT, 'SIGKILL'])
    expect((await who.get('/udp/')).body).toMatchObject({ computing: true, generated_at: null })
    expect((await download(who)).answer.status).toBe(404)
    expect(await collectMails(world)).toEqual([])
    await db.query(`update archive set worked_at = worked_at - interval '3 minutes' where generated_at is null`)
  }
  await rm(KITH_DATA_DIR, { recursive: true, force: true })
  expect(await makeArchives(kith)).toBe(1)
  expect((await collectMails(world)).map(({ to }) => to)).toEqual(['eve@example.com'])
  const { files } = await download(who)
  const [name = ''] = Object.keys(files).filter((each) => each.startsWith('files/'))
  expect(files[name] === noise.data).toBe(true)
  // What nobody has kept goes.
  world.pass(3_700_000)
  await deleteGoneFiles(kith)
  const left = await db.query(
    `select from file where owner_id is null and id not in (select file_id from archive_part)`,
  )
  expect(left).toEqual([])
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
