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

/** When something was; now where that is not said, or lies ahead. */
export function momentOf(value: unknown, now: Date): Date {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return at > 0 && at <= now.getTime() ? new Date(at) : now
}

const fields = Object.entries(memberLine).map(([name, schema]) => [name, conformingTo(schema)] as const)
/** What means something only where it was said: tags have other ids here, and roles are given by whoever moves. */
const apart = new Set(['tags', 'role', 'password_hash', 'custom_user_metadata'])

/**
 * A member of the source as an import takes them: what cannot be taken is left out, and named.
 * @param account what administrators are told besides: the address
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

/** A text with the members it mentions as they are called here; who is not here is only named. */
export const withMentions = (html: string, here: (id: number) => number | null): string =>
  html.replace(/<mention\b[^>]*>/gi, (tag) => {
    const id = here(Number(/\sid="?(\d+)/i.exec(tag)?.[1]))
    return id ? `<mention id="${id}">` : '<mention>'
  })
