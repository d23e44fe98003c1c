import type { Ctx, MemberCtx } from '../context.ts'
import { forbidden, unauthorized } from '../platform/errors.ts'
import type { Audience } from '../platform/http/endpoint.ts'
import { type Actor, isAdmin, isModerator, isStaff } from './actor.ts'

/**
 * An audience of members. It is checked at the door, before the body is read, and again by every act when it locks or
 * writes: a member may have been blocked, or have left, since.
 */
export type MemberAudience = Audience<Ctx, MemberCtx> & {
  /** Throws the refusal of a member who does not, or no longer, belong to it. */
  check(actor: Actor): void
  /**
   * Throws the refusal of a member whose relation to the thing is not what the audience asks for. The act reads the
   * owner from the row it locks anyway, so this costs no query.
   * @param what the thing, as messages call it
   */
  checkOwner(actor: Actor, owner: number, what: string): void
  /** Whether a member is admitted by their role, not as themselves: then the act is recorded in the audit trail. */
  byRole(actor: Actor, path: Record<string, unknown>): boolean
}

/** The conditions of an audience, each of which throws the refusal. Missing ones always hold. */
type Conditions = {
  /** On the member. */
  member?: (actor: Actor) => void
  /** On the member and the values of the path. */
  path?: (actor: Actor, path: Record<string, unknown>) => void
  /** On the member and the owner of the thing. */
  owner?: (actor: Actor, owner: number, what: string) => void
  /** Whether a member is admitted by their role; by default nobody is. */
  byRole?: (actor: Actor, path: Record<string, unknown>) => boolean
}

const nothing = () => {}

/** The context of a signed-in member. */
function signedIn(ctx: Ctx): MemberCtx {
  const { actor } = ctx
  if (!actor) throw unauthorized('Sign in first: send Authorization: Bearer <token>.')
  return Object.assign(ctx, { actor })
}

/**
 * Declares an audience of members by its conditions.
 * @param says who may call, for the reference
 */
export function members(
  name: string,
  says: string,
  { member = nothing, path = nothing, owner = nothing, byRole = () => false }: Conditions = {},
): MemberAudience {
  return {
    name,
    says,
    signedIn: true,
    admit(ctx, named) {
      const admitted = signedIn(ctx)
      path(admitted.actor, named)
      member(admitted.actor)
      return admitted
    },
    check: member,
    checkOwner: owner,
    byRole,
  }
}

/** Refuses blocked members. */
export function notBlocked({ status }: Actor): void {
  if (status === 'b') throw forbidden('Your account is blocked: you may read, but not do this.')
}

/** Refuses all but some. */
const only =
  (who: string, are: (actor: Actor, path: Record<string, unknown>) => boolean) =>
  (actor: Actor, path: Record<string, unknown> = {}): void => {
    if (!are(actor, path)) throw forbidden(`Only ${who} may do this.`)
  }

/** Whether the path names the member: as `user_id` if it also has the id of something of theirs, else as `id`. */
const isInPath = (actor: Actor, path: Record<string, unknown>) => actor.id === (path.user_id ?? path.id)

/** Everybody, signed in or not. */
export const anyone: Audience<Ctx> = {
  name: 'anyone',
  says: 'No authentication is required.',
  signedIn: false,
  admit: (ctx) => ctx,
}

/** Everybody if the community shows its content to visitors, else members. */
export const visitor: Audience<Ctx> = {
  name: 'visitor',
  says: 'Authentication is required only if the option `content_availability` is false.',
  signedIn: false,
  admit(ctx) {
    return ctx.community.options['configurations.content_availability'] ? ctx : signedIn(ctx)
  },
}

/** Signed-in members, also blocked ones. */
export const member = members('member', 'Authentication is required.')

/** Members who are not blocked: for acts that change what others see. */
export const activeMember = members('active member', 'Authentication is required; a blocked member is refused.', {
  member: notBlocked,
})

/** The member whose id is in the path. */
export const self = members('self', 'Only the member themselves.', { path: only('the member themselves', isInPath) })

/** The member whose id is in the path, unless blocked: for what others see of them. */
export const activeSelf = members('active self', 'Only the member themselves; a blocked member is refused.', {
  path: only('the member themselves', isInPath),
  member: notBlocked,
})

const ownOrAdmin = only(
  'the member themselves and administrators',
  (actor, path) => isInPath(actor, path) || isAdmin(actor),
)

/** The member whose id is in the path, and administrators. */
export const selfOrAdmin = members('self or admin', 'Only the member themselves and administrators.', {
  path: ownOrAdmin,
  byRole: (actor, path) => !isInPath(actor, path),
})

/** The same, unless blocked: for what others see of them. */
export const activeSelfOrAdmin = members(
  'active self or admin',
  'Only the member themselves and administrators; a blocked member is refused.',
  { path: ownOrAdmin, member: notBlocked, byRole: (actor, path) => !isInPath(actor, path) },
)

/** The author of the thing in the path, unless blocked. */
export const author = members('author', 'Only the author; a blocked member is refused.', {
  member: notBlocked,
  owner(actor, owner, what) {
    if (actor.id !== owner) throw forbidden(`This ${what} is somebody else's.`)
  },
})

/** The creator of the community, who can always sign in. */
export const creator = members('creator', 'Only the creator of the community.', {
  member: only('the creator of the community', ({ id }) => id === 1),
})

/** Everybody with a role. */
export const staff = members('staff', 'Only the staff.', { member: only('the staff', isStaff) })

/** Moderators and administrators: those who look after what is published. */
export const moderator = members('moderator', 'Only moderators and administrators.', {
  member: only('moderators and administrators', isModerator),
  byRole: () => true,
})

/** Administrators; and publishers for their own things, which the act checks. */
export const adminOrPublisher = members(
  'admin or publisher',
  'Only administrators, and publishers of what is theirs.',
  {
    member: only(
      'administrators, and publishers of what is theirs,',
      (actor) => isAdmin(actor) || actor.role === 'publisher',
    ),
  },
)

/** Administrators. */
export const admin = members('admin', 'Only administrators.', {
  member: only('administrators', isAdmin),
  byRole: () => true,
})
