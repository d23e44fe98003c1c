import type { Ctx, MemberCtx } from '../context.ts'
import { forbidden, unauthorized } from '../platform/errors.ts'
import type { Audience } from '../platform/http/endpoint.ts'
import { isAdmin, isModerator } from './actor.ts'

const signIn = 'Sign in first: send Authorization: Bearer <token>.'

function mustBeMember(ctx: Ctx): asserts ctx is MemberCtx {
  if (!ctx.actor) throw unauthorized(signIn)
}

/** Refuses one who is blocked. */
export function mustBeActive({ status }: { status?: string }) {
  if (status === 'b') throw forbidden('Your account is blocked: you may read, but not do this.')
}

/** Everybody, signed in or not. */
export const anyone: Audience<Ctx> = {
  name: 'anyone',
  says: 'No authentication is required.',
  signedIn: false,
  admit() {},
}

/** Everybody where the community shows its content to visitors, else members. */
export const visitor: Audience<Ctx> = {
  name: 'visitor',
  says: 'Authentication is required only if the option `content_availability` is false.',
  signedIn: false,
  admit(ctx) {
    if (!ctx.community.options['configurations.content_availability']) mustBeMember(ctx)
  },
}

/** Whoever is signed in, blocked members included. */
export const member: Audience<Ctx, MemberCtx> = {
  name: 'member',
  says: 'Authentication is required.',
  signedIn: true,
  admit: mustBeMember,
}

/** Members who are not blocked: for acts that change what others see. */
export const activeMember: Audience<Ctx, MemberCtx> = {
  name: 'active member',
  says: 'Authentication is required; a blocked member is refused.',
  signedIn: true,
  admit(ctx): asserts ctx is MemberCtx {
    mustBeMember(ctx)
    mustBeActive(ctx.actor)
  },
}

/** The member whose id is in the path. */
export const self: Audience<Ctx, MemberCtx> = {
  name: 'self',
  says: 'Only the member themselves.',
  signedIn: true,
  admit(ctx, path): asserts ctx is MemberCtx {
    mustBeMember(ctx)
    if (ctx.actor.id !== path.id) throw forbidden('Only the member themselves may do this.')
  },
}

/** The member whose id is in the path, unless they are blocked: for what others see of them. */
export const activeSelf: Audience<Ctx, MemberCtx> = {
  name: 'active self',
  says: 'Only the member themselves; a blocked member is refused.',
  signedIn: true,
  admit(ctx, path): asserts ctx is MemberCtx {
    mustBeMember(ctx)
    if (ctx.actor.id !== path.id) throw forbidden('Only the member themselves may do this.')
    mustBeActive(ctx.actor)
  },
}

/** The member whose id is in the path, and administrators. */
export const selfOrAdmin: Audience<Ctx, MemberCtx> = {
  name: 'self or admin',
  says: 'Only the member themselves and administrators.',
  signedIn: true,
  admit(ctx, path): asserts ctx is MemberCtx {
    mustBeMember(ctx)
    if (ctx.actor.id !== path.id && !isAdmin(ctx.actor))
      throw forbidden('Only the member themselves and administrators may do this.')
  },
}

/** Those who look after what is published: moderators and administrators. */
export const moderator: Audience<Ctx, MemberCtx> = {
  name: 'moderator',
  says: 'Only moderators and administrators.',
  signedIn: true,
  admit(ctx): asserts ctx is MemberCtx {
    mustBeMember(ctx)
    if (!isModerator(ctx.actor)) throw forbidden('Only moderators and administrators may do this.')
  },
}

/** Administrators. */
export const admin: Audience<Ctx, MemberCtx> = {
  name: 'admin',
  says: 'Only administrators.',
  signedIn: true,
  admit(ctx): asserts ctx is MemberCtx {
    mustBeMember(ctx)
    if (!isAdmin(ctx.actor)) throw forbidden('Only administrators may do this.')
  },
}
