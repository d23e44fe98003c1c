// Uploads photos of ten megabytes, in a process of its own: what it takes to send them is no part of how long others wait.
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { answering } from './delivery-processes.ts'

/** Uploads one after the other for so long, and one at least, as one member after the other. */
export type UploadQuestion = { port: number; tokens: string[]; seconds: number }
export type Uploaded = { photos: number; megabytes: number }

let photo: Buffer | undefined
let sent = 0

async function makePhoto(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  return sharp({ create: { width: 4_080, height: 3_060, channels: 3, background: '#888', noise } })
    .jpeg({ quality: 92 })
    .toBuffer()
}

answering(async ({ port, tokens, seconds }: UploadQuestion): Promise<Uploaded> => {
  photo ??= await makePhoto()
  const end = performance.now() + seconds * 1000
  const before = sent
  do {
    const body = new FormData()
    // The same file is kept once: each is another.
    const data = Buffer.concat([photo, Buffer.from(String(sent))])
    body.append('type', 'image')
    body.append('image', new Blob([new Uint8Array(data)], { type: 'image/jpeg' }), 'photo.jpg')
    const headers = { authorization: `Bearer ${tokens[sent % tokens.length]}` }
    const answer = await fetch(`http://127.0.0.1:${port}/api/v2/media/`, { method: 'POST', body, headers })
    if (!answer.ok) throw new Error(`A photo was refused: ${answer.status} ${await answer.text()}`)
    await answer.arrayBuffer()
    sent++
    await sleep(50)
  } while (performance.now() < end)
  return { photos: sent - before, megabytes: photo.length / 1e6 }
})
