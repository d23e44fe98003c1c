import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteGoneFiles } from '../../src/files/clean.ts'
import { putFiles } from '../../src/files/keep.ts'
import { ok } from '../support/ok.ts'
import { picture, send } from '../support/upload.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.end())

const part = (name: string, filename: string | null, content: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${filename === null ? '' : `; filename="${filename}"`}\r\n\r\n${content}`

/** Sends a body that claims to be multipart, byte for byte. */
const raw = (body: string | Buffer, type = 'multipart/form-data; boundary=b') =>
  world.send('/user/avatar/', {
    method: 'POST',
    headers: { authorization: `Bearer ${world.alice.token}`, 'content-type': type },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })

const left = async () => {
  for (let n = 0; n < 50; n++) {
    if (!(await readdir(world.kith.files.folder).catch(() => [])).length) return []
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return readdir(world.kith.files.folder)
}

test('a broken body of files is refused in the documented form, and nothing of it is left', async () => {
  const broken: Record<string, [string | Buffer, number, string?]> = {
    'a file that ends early': [part('avatar', 'a', 'x'), 400],
    'headers of a part that end early': ['--b\r\nContent-Disposition: form-da', 400],
    'no boundary in it': ['nothing of the kind', 400],
    'nothing but NUL': [Buffer.alloc(100_000), 400],
    'no boundary named': [part('avatar', 'a', 'x'), 400, 'multipart/form-data; charset=utf-8'],
    'thousands of fields': [`${part('a', null, 'x\r\n').repeat(5_000)}--b--`, 400],
    'thousands of files': [`${part('avatar', 'a', 'x\r\n').repeat(5_000)}--b--`, 400],
    'two files for one': [`${part('avatar', 'a', 'x\r\n')}${part('avatar', 'b', 'x\r\n')}--b--`, 400],
    'a file that is too large': [`${part('avatar', 'a', 'x'.repeat(3 * 1024 * 1024 + 1))}\r\n--b--`, 400],
    'a field that is too large': [`${part('avatar_base64', null, 'x'.repeat(5 * 1024 * 1024))}\r\n--b--`, 413],
    'a field that is no UTF-8': [Buffer.from(`${part('avatar_base64', null, '\xff\xfe')}\r\n--b--`, 'latin1'), 400],
    'far too much': [`${part('other', 'a', 'x'.repeat(9 * 1024 * 1024))}\r\n--b--`, 413],
  }
  for (const [what, [body, status, type]] of Object.entries(broken)) {
    const before = process.cpuUsage()
    const answer = await raw(body, type)
    expect([answer.status, Array.isArray(answer.body?.errors)], what).toEqual([status, true])
    const { user, system } = process.cpuUsage(before)
    expect(user + system, what).toBeLessThan(3_000_000)
  }
  expect(await left()).toEqual([])
  // Whoever goes away in the middle leaves nothing either, and keeps nobody from going on.
  const { port } = new URL(world.url)
  const going = request({ host: '127.0.0.1', port, method: 'POST', path: '/api/v2/user/avatar/' })
  going.on('error', () => {})
  going.setHeader('Authorization', `Bearer ${world.alice.token}`)
  going.setHeader('Content-Type', 'multipart/form-data; boundary=b')
  going.write(part('avatar', 'a', 'x'.repeat(100_000)))
  await new Promise((resolve) => setTimeout(resolve, 100))
  going.destroy()
  expect(await left()).toEqual([])
  await ok(send(world, world.alice, 'POST', '/user/avatar/', { avatar: { data: await picture() } }))
  expect(await left()).toEqual([])
  await world.told()
})

test('who may not upload is refused before the file is there', async () => {
  const answer = await world.send('/media/', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: part('image', 'a', 'x'.repeat(1_000_000)),
  })
  expect(answer.status).toBe(401)
  expect(await left()).toEqual([])
})

test('a file that was put by a Kith that was then killed is gone an hour later', async () => {
  const { kith } = world
  const contents = [{ name: 'a.txt', type: 'text/plain', bytes: 1, from: Buffer.from('x') }]
  const { id, token } = await putFiles(kith, { owner: world.bob.id }, contents)
  await deleteGoneFiles(kith)
  const stored = await kith.files.storage.get(`${token.slice(0, 2)}/${token}/a.txt`)
  expect(stored).not.toBeNull()
  stored?.destroy()
  expect((await world.send(`${world.url}/files/${token}/a.txt`)).status).toBe(404)
  world.pass(3_600_001)
  await deleteGoneFiles(kith)
  expect(await kith.files.storage.get(`${token.slice(0, 2)}/${token}/a.txt`)).toBeNull()
  expect(await world.db.query('select 1 from file where id = $1', [id])).toEqual([])
})
