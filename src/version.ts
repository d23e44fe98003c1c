import manifest from '../package.json' with { type: 'json' }

/** This version of Kith. */
export const { version } = manifest
