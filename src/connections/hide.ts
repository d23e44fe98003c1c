import type { MemberCtx } from '../context.ts'
import { changePair } from './pair.ts'
import { fresh, type Relationship, withOne } from './relationship.ts'

/**
 * Hides a member, or shows them again. While one of two hides the other, their relationship sleeps; once neither
 * does, it is as it was. Nothing begins or ends, so there is no event.
 */
export const toggleHide = (ctx: MemberCtx, otherId: number): Promise<Relationship> =>
  changePair(ctx, otherId, null, ({ me, relationship }) => {
    const { hides } = relationship
    return {
      relationship: { ...relationship, hides: withOne(hides, me.id, hides.get(me.id) ? null : fresh) },
      events: [],
    }
  })
