import { randomUUID } from 'node:crypto'
import { linkSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { giveToOwner } from '../owner.ts'
import { CannotStart } from '../process.ts'
import { shortPath } from './short-path.ts'

/**
 * The process that runs the database of a data directory: `serve`, `doctor`, ... and its process id, null if it does
 * not say.
 */
export type Holder = { role: string; pid: number | null }

export type Claim =
  | { owned: true /** Lets those who joined go on. */; ready(): void; release(): void }
  | {
      owned: false
      holder: Holder
      /** Waits for the holder's database. False if the holder ended before it was ready. */
      ready(): Promise<boolean>
      /** Hangs up, for callers that do not wait: the connection keeps the process alive. */
      leave(): void
    }

/**
 * Claims a folder for this process, or returns its holder.
 *
 * The holder listens on a socket, owner.N.sock, which the kernel closes however the process ends. So a stale claim is
 * recognised without trusting a process id. A socket cannot be replaced in one step, so each claim takes the next
 * number by a hard link, which fails if the number is taken. The highest number decides; its socket is never removed,
 * not even on release.
 */
export async function claim(folder: string, role: string): Promise<Claim> {
  const waiting = new Set<Socket>()
  let isReady = false
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write(`${JSON.stringify({ role, pid: process.pid })}\n`)
    if (isReady) return socket.end('ready\n')
    waiting.add(socket.on('close', () => waiting.delete(socket)))
  })
  const own = `claim-${randomUUID().slice(0, 8)}.sock`
  const short = shortPath(folder, own)
  await new Promise<void>((resolve, reject) => {
    // Also once it listens: a connection that failed is only a question without an answer.
    server.on('error', (error) => reject(new CannotStart(`No socket can be made in ${folder}: ${error.message}.`)))
    // It listens before it can be found, so whoever finds it finds it alive.
    server.listen(join(short, own), resolve)
  })
  giveToOwner(join(folder, own))
  server.unref()
  const withdraw = () => {
    server.close()
    for (const socket of waiting) socket.destroy()
    rmSync(join(folder, own), { force: true })
  }
  try {
    for (;;) {
      const highest = highestNumber(folder)
      const held = highest > 0 ? await ask(join(short, `owner.${highest}.sock`)) : null
      if (held) {
        withdraw()
        return { owned: false, ...held }
      }
      const number = highest + 1
      if (!linked(join(folder, own), join(folder, `owner.${number}.sock`))) continue
      // A process that came between reading the folder and the link took a higher number.
      if (highestNumber(folder) > number) continue
      for (const old of numbers(folder)) if (old < number) rmSync(join(folder, `owner.${old}.sock`), { force: true })
      rmSync(join(folder, own), { force: true })
      const ready = () => {
        isReady = true
        for (const socket of waiting) socket.end('ready\n')
      }
      return { owned: true, ready, release: withdraw }
    }
  } catch (error) {
    withdraw()
    throw error
  }
}

const numbers = (folder: string) =>
  readdirSync(folder).flatMap((name) => {
    const number = /^owner\.(\d+)\.sock$/.exec(name)?.[1]
    return number ? [Number(number)] : []
  })

const highestNumber = (folder: string) => Math.max(0, ...numbers(folder))

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The process that listens on this socket; null if there is none. */
function ask(path: string): Promise<Omit<Claim & { owned: false }, 'owned'> | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let text = ''
    // Never unreferenced: nothing else may keep the caller's process alive.
    const closed = new Promise<boolean>((tell) => socket.once('close', () => tell(text.includes('\nready\n'))))
    const answer = (holder: Holder) => {
      clearTimeout(silence)
      resolve({ holder, ready: () => closed, leave: () => void socket.destroy() })
    }
    // Stopped or overloaded, but alive: it holds the folder, even if it cannot say who it is.
    const unknown = { role: 'a process that does not answer', pid: null }
    const silence = setTimeout(() => answer(unknown), 2_000)
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end >= 0) answer(JSON.parse(text.slice(0, end)) as Holder)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAGAIN') answer(unknown)
      else if (['EACCES', 'EPERM'].includes(error.code ?? '')) {
        reject(
          new CannotStart(
            `${path} belongs to another user: start Kith as that user. Where root left it, run \`kith doctor\` as root ` +
              'once more: it gives everything to the owner of the data directory.',
          ),
        )
      }
    })
    socket.once('close', () => {
      clearTimeout(silence)
      resolve(null)
    })
  })
}
