/** Which methods each address offers. */
export type Offered = {
  /** @param pattern an address, with `:name` where it takes anything */
  add(method: string, pattern: string): void
  /** The methods of an address, with HEAD and OPTIONS; null if nothing is there. */
  at(path: string): string[] | null
}

const partsOf = (path: string) => path.replace(/\/$/, '').split('/')

/**
 * Remembers which methods each address offers, to tell a wrong method from a wrong address. Asked only if no route
 * was found, so a linear search will do.
 */
export function createOffered(): Offered {
  const byLength = new Map<number, { parts: string[]; methods: Set<string> }[]>()
  const known = new Map<string, Set<string>>()
  return {
    add(method, pattern) {
      const methods = known.get(pattern)
      if (methods) {
        methods.add(method)
        return
      }
      const made = { parts: partsOf(pattern), methods: new Set([method]) }
      known.set(pattern, made.methods)
      byLength.set(made.parts.length, [...(byLength.get(made.parts.length) ?? []), made])
    },
    at(path) {
      const asked = partsOf(path)
      const methods = new Set<string>()
      for (const { parts, methods: there } of byLength.get(asked.length) ?? [])
        if (parts.every((part, i) => (part.startsWith(':') ? asked[i] : part === asked[i])))
          for (const method of there) methods.add(method)
      if (!methods.size) return null
      return [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS']
    },
  }
}
