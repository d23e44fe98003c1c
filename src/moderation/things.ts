import type { MemberAudience } from '../auth/audience.ts'
import { setCollapsed as collapseComment } from '../comments/collapse.ts'
import { setDeleted as deleteComment } from '../comments/delete.ts'
import { findComment, lockComment } from '../comments/find.ts'
import { target as commentTarget } from '../comments/target.ts'
import type { Community } from '../community/state.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { setCollapsed } from '../contributions/collapse.ts'
import { setDeleted } from '../contributions/delete.ts'
import { findContribution, type LockedForModeration, lockContribution } from '../contributions/find.ts'
import { enabled, kinds } from '../contributions/kinds.ts'
import { targets } from '../contributions/target.ts'
import type { LockedTarget, Target } from '../marks/target.ts'
import type { Db } from '../platform/db/database.ts'

type Given = { now: Date; community: Community }

/** Something that moderators look after. */
export type Thing = {
  target: Target
  /** Throws 404 unless it exists. */
  find(ctx: Ctx, id: number): Promise<unknown>
  /** Locks it, whoever may see it and whoever hides whom; with its contribution if that counts it. */
  lock(tx: Db, ctx: MemberCtx, id: number, who: MemberAudience): Promise<LockedTarget & LockedForModeration>
  /** Deletes a locked one so that its author cannot restore it, or restores it. */
  setDeleted(tx: Db, id: number, deleted: boolean, given: Given): Promise<void>
  /** Hides a locked one from others, or shows it again. */
  setCollapsed(tx: Db, id: number, collapsed: boolean, given: Given): Promise<void>
}

const contributions = Object.values(kinds).map((kind): [string, Thing] => [
  kind.name,
  {
    target: targets[kind.name],
    async find(ctx, id) {
      enabled(kind).check(ctx)
      await findContribution(ctx, kind, id)
    },
    lock: (tx, ctx, id, who) => lockContribution(tx, ctx, kind, id, who, true),
    setDeleted: (tx, id, deleted, given) => setDeleted(tx, kind, id, deleted, { ...given, moderated: deleted }),
    setCollapsed: (tx, id, collapsed, given) => setCollapsed(tx, kind, id, collapsed, given),
  },
])

const comment: Thing = {
  target: commentTarget,
  find: findComment,
  lock: (tx, ctx, id, who) => lockComment(tx, ctx, id, who, true, true),
  setDeleted: (tx, id, deleted, given) => deleteComment(tx, id, deleted, { ...given, moderated: deleted }),
  setCollapsed: collapseComment,
}

/** All of them, under their names in the API. */
export const things: Record<string, Thing> = { ...Object.fromEntries(contributions), comment }
