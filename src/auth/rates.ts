import type { Rate } from '../platform/http/limits.ts'

/** Endpoints that answer whether a secret is right. */
export const signIns: Rate = { name: 'sign-ins', perMinute: 60 }

/** Accounts that people make by themselves: as many as a room of newcomers needs. */
export const signUps: Rate = { name: 'sign-ups', perMinute: 10 }

/** Whatever looks through many rows for words. As often as somebody types who is shown the results meanwhile. */
export const searches: Rate = { name: 'searches', perMinute: 240 }

/** Whatever has a mail sent to an address that a stranger names. */
export const mails: Rate = { name: 'mails', perMinute: 10 }
