import type { Socket } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'
import type { Person } from '../support/world.ts'

/** What the official clients send every five seconds. */
export const heartbeat = '--1a61c1de89b75ddfbb684b8d224ee3ae--'

/** What a page is told of something that happened. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever it expects to be there
export type Told = { activity_type: number | string; feed_serialization_id: string } & Record<string, any>

export type Page = Awaited<ReturnType<typeof openPage>>

/** Where the official clients connect to. */
export const addressOf = (url: string, path = '/ws/notify?subscribe-user') => `${url.replace(/^http/, 'ws')}${path}`

type Opening = ClientOptions & { path?: string; protocol?: string }

/** Opens the socket of a page, as the official clients do. Rejects with what it was refused by. */
export async function openPage({ url }: { url: string }, { token }: Pick<Person, 'token'>, opening: Opening = {}) {
  const { path, protocol = token && `__${token}`, ...options } = opening
  const socket = new WebSocket(addressOf(url, path), protocol ? [protocol] : [], options)
  const heard: string[] = []
  const waiting: ((text: string) => void)[] = []
  socket.on('message', (data) => {
    const next = waiting.shift()
    if (next) next(String(data))
    else heard.push(String(data))
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.on('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      response.on('end', () => reject({ status: response.statusCode, headers: response.headers, text }))
    })
  })
  const next = () =>
    new Promise<string>((resolve) => {
      const text = heard.shift()
      if (text === undefined) waiting.push(resolve)
      else resolve(text)
    })
  const told = async (): Promise<Told> => JSON.parse(await next()).data
  return {
    socket,
    raw: (socket as unknown as { _socket: Socket })._socket,
    /** What came and was not asked for yet. */
    heard,
    /** How it was closed, once it is. */
    closed,
    say: (text: string | Buffer) => socket.send(text),
    /** The next text that comes, or has come. */
    next,
    /** The next thing that it is told. */
    told,
    /** All that has come by the time a sign of life is answered. */
    async rest(): Promise<string[]> {
      socket.send(heartbeat)
      const all: string[] = []
      for (let text = await next(); text !== heartbeat; text = await next()) all.push(text)
      return all
    },
    close() {
      socket.close()
      return closed
    },
  }
}
