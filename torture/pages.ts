import { WebSocket } from 'ws'

type Told = { activity_type: number | string; feed_serialization_id: string; notification_obj: { active_at?: string } }

/**
 * A page of each of some members: it connects again when it is closed, as the official clients do, and keeps what it was
 * told.
 * @param baseOf where the page of the nth connects to
 */
export function openPages(people: { id: number; token: string }[], baseOf: (nth: number) => string) {
  let closed = false
  const pages = people.map(({ id, token }, nth) => {
    const page = { id, open: false, told: [] as Told[], socket: null as WebSocket | null }
    const connect = () => {
      if (closed) return
      const address = `${baseOf(nth).replace(/^http/, 'ws')}/ws/notify?subscribe-user`
      const socket = new WebSocket(address, [`__${token}`], { handshakeTimeout: 5_000 })
      page.socket = socket
      socket.on('open', () => {
        page.open = true
      })
      socket.on('message', (data) => {
        const text = String(data)
        if (text.startsWith('{')) page.told.push(JSON.parse(text).data)
      })
      // What went wrong is followed by a close.
      socket.on('error', () => {})
      socket.on('close', () => {
        page.open = false
        setTimeout(connect, 100).unref()
      })
    }
    connect()
    return page
  })

  return {
    allOpen: () => pages.every(({ open }) => open),
    /** Whether all were told of what says this. */
    allHeard: (text: string) => pages.every(({ told }) => told.some((each) => JSON.stringify(each).includes(text))),
    /** What some page was told twice; what it was told is forgotten. */
    twice(): string[] {
      return pages.flatMap(({ id, told }) => {
        const seen = new Set<string>()
        return told.splice(0).flatMap(({ activity_type, feed_serialization_id, notification_obj }) => {
          // The id of a notification that is gone with its primary is given to another.
          const what = `${activity_type} ${feed_serialization_id} ${notification_obj.active_at}`
          if (!seen.has(what)) return seen.add(what) && []
          return `the page of ${id} was told ${what} twice: ${JSON.stringify(notification_obj).slice(0, 300)}`
        })
      })
    },
    close(): void {
      closed = true
      for (const { socket } of pages) socket?.terminate()
    },
  }
}
