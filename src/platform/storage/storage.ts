import type { Readable } from 'node:stream'
import { createDisk } from './disk.ts'
import { createBucket } from './s3.ts'

/** Bytes from `first` to `last`, both included. */
export type ByteRange = { first: number; last: number }

/** Where files are stored: a folder or a bucket. Files are found by their keys; nothing is ever listed. */
export type Storage = {
  /** The place, for a person. */
  readonly where: string
  /**
   * Writes a file as a whole, or not at all.
   * @param key letters, digits and `-_./`, made by us
   * @param from its bytes, or the path of a file that has them
   */
  put(key: string, from: Buffer | string, type: string): Promise<void>
  /** The file; null if there is none. */
  get(key: string, range?: ByteRange): Promise<Readable | null>
  /** Deletes the file, if it exists. */
  delete(key: string): Promise<void>
  /** Deletes what was being put there before a moment, by a process that was killed. */
  sweep(before: Date): Promise<void>
}

/** Opens the storage that `parseStorage` read. */
export const openStorage = (place: Place): Storage =>
  'folder' in place ? createDisk(place.folder) : createBucket(place)

export type Bucket = { endpoint: string; bucket: string; region: string; key: string; secret: string }
export type Place = { folder: string } | Bucket

/**
 * Reads `s3://KEY:SECRET@host/bucket?region=eu-1`, or `s3+http` without TLS. Throws an Error whose message says what
 * to write.
 */
export function parseBucket(text: string): Bucket {
  const url = URL.parse(text.replace(/^s3\+http:/, 'http:').replace(/^s3:/, 'https:'))
  const bucket = url?.pathname.split('/').filter(Boolean) ?? []
  if (!url || bucket.length !== 1 || !/^[A-Za-z0-9._-]+$/.test(bucket[0] as string) || !url.username || !url.password)
    throw new Error(
      'Write a bucket as s3://KEY:SECRET@s3.example.org/bucket?region=eu-1, what is special in it as %XX.',
    )
  return {
    endpoint: url.origin,
    bucket: bucket[0] as string,
    region: url.searchParams.get('region') ?? 'us-east-1',
    key: decodeURIComponent(url.username),
    secret: decodeURIComponent(url.password),
  }
}

/** Tries to write, read and delete a file: null, or why it failed. */
export async function tryStorage(storage: Storage): Promise<string | null> {
  const key = `trial/${process.pid}-${Date.now()}`
  try {
    await storage.put(key, Buffer.from('kith'), 'text/plain')
    const back = await storage.get(key)
    const read = back ? await back.toArray() : []
    await storage.delete(key)
    return Buffer.concat(read).toString() === 'kith' ? null : 'what was written there could not be read'
  } catch (error) {
    return (error as Error).message
  }
}
