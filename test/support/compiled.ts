import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const bin = fileURLToPath(new URL('../../bin', import.meta.url))

// The launchers are plain JavaScript, older than anything that could check their types.
const bundleFile: string = join(bin, 'bundle.mjs')
const { bundleFor }: { bundleFor(node: string): string } = await import(bundleFile)

/** Where what was compiled of Kith is kept, for all the servers and commands that tests start. */
export const compiled = fileURLToPath(new URL('../../node_modules/.kith-compiled', import.meta.url))

/** What Node is given to run Kith, as its launcher does. */
export const asLaunched = ['--import', pathToFileURL(join(bin, 'traces.mjs')).href, bundleFor(process.execPath)]

/** The same for the many starts of tests. One makes much that stays: moved about less often, it takes an eighth less. */
export const startOfKith = ['--min-semi-space-size=16', ...asLaunched]
