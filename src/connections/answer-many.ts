import type { MemberCtx } from '../context.ts'
import { type ErrorItem, Refusal } from '../platform/errors.ts'
import type { ConnectionStatus, Relationship } from './relationship.ts'
import { answerStatus } from './status.ts'

export type Answer =
  | { user: number; ok: true; connection_status: ConnectionStatus }
  | { user: number; ok: false; errors: ErrorItem[] }

/**
 * Does one act with each of several members, in the order given. Each is a transaction of its own; a refused one does
 * not stop the others.
 */
export async function answerMany(
  ctx: MemberCtx,
  userIds: number[],
  act: (ctx: MemberCtx, id: number) => Promise<Relationship>,
): Promise<{ results: Answer[] }> {
  const results: Answer[] = []
  for (const user of new Set(userIds)) {
    try {
      results.push({ user, ok: true, ...answerStatus(ctx, await act(ctx, user)) })
    } catch (error) {
      if (!(error instanceof Refusal) || error.status >= 500) throw error
      results.push({ user, ok: false, errors: error.errors })
    }
  }
  return { results }
}
