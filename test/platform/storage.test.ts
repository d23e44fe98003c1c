import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStorage, parseBucket, type Storage, tryStorage } from '../../src/platform/storage/storage.ts'

/** A server that speaks as much of S3 as is needed, and refuses what is not signed. */
const kept = new Map<string, Buffer>()
const bucket = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray())
  const { url = '', method, headers } = request
  const signed = /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-1\/s3\/aws4_request, /.test(headers.authorization ?? '')
  if (!signed) return response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
  if (method === 'PUT') kept.set(url, body)
  else if (method === 'DELETE') kept.delete(url)
  else {
    const there = kept.get(url)
    if (!there) return response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? '') ?? []
    return response.writeHead(first ? 206 : 200).end(first ? there.subarray(Number(first), Number(last) + 1) : there)
  }
  response.writeHead(200).end()
})

let folder: string
let endpoint: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kith-storage-'))
  await new Promise<void>((listening) => bucket.listen(0, '127.0.0.1', listening))
  endpoint = `127.0.0.1:${(bucket.address() as AddressInfo).port}`
})
afterAll(async () => {
  bucket.close()
  await rm(folder, { recursive: true })
})

const read = async (storage: Storage, key: string, range?: { first: number; last: number }) => {
  const stream = await storage.get(key, range)
  return stream && Buffer.concat(await stream.toArray()).toString()
}

describe.each([
  ['on the disk', () => openStorage({ folder: join(folder, 'files') })],
  ['in a bucket', () => openStorage(parseBucket(`s3+http://key:se%2Fcret@${endpoint}/pictures?region=eu-1`))],
])('files %s', (_, open) => {
  test('are put, read in part and whole, and deleted', async () => {
    const storage = open()
    const path = join(folder, 'sent')
    await writeFile(path, 'from a file')
    await storage.put('ab/token/one.txt', Buffer.from('0123456789'), 'text/plain')
    await storage.put('ab/token/two.txt', path, 'text/plain')
    expect(await read(storage, 'ab/token/one.txt')).toBe('0123456789')
    expect(await read(storage, 'ab/token/one.txt', { first: 2, last: 4 })).toBe('234')
    expect(await read(storage, 'ab/token/two.txt')).toBe('from a file')
    await storage.delete('ab/token/one.txt')
    await storage.delete('ab/token/one.txt')
    expect(await storage.get('ab/token/one.txt')).toBeNull()
    expect(await tryStorage(storage)).toBeNull()
  })
})

test('a folder is left with whole files, and no half ones', async () => {
  const storage = openStorage({ folder: join(folder, 'files') })
  await expect(storage.put('ab/token/three.txt', join(folder, 'not there'), 'text/plain')).rejects.toThrow('ENOENT')
  expect(await storage.get('ab/token/three.txt')).toBeNull()
  const unfinished = join(folder, 'files', 'new')
  expect(await readdir(unfinished)).toEqual([])
  // Who was killed while writing leaves one.
  await writeFile(join(unfinished, 'half'), 'ha')
  await storage.sweep(new Date(Date.now() - 3_600_000))
  expect(await readdir(unfinished)).toEqual(['half'])
  await storage.sweep(new Date(Date.now() + 3_600_000))
  expect(await readdir(unfinished)).toEqual([])
})

test('what cannot be written to is said', async () => {
  await writeFile(join(folder, 'plain'), '')
  expect(await tryStorage(openStorage({ folder: join(folder, 'plain', 'files') }))).toMatch(/ENOTDIR/)
  const other = openStorage(parseBucket(`s3+http://stranger:secret@${endpoint}/pictures?region=eu-1`))
  expect(await tryStorage(other)).toBe('The bucket pictures answered 403 AccessDenied to PUT.')
  for (const wrong of ['s3://host/bucket', 's3://key@host/bucket', 's3://key:secret@host/', 's3://key:secret@host/a/b'])
    expect(() => parseBucket(wrong), wrong).toThrow('s3://KEY:SECRET@')
})
