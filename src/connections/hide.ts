import type { MemberCtx } from '../context.ts'
import { changePair } from './pair.ts'
import type { Relationship } from './relationship.ts'

/**
 * Hides a member, or shows them again. While one of two hides the other, their relationship sleeps; once neither
 * does, it is as it was. Nothing begins or ends, so there is no event.
 */
export const toggleHide = (ctx: MemberCtx, otherId: number): Promise<Relationship> =>
  changePair(ctx, otherId, null, ({ me, relationship, next }) => {
    const { hides } = relationship
    return { relationship: { ...relationship, hides: { ...hides, [me.id]: hides[me.id] ? null : next } }, events: [] }
  })
