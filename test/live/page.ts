import { WebSocket } from 'ws'
import type { Person } from '../support/world.ts'

/** What the official clients send every five seconds. */
export const heartbeat = '--1a61c1de89b75ddfbb684b8d224ee3ae--'

export type Page = Awaited<ReturnType<typeof openPage>>

const addressOf = (url: string) => `${url.replace(/^http/, 'ws')}/ws/notify?subscribe-user`

/** Opens the socket of a page, as the official clients do. Rejects with what the server refused it by. */
export async function openPage({ url }: { url: string }, who: Pick<Person, 'token'>, options: object = {}) {
  const socket = new WebSocket(addressOf(url), [`__${who.token}`], options)
  const heard: string[] = []
  const waiting: ((text: string) => void)[] = []
  socket.on('message', (data) => {
    const text = String(data)
    const next = waiting.shift()
    if (next) next(text)
    else heard.push(text)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )
  socket.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => reject({ status: response.statusCode, headers: response.headers, text }))
    })
  })
  return {
    socket,
    protocol: socket.protocol,
    closed,
    say: (text: string | Buffer) => socket.send(text),
    /** The next text that comes, or came and was not asked for yet. */
    next: () =>
      new Promise<string>((resolve) => {
        const text = heard.shift()
        if (text === undefined) waiting.push(resolve)
        else resolve(text)
      }),
    /** The next that it is told. */
    async told() {
      return JSON.parse(await this.next()).data
    },
    /** All that came and was not asked for. Whatever was sent before the answer to a sign of life has come by then. */
    async rest(): Promise<{ activity_type: number }[]> {
      socket.send(heartbeat)
      const all: string[] = []
      for (let text = await this.next(); text !== heartbeat; text = await this.next()) all.push(text)
      return all.map((text) => JSON.parse(text).data)
    },
    close() {
      socket.close()
      return closed
    },
  }
}
