import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the endpoints of a slice differ from the documented, each by its name. A slice says it in its `contract.ts`. */
export type Exceptions = {
  /** Served by the original without a page in its documentation, or by an older form of it. */
  undocumented: string[]
  /** Where the documentation says less than its own text, or than safety asks. */
  audiences: Record<string, string>
  /** The fields of a thing, where the table names those of what is in it. */
  within: Record<string, string[]>
  /** Pages by their example, though the table names a single thing. */
  pages: string[]
  /** What members who are blocked may do all the same, and why. */
  open: Record<string, string>
}

/** Those of all slices. */
export const exceptions: Exceptions = { undocumented: [], audiences: {}, within: {}, pages: [], open: {} }

const tests = join(import.meta.dirname, '..')
for (const file of globSync('*/contract.ts', { cwd: tests }).sort()) {
  const {
    undocumented = [],
    pages = [],
    audiences,
    within,
    open,
  }: Partial<Exceptions> = (await import(pathToFileURL(join(tests, file)).href)).exceptions
  exceptions.undocumented.push(...undocumented)
  exceptions.pages.push(...pages)
  Object.assign(exceptions.audiences, audiences)
  Object.assign(exceptions.within, within)
  Object.assign(exceptions.open, open)
}
