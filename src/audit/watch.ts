import type { MemberAudience } from '../auth/audience.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import type { Endpoint } from '../platform/http/endpoint.ts'
import { type Entry, namesOf, recorded, withDatabase } from './record.ts'

type Act = Endpoint<Ctx>['declaration']['act']

const idIn = (value: unknown) => (Number.isSafeInteger(value) ? (value as number) : null)

/** The id of the thing that an answer shows as created. */
function madeBy(out: unknown): number | null {
  const json = (out as { json?: unknown } | undefined)?.json
  if (typeof json === 'string') return idIn(JSON.parse(json)?.id)
  return idIn((out as { id?: unknown } | undefined)?.id)
}

/**
 * Wraps the act of an endpoint: it is recorded in the audit trail whenever somebody may change something by their
 * role. This is the only place; an endpoint says so by its audience.
 */
export function watched(endpoint: Endpoint<Ctx>): Act {
  const { method, path, pathNames, takes, declaration } = endpoint
  const { act, anyBody, returns } = declaration
  const who = declaration.who as Partial<MemberAudience>
  if (method === 'GET' || !who.byRole) return act

  return async (ctx, input, body) => {
    const { kith, actor, asked } = ctx as MemberCtx
    const given = input as Record<string, unknown>
    if (!who.byRole?.(actor, given)) return act(ctx, input, body)
    const fields = Object.fromEntries(Object.keys(takes).map((name) => [name, given[name]]))
    for (const name of pathNames) delete fields[name]
    const entry: Entry = {
      ...{ actor: actor.id, operator: null, address: asked?.address ?? null },
      ...{ act: `${method} ${path}`, target: idIn(given[pathNames[0] ?? '']) },
      fields: namesOf(anyBody ? { ...fields, ...body } : fields),
    }
    const { db, done } = recorded(kith.db, entry, kith.clock)
    const out = await act({ ...ctx, db, kith: withDatabase(kith, db) }, input, body)
    if (returns.lines) return endingWith(out as AsyncIterable<object[]>, done)
    await done(returns.status === 201 ? madeBy(out) : null)
    return out
  }
}

/** Lines are acted on while they are read. */
async function* endingWith(lines: AsyncIterable<object[]>, done: () => Promise<void>) {
  yield* lines
  await done()
}
