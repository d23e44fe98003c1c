import type { Rate } from '../platform/http/limits.ts'

/** Whatever tells a stranger whether a secret is right. */
export const signIns: Rate = { name: 'sign-ins', perMinute: 60 }

/** Whatever looks through many rows for words. As often as somebody types who is shown the results meanwhile. */
export const searches: Rate = { name: 'searches', perMinute: 240 }
