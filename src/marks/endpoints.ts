import type { TInteger } from 'typebox'
import { activeMember, member, moderator, visitor } from '../auth/audience.ts'
import { type Ctx, endpoint } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { data, type Endpoint, type Gate, nothing, one, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { findMarks } from './find.ts'
import { flag, showFlag } from './flag.ts'
import { toggleHidden } from './hide.ts'
import { flagType, ofClient } from './inputs.ts'
import { listFlags, listVotes } from './lists.ts'
import type { FollowedTarget, Target } from './target.ts'
import { type Toggle, toggle } from './toggle.ts'
import { Flag, NoFlag, Vote } from './views.ts'
import { vote } from './vote.ts'

/** Where a kind of target is found. */
type At = {
  target: Target
  /** The address of all of them, without the last slash. */
  path: `/api/v2/${string}`
  id: TInteger
  onlyIf?: Gate<Ctx>
  /** Throws 404 if nothing has this id. */
  find(ctx: Ctx, id: number): Promise<unknown>
  /** Throws 404 also if the caller may not see it. */
  see(ctx: Ctx, id: number): Promise<unknown>
}

type Followable = At & { target: FollowedTarget }

const yesOrNo = <Name extends string>(name: Name) =>
  data(Type.Object({ [name]: Type.Boolean() } as Record<Name, ReturnType<typeof Type.Boolean>>))

const reaction = Type.Integer({ minimum: 1, maximum: 2 ** 31 })

/** The endpoint by which the caller follows or suspends a target, or stops. */
const switching = ({ target, path, id, onlyIf }: Followable, what: Toggle, summary: string) =>
  endpoint(`POST ${path}/{id}/${what}/`, {
    summary,
    who: member,
    onlyIf,
    takes: { id },
    returns: nothing,
    refuses: {
      400: what === 'follow' ? 'It is your own, or deleted.' : 'It is deleted.',
      403: 'One of you has hidden the other.',
    },
    act: (ctx, { id }) => toggle(ctx, target, id, what),
  })

/** The endpoint that tells whether the caller has a certain mark on a target, under the name of the answer. */
const asking = (at: At, where: string, summary: string, name: string, mark: 'followed' | 'suspended' | 'hidden') =>
  endpoint(`GET ${at.path}/{id}/${where}/`, {
    summary,
    who: member,
    onlyIf: at.onlyIf,
    takes: { id: at.id },
    returns: yesOrNo(name),
    async act(ctx, { id }) {
      await at.find(ctx, id)
      return { [name]: (await findMarks(ctx, at.target, id))[mark] }
    },
  })

/** The endpoints for following a target and suspending its notifications. */
export function followEndpoints(at: Followable): Endpoint<Ctx>[] {
  const { name } = at.target
  return [
    switching(at, 'follow', `Follow a ${name}, or no longer`),
    asking(at, 'following', `Check whether you follow a ${name}`, 'following', 'followed'),
    switching(at, 'suspend', `Suspend the notifications of a ${name}, or no longer`),
    asking(
      at,
      'suspended',
      `Check whether you have suspended the notifications of a ${name}`,
      'suspended',
      'suspended',
    ),
  ]
}

/** The endpoints for voting on a target. */
export const voteEndpoints = ({ target, path, id, onlyIf, see }: At): Endpoint<Ctx>[] => [
  endpoint(`POST ${path}/{id}/vote/`, {
    summary: `Vote for a ${target.name}, or take the vote back`,
    description: 'Another reaction changes the vote.',
    who: activeMember,
    onlyIf,
    takes: { id, reaction: Type.Optional({ ...reaction, description: '1 unless given.' }) },
    returns: nothing,
    act: (ctx, { id, reaction }) => vote(ctx, target, id, reaction ?? 1),
  }),
  endpoint(`GET ${path}/{id}/vote/`, {
    summary: `List the votes for a ${target.name}`,
    who: visitor,
    onlyIf,
    takes: { id, reaction: Type.Optional(reaction) },
    returns: page(Vote),
    async act(ctx, { id, reaction, page }) {
      await see(ctx, id)
      return listVotes(ctx, target, id, reaction, page)
    },
  }),
]

/** The endpoints for reporting a target to the moderators. */
export const flagEndpoints = ({ target, path, id, onlyIf, find }: At): Endpoint<Ctx>[] => [
  endpoint(`POST ${path}/{id}/flag/`, {
    summary: `Flag a ${target.name}`,
    description: 'Also with the number alone as body. A second flag replaces the first.',
    who: activeMember,
    onlyIf,
    takes: { id, flag_type: Type.Optional(flagType), flagType: Type.Optional(ofClient) },
    bare: 'flag_type',
    returns: nothing,
    refuses: { 400: 'It is your own.' },
    act(ctx, { id, flag_type, flagType = flag_type }) {
      if (flagType === undefined) throw badField('flag_type', 'required', 'This field is required.')
      return flag(ctx, target, id, flagType)
    },
  }),
  endpoint(`GET ${path}/{id}/flag/`, {
    summary: `List the flags of a ${target.name}`,
    who: moderator,
    onlyIf,
    takes: { id },
    returns: page(Flag),
    async act(ctx, { id, page }) {
      await find(ctx, id)
      return listFlags(ctx, target, id, page)
    },
  }),
  endpoint(`GET ${path}/{id}/flag/status/`, {
    summary: `Get your flag of a ${target.name}`,
    who: member,
    onlyIf,
    description: 'An empty object if you have not flagged it.',
    takes: { id },
    returns: one(Flag, NoFlag),
    async act(ctx, { id }) {
      await find(ctx, id)
      return showFlag(ctx, target, id)
    },
  }),
]

/** The endpoints for hiding a target from one's own lists. */
export const hideEndpoints = (at: At): Endpoint<Ctx>[] => [
  endpoint(`POST ${at.path}/{id}/hide/`, {
    summary: `Hide a ${at.target.name} from your lists, or show it again`,
    who: member,
    onlyIf: at.onlyIf,
    takes: { id: at.id },
    returns: nothing,
    act: (ctx, { id }) => toggleHidden(ctx, at.target, id),
  }),
  asking(at, 'hide/status', `Check whether you hide a ${at.target.name}`, 'hidden', 'hidden'),
]
