import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Unix time in ms, to the microsecond: the same clock in every process of a machine. */
export const wallClock = () => performance.timeOrigin + performance.now()

/**
 * Begins something at a steady rate, whether or not what was begun before has ended.
 * @param work given the moment it was to begin
 * @returns when all of it has ended
 */
export async function pace(rate: number, seconds: number, work: (due: number) => Promise<void>): Promise<void> {
  const from = wallClock()
  const all = Math.round(rate * seconds)
  const under: Promise<void>[] = []
  while (under.length < all) {
    const due = Math.min(all, 1 + Math.floor(((wallClock() - from) * rate) / 1000))
    while (under.length < due) under.push(work(from + (under.length * 1000) / rate))
    await sleep(1)
  }
  await Promise.all(under)
}

/** Asks over kept connections: each request takes one that is free, or waits for one. */
export function createAsking(port: number, connections: number) {
  const free: Socket[] = []
  const waiting: ((socket: Socket) => void)[] = []
  const open = async () => {
    const socket = connect(port, '127.0.0.1').setNoDelay()
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    giveBack(socket)
  }
  function giveBack(socket: Socket): void {
    const next = waiting.shift()
    if (next) next(socket)
    else free.push(socket)
  }
  const take = () => {
    const socket = free.pop()
    return socket ? Promise.resolve(socket) : new Promise<Socket>((resolve) => waiting.push(resolve))
  }

  return {
    open: () => Promise.all(Array.from({ length: connections }, open)),
    async ask(request: string): Promise<void> {
      const socket = await take()
      socket.write(request)
      const head = await answerOf(socket)
      if (!/^HTTP\/1.1 2/.test(head)) throw new Error(`${request.split('\r\n', 1)[0]}: ${head.split('\r\n', 1)[0]}`)
      giveBack(socket)
    },
    close(): void {
      for (const socket of free) socket.destroy()
    },
  }
}

/** Reads one answer, no more of it than its head and its length. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = ''
    let missing = -1
    const end = (error?: Error) => {
      socket.off('data', read).off('error', end)
      if (error) reject(error)
      else resolve(head)
    }
    const read = (chunk: Buffer) => {
      if (missing < 0) {
        head += chunk.toString('latin1')
        const stop = head.indexOf('\r\n\r\n')
        if (stop < 0) return
        missing = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0) - (head.length - stop - 4)
      } else missing -= chunk.length
      if (missing === 0) end()
    }
    socket.on('data', read).on('error', end)
  })
}
