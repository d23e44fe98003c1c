import { memberLine, type Newcomer } from '../accounts/import.ts'
import { conformingTo } from '../platform/conform.ts'
import type { Thing } from './source.ts'

export const idOf = (value: unknown): number | null => {
  const id = typeof value === 'object' && value !== null ? (value as Thing).id : value
  return Number.isSafeInteger(id) && (id as number) > 0 ? (id as number) : null
}

export const textOf = (value: unknown, most = 1_000_000): string =>
  typeof value === 'string' ? value.slice(0, most) : ''

export const countOf = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0

export const listOf = (value: unknown): Thing[] =>
  Array.isArray(value) ? value.filter((each): each is Thing => typeof each === 'object' && each !== null) : []

/** The moment of something; now if it is missing or in the future. */
export function momentOf(value: unknown, now: Date): Date {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return at > 0 && at <= now.getTime() ? new Date(at) : now
}

const fields = Object.entries(memberLine).map(([name, schema]) => [name, conformingTo(schema)] as const)
/** Fields that are not copied: tags have other ids here, and the operator gives roles. */
const apart = new Set(['tags', 'role', 'password_hash', 'custom_user_metadata'])

/**
 * A member of the source as an import takes them. Values that cannot be taken are left out and reported.
 * @param account what only administrators are told: the e-mail address
 */
export function readMember(
  found: Thing,
  account: Thing | null,
  withRole: boolean,
): { of: Newcomer | null; dropped: string[] } {
  const dropped: string[] = []
  const of: Thing = {}
  const said: Thing = { ...found, email: account?.email ?? found.email, ext_id: account?.ext_id ?? found.ext_id }
  if (typeof said.date_joined === 'string') {
    const at = Date.parse(said.date_joined)
    said.date_joined = Number.isNaN(at) ? undefined : new Date(Math.min(at, Date.now())).toISOString()
  }
  for (const [name, check] of fields) {
    const value = said[name]
    if (value === undefined || value === null || value === '' || (apart.has(name) && !(withRole && name === 'role')))
      continue
    if (check.conforms(value)) of[name] = value
    else dropped.push(name)
  }
  return { of: of.username ? (of as Newcomer) : null, dropped }
}

/** A text with its mentions changed to the members here; members who are not here become plain names. */
export const withMentions = (html: string, here: (id: number) => number | null): string =>
  html.replace(/<mention\b[^>]*>/gi, (tag) => {
    const id = here(Number(/\sid="?(\d+)/i.exec(tag)?.[1]))
    return id ? `<mention id="${id}">` : '<mention>'
  })
