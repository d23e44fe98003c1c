import { randomBytes, randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteGoneFiles } from '../../src/files/clean.ts'
import { purgeThreads } from '../../src/messages/clear.ts'
import { findMessageDrift } from '../../src/messages/recount.ts'
import { deleteLooseFiles } from '../../src/messages/upload.ts'
import { ok } from '../support/ok.ts'
import { download, picture, send } from '../support/upload.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

const { http, PrivateMessageService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

let world: World
beforeAll(async () => {
  world = await createWorld()
  const { alice, bob } = world
  await world.set({ private_messages_enabled: true })
  await ok(alice.post(`/user/${bob.id}/connection/request/`))
  await ok(bob.post(`/user/${alice.id}/connection/accept/`))
  await world.told()
})
afterAll(async () => {
  expect(await findMessageDrift(world.db)).toEqual([])
  expect(await world.told()).toEqual([])
  await world.end()
})

const day = 86_400_000

/** Does what chores do, and gives the files that lie in the storage then. */
const stored = async () => {
  await purgeThreads(world.kith)
  await deleteLooseFiles(world.kith)
  await deleteGoneFiles(world.kith)
  const all = await readdir(world.kith.files.storage.where, { recursive: true }).catch(() => [])
  return all.filter((name) => /\.\w+$|^[\w-]{2}\/[\w-]{27}\/\w+$|^pieces\/.*\/\d+$/.test(name))
}

const upload = (who: Person, fields: Parameters<typeof send>[4]) => send(world, who, 'POST', '/pm/upload/', fields)

const pdf = Buffer.from(`%PDF-1.4\n${randomBytes(600).toString('hex')}\n%%EOF`)

test('a picture is sent with a message, to one after the other, and is gone with what shows it', async () => {
  const { alice, bob, carla } = world
  const { body } = await ok(upload(alice, { file: { data: await picture(), name: 'a cat.png' } }))
  expect(body).toEqual({ file_uuid: expect.any(String), file_url: expect.stringContaining(`${world.url}/files/`) })
  const theirs = { recipients: [alice.id], message: 'Mine', file_uuid: body.file_uuid }
  expect((await bob.post('/pm/', theirs)).body.errors[0].field).toBe('file_uuid')

  const sent = { recipients: [bob.id], file_uuid: body.file_uuid }
  const [message] = (await ok(alice.post('/pm/', sent))).body
  expect(message.file).toMatchObject({
    uuid: body.file_uuid,
    filename: 'a cat.png',
    mimetype: 'image/jpeg',
    duration: null,
    url: body.file_url,
    thumbnail: expect.stringContaining('/files/'),
  })
  expect((await ok(bob.get('/pm/'))).body.results[0].headline).toBe('a cat.png')
  // It is sent once.
  expect((await alice.post('/pm/', sent)).body.errors[0].field).toBe('file_uuid')
  for (const who of [carla, world.admin]) expect((await who.get(`/pm/${message.id}/`)).status).toBe(404)
  expect((await download(message.file.url)).status).toBe(200)
  world.pass(2 * day)
  await stored()
  expect((await download(message.file.url)).status).toBe(200)

  await ok(alice.delete(`/pm/?user=${bob.id}`))
  await stored()
  expect((await download(message.file.url)).status).toBe(200)
  await ok(bob.delete(`/pm/?user=${alice.id}`))
  expect(await stored()).toEqual([])
  expect((await download(message.file.url)).status).toBe(404)
})

test('a file that went to two goes with the last of the two messages', async () => {
  const { admin, bob, carla } = world
  const { file_uuid, file_url } = (await ok(upload(admin, { file: { data: pdf, name: 'plan.pdf' } }))).body
  const sent = (await ok(admin.post('/pm/', { recipients: [bob.id, carla.id], message: 'See', file_uuid }))).body
  await ok(admin.delete(`/pm/${sent[0].id}/`))
  const there = await download(file_url)
  expect([there.status, there.data.equals(pdf), there.headers.get('content-disposition')]).toEqual([
    200,
    true,
    expect.stringMatching(/^attachment;.*plan\.pdf/),
  ])
  await ok(admin.delete(`/pm/${sent[1].id}/`))
  expect((await download(file_url)).status).toBe(404)
  expect(await stored()).toEqual([])
})

test('the official client sends a file in pieces with a thumbnail, reads the thread and deletes it', async () => {
  const { alice, bob } = world
  http.setBasePortal(world.url)
  http.setAuthorizeToken(alice.token)
  http.getClientInstance().defaults.headers.post['Content-Type'] = 'multipart/form-data'
  const form = (fields: Record<string, string | Buffer>): never => {
    const body = new FormData()
    for (const [name, field] of Object.entries(fields))
      body.append(name, typeof field === 'string' ? field : new Blob([new Uint8Array(field)]))
    return body as never
  }
  const half = pdf.length >> 1
  const part = (partindex: number) => ({
    file: partindex ? pdf.subarray(half) : pdf.subarray(0, half),
    ...{ partindex: String(partindex), totalparts: '2', filename: 'a plan.pdf', filetype: 'application/pdf' },
  })
  const { file_uuid: uuid } = await PrivateMessageService.uploadMediaInChunks(form(part(0)))
  const early = await upload(alice, { uuid, filename: 'a plan.pdf', totalparts: '2' })
  expect(early.body.errors[0].code).toBe('incomplete')
  await PrivateMessageService.uploadMediaInChunks(form({ ...part(1), uuid }))
  await PrivateMessageService.uploadMediaInChunks(form({ ...part(1), uuid }))
  const done = await PrivateMessageService.chunkUploadDone(form({ uuid, filename: 'a plan.pdf', totalparts: '2' }))
  expect(done).toEqual({ file_uuid: uuid, file_url: expect.stringContaining('/files/') })
  expect(await PrivateMessageService.chunkUploadDone(form({ uuid, filename: 'x', totalparts: '2' }))).toEqual(done)
  expect((await download(done.file_url)).data.equals(pdf)).toBe(true)
  const thumbnail = await PrivateMessageService.uploadThumbnail(form({ file: await picture(), parentuuid: uuid }))
  expect(thumbnail).toMatchObject({ file_uuid: uuid, parent_file_uuid: uuid })

  http.getClientInstance().defaults.headers.post['Content-Type'] = 'application/json'
  const message = { recipients: [bob.id], message: '<p>The plan</p>', file_uuid: thumbnail.file_uuid }
  const [sent] = (await PrivateMessageService.sendAMessage(message as never)) as unknown as { id: number }[]
  const { id } = sent as { id: number }
  const thread = await PrivateMessageService.getAThread({ user: bob.id })
  expect(thread.results).toMatchObject([
    {
      id,
      file: {
        filename: 'a plan.pdf',
        mimetype: 'application/pdf',
        filesize: pdf.length,
        thumbnail: thumbnail.file_url,
      },
    },
  ])
  expect(await PrivateMessageService.getASingleMessage(id)).toEqual(thread.results[0])
  expect((await PrivateMessageService.getAllSnippets()).results).toMatchObject([{ headline: 'The plan', group: null }])
  expect((await PrivateMessageService.searchUser('bob')).results).toMatchObject([{ id: bob.id }])
  expect(await PrivateMessageService.deleteAMessage(id)).toBe('')
  await ok(bob.post('/pm/', { recipients: [alice.id], message: 'Thanks' }))
  expect(await PrivateMessageService.deleteAThread({ user: bob.id })).toBe('')
  expect(await stored()).toEqual([])
})

test('what cannot be taken is refused by name, and what is not sent is gone a day later', async () => {
  const { alice, bob } = world
  const bad: [Parameters<typeof send>[4], string][] = [
    [{}, 'file'],
    [{ file: { data: '', name: 'x.pdf' } }, 'file'],
    [{ file: { data: '<svg onload="x()">', name: 'x.svg' } }, 'file'],
    [{ file: { data: Buffer.from([0x4d, 0x5a, 0, 0, 1, 2]), name: 'x.exe' } }, 'file'],
    [{ file: { data: Buffer.alloc(10 * 1024 * 1024 + 1, 'a'), name: 'x.txt' } }, 'file'],
    [{ file: { data: 'x' }, partindex: '0' }, 'totalparts'],
    [{ file: { data: 'x' }, partindex: '2', totalparts: '2' }, 'partindex'],
    [{ file: { data: 'x' }, partindex: '0', totalparts: '2', uuid: '../x' }, 'uuid'],
    [{ uuid: randomUUID(), totalparts: '2' }, 'uuid'],
    [{ file: { data: await picture() }, parentuuid: randomUUID() }, 'parentuuid'],
    [{ file: { data: 'some text', name: 'x.txt' }, md5: '0'.repeat(32) }, 'md5'],
  ]
  for (const [fields, field] of bad) {
    const { status, body } = await upload(alice, fields)
    expect([status, body.errors[0].field], `${field} ${JSON.stringify(fields).slice(0, 99)}`).toEqual([400, field])
  }
  // Another's upload is nobody else's to go on with.
  const { file_uuid: uuid } = (await ok(upload(alice, { file: { data: 'ab' }, partindex: '0', totalparts: '2' }))).body
  const taken = await upload(bob, { file: { data: 'cd' }, partindex: '1', totalparts: '2', uuid })
  expect(taken.status).toBe(400)
  const whole = (await ok(upload(alice, { file: { data: 'a letter', name: 'letter.txt' } }))).body
  expect((await download(whole.file_url)).headers.get('content-type')).toMatch('text/plain')
  expect((await stored()).length).toBe(2)
  world.pass(day + 1_000)
  expect(await stored()).toEqual([])
  expect((await download(whole.file_url)).status).toBe(404)
  expect((await alice.post('/pm/', { recipients: [bob.id], file_uuid: whole.file_uuid })).status).toBe(400)
})
