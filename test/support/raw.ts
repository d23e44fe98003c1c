import { connect, type Socket } from 'node:net'

export type Raw = {
  socket: Socket
  write(text: string | Buffer): void
  /** Everything that came so far. */
  text(): string
  /** Resolves with it when it contains `what`, or with what there is when the other side has closed. */
  until(what: string): Promise<string>
  end(): void
}

/** A connection that says whatever bytes it likes. */
export function openRaw(url: string): Promise<Raw> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    let closed = false
    const waiting = new Set<() => void>()
    const look = () => {
      for (const each of waiting) each()
    }
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk
      look()
    })
    socket.on('error', (error) => {
      closed = true
      reject(error)
      look()
    })
    socket.on('close', () => {
      closed = true
      look()
    })
    socket.once('connect', () =>
      resolve({
        socket,
        write: (bytes) => void socket.write(bytes),
        text: () => text,
        until: (what) =>
          new Promise((done) => {
            const check = () => {
              if (!text.includes(what) && !closed) return
              waiting.delete(check)
              done(text)
            }
            waiting.add(check)
            check()
          }),
        end: () => void socket.destroy(),
      }),
    )
  })
}

/** The first answer to some bytes: status, and what of the body came with it. */
export async function ask(
  url: string,
  bytes: string | Buffer,
): Promise<{ status: number; head: string; body: string }> {
  const raw = await openRaw(url)
  raw.write(bytes)
  await raw.until('\r\n\r\n')
  const [head = ''] = raw.text().split('\r\n\r\n', 1)
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
  while (raw.text().length < head.length + 4 + length && !raw.socket.destroyed)
    await new Promise((resolve) => setTimeout(resolve, 5))
  raw.end()
  const body = raw.text().slice(head.length + 4)
  return { status: Number(head.split(' ')[1]), head, body }
}
