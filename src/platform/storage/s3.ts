import { openAsBlob } from 'node:fs'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { AwsClient } from 'aws4fetch'
import type { Bucket, Storage } from './storage.ts'

/** A request that takes longer than this, in ms, has failed. */
const patience = 60_000

/** Files in a bucket of anything that speaks the S3 API, by path: `endpoint/bucket/key`. */
export function createBucket({ endpoint, bucket, region, key: accessKeyId, secret: secretAccessKey }: Bucket): Storage {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 2 })

  async function ask(key: string, init: RequestInit, fine: number[]): Promise<Response> {
    const response = await client.fetch(`${endpoint}/${bucket}/${key}`, {
      ...init,
      signal: AbortSignal.timeout(patience),
    })
    if (fine.includes(response.status)) return response
    const says = /<Code>(\w+)<\/Code>/.exec((await response.text()).slice(0, 2_000))?.[1]
    throw new Error(`The bucket ${bucket} answered ${response.status}${says ? ` ${says}` : ''} to ${init.method}.`)
  }

  return {
    where: `bucket ${bucket} at ${endpoint}`,
    async put(key, from, type) {
      const body = typeof from === 'string' ? await openAsBlob(from) : new Blob([new Uint8Array(from)])
      const response = await ask(key, { method: 'PUT', body, headers: { 'Content-Type': type } }, [200, 201, 204])
      await response.body?.cancel()
    },
    async get(key, range) {
      const headers: Record<string, string> = range ? { Range: `bytes=${range.first}-${range.last}` } : {}
      const response = await ask(key, { method: 'GET', headers }, [200, 206, 404])
      if (response.status === 404 || !response.body) {
        await response.body?.cancel()
        return null
      }
      const stream = Readable.fromWeb(response.body as ReadableStream)
      // The reader gets the error; this catches one that comes before anybody reads.
      stream.on('error', () => {})
      return stream
    },
    async delete(key) {
      const response = await ask(key, { method: 'DELETE' }, [200, 204, 404])
      await response.body?.cancel()
    },
    // A file is there once all of it has come.
    async sweep() {},
  }
}
