import type { Rate } from '../platform/http/limits.ts'

/** For endpoints that tell whether a secret is right. */
export const signIns: Rate = { name: 'sign-ins', perMinute: 60 }

/** For accounts that people make themselves: enough for a room of newcomers. */
export const signUps: Rate = { name: 'sign-ups', perMinute: 10 }

/** For searches through many rows: enough for a member who sees results while typing. */
export const searches: Rate = { name: 'searches', perMinute: 240 }

/** For uploads of pictures, and for what is fetched from elsewhere for a member. */
export const uploads: Rate = { name: 'uploads and links', perMinute: 60 }

/** For mails to addresses that a stranger names. */
export const mails: Rate = { name: 'mails', perMinute: 10 }
