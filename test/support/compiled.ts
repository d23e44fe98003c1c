import { fileURLToPath } from 'node:url'

/** Where what was compiled of Kith is kept, for all the servers and commands that tests start. */
export const compiled = fileURLToPath(new URL('../../node_modules/.kith-compiled', import.meta.url))
