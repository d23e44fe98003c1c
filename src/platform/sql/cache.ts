/** What is kept under one key: bytes in some parts. */
type Entry<Kept> = Kept & { key: number; parts: Buffer[]; wasRead: boolean }

/** Memory that is taken from the system at once. */
type Page<Kept> = { bytes: Buffer; used: number; entries: Entry<Kept>[] }

const pageSize = 65_536

/** What an entry takes besides its bytes. */
const overhead = 300

export type Cache<Kept extends object> = ReturnType<typeof createCache<Kept>>

/**
 * Caches bytes by number, up to a size. They lie in pages, one behind the other: thousands of small buffers would each keep
 * alive the block it was cut from, and take twice what they hold. The oldest page goes first; what was read since it
 * came moves to the newest, up to half a page, so each page that goes makes room.
 * @param size in bytes, of pages and entries together
 */
export function createCache<Kept extends object>(size: number) {
  const kept = new Map<number, Entry<Kept>>()
  let pages: Page<Kept>[] = []
  let taken = 0

  /** The newest page, if it has room for as many bytes, or a new one. */
  function roomFor(length: number): Page<Kept> {
    const newest = pages.at(-1)
    if (newest && newest.used + length <= newest.bytes.length) return newest
    const page = { bytes: Buffer.allocUnsafeSlow(Math.max(pageSize, length)), used: 0, entries: [] }
    pages.push(page)
    taken += page.bytes.length
    return page
  }

  function enter(page: Page<Kept>, entry: Entry<Kept>): void {
    page.entries.push(entry)
    taken += overhead
  }

  /** Copies an entry of a page that goes. Whoever still holds the old bytes has them as they were. */
  function move(entry: Entry<Kept>, length: number): void {
    const page = roomFor(length)
    entry.parts = entry.parts.map((part) => {
      const from = page.used
      page.used += part.copy(page.bytes, from)
      return page.bytes.subarray(from, page.used)
    })
    entry.wasRead = false
    enter(page, entry)
  }

  function drop({ bytes, entries }: Page<Kept>): void {
    taken -= bytes.length + entries.length * overhead
    let moved = 0
    for (const entry of entries) {
      // Another has come under its key.
      if (kept.get(entry.key) !== entry) continue
      const length = entry.parts.reduce((sum, part) => sum + part.length, 0)
      if (entry.wasRead && moved + length <= bytes.length / 2) {
        moved += length
        move(entry, length)
      } else kept.delete(entry.key)
    }
  }

  return {
    get bytes() {
      return taken
    },
    /** Whether what comes takes the place of something else. */
    get isFull() {
      return taken > size - 2 * pageSize
    },
    get(key: number): Entry<Kept> | undefined {
      const entry = kept.get(key)
      if (entry) entry.wasRead = true
      return entry
    },
    /** Keeps texts as bytes, instead of what was kept under this key. */
    set(key: number, texts: string[], what: Kept): Entry<Kept> {
      const page = roomFor(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0))
      const parts = texts.map((text) => {
        const from = page.used
        page.used += page.bytes.write(text, from)
        return page.bytes.subarray(from, page.used)
      })
      const entry = { ...what, key, parts, wasRead: false }
      kept.set(key, entry)
      enter(page, entry)
      while (taken > size && pages.length > 1) drop(pages.shift() as Page<Kept>)
      return entry
    },
    clear(): void {
      kept.clear()
      pages = []
      taken = 0
    },
  }
}
