import Type, { type TInteger } from 'typebox'
import { activeMember, member, moderator, visitor } from '../auth/audience.ts'
import { type Ctx, endpoint } from '../context.ts'
import { data, type Endpoint, type Gate, nothing, one, page } from '../platform/http/endpoint.ts'
import { findMarks } from './find.ts'
import { flag, showFlag } from './flag.ts'
import { toggleHidden } from './hide.ts'
import { flagType } from './inputs.ts'
import { listFlags, listVotes } from './lists.ts'
import type { Target } from './target.ts'
import { toggle } from './toggle.ts'
import { Flag, Vote } from './views.ts'
import { vote } from './vote.ts'

/** Where something that can be marked is found. */
type At = {
  target: Target
  /** The address of all of them, without the last slash. */
  path: `/api/v2/${string}`
  id: TInteger
  onlyIf?: Gate<Ctx>
  /** Throws 404 if nothing has this id. */
  find(ctx: Ctx, id: number): Promise<unknown>
  /** Throws 404 also if the one who calls may not see it. */
  see(ctx: Ctx, id: number): Promise<unknown>
}

const yesOrNo = <Name extends string>(name: Name) =>
  data(Type.Object({ [name]: Type.Boolean() } as Record<Name, ReturnType<typeof Type.Boolean>>))

const toggleRefuses = { 400: 'It is your own.', 403: 'One of you has hidden the other.' }
const reaction = Type.Integer({ minimum: 1, maximum: 2 ** 31 })

/** The addresses by which a target is followed, and its notifications are suspended. */
export const followEndpoints = ({ target, path, id, onlyIf, find }: At): Endpoint<Ctx>[] => [
  endpoint(`POST ${path}/{id}/follow/`, {
    summary: `Follow a ${target.name}, or no longer`,
    who: member,
    onlyIf,
    takes: { id },
    returns: nothing,
    refuses: toggleRefuses,
    act: (ctx, { id }) => toggle(ctx, target, id, 'follow'),
  }),
  endpoint(`GET ${path}/{id}/following/`, {
    summary: `Check whether you follow a ${target.name}`,
    who: member,
    onlyIf,
    takes: { id },
    returns: yesOrNo('following'),
    async act(ctx, { id }) {
      await find(ctx, id)
      return { following: (await findMarks(ctx, target, id)).followed }
    },
  }),
  endpoint(`POST ${path}/{id}/suspend/`, {
    summary: `Suspend the notifications of a ${target.name}, or no longer`,
    who: member,
    onlyIf,
    takes: { id },
    returns: nothing,
    refuses: toggleRefuses,
    act: (ctx, { id }) => toggle(ctx, target, id, 'suspend'),
  }),
  endpoint(`GET ${path}/{id}/suspended/`, {
    summary: `Check whether you have suspended the notifications of a ${target.name}`,
    who: member,
    onlyIf,
    takes: { id },
    returns: yesOrNo('suspended'),
    async act(ctx, { id }) {
      await find(ctx, id)
      return { suspended: (await findMarks(ctx, target, id)).suspended }
    },
  }),
]

/** The addresses by which a target is voted for. */
export const voteEndpoints = ({ target, path, id, onlyIf, see }: At): Endpoint<Ctx>[] => [
  endpoint(`POST ${path}/{id}/vote/`, {
    summary: `Vote for a ${target.name}, or take the vote back`,
    description: 'With another reaction than before the vote changes.',
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
    returns: page(Vote.schema),
    async act(ctx, { id, reaction, page }) {
      await see(ctx, id)
      return listVotes(ctx, target, id, reaction, page)
    },
  }),
]

/** The addresses by which a target is reported to the moderators. */
export const flagEndpoints = ({ target, path, id, onlyIf, find }: At): Endpoint<Ctx>[] => [
  endpoint(`POST ${path}/{id}/flag/`, {
    summary: `Flag a ${target.name}`,
    description: 'Also with the number alone as body. A second flag replaces the first.',
    who: activeMember,
    onlyIf,
    takes: { id, flag_type: flagType },
    bare: 'flag_type',
    returns: nothing,
    refuses: { 400: 'It is your own.' },
    act: (ctx, { id, flag_type }) => flag(ctx, target, id, flag_type),
  }),
  endpoint(`GET ${path}/{id}/flag/`, {
    summary: `List the flags of a ${target.name}`,
    who: moderator,
    onlyIf,
    takes: { id },
    returns: page(Flag.schema),
    async act(ctx, { id, page }) {
      await find(ctx, id)
      return listFlags(ctx, target, id, page)
    },
  }),
  endpoint(`GET ${path}/{id}/flag/status/`, {
    summary: `Get your flag of a ${target.name}`,
    who: member,
    onlyIf,
    takes: { id },
    returns: one(Flag),
    act: (ctx, { id }) => showFlag(ctx, target, id),
  }),
]

/** The addresses by which a target is hidden from one's own lists. */
export const hideEndpoints = ({ target, path, id, onlyIf, find }: At): Endpoint<Ctx>[] => [
  endpoint(`POST ${path}/{id}/hide/`, {
    summary: `Hide a ${target.name} from your lists, or show it again`,
    who: member,
    onlyIf,
    takes: { id },
    returns: nothing,
    act: (ctx, { id }) => toggleHidden(ctx, target, id),
  }),
  endpoint(`GET ${path}/{id}/hide/status/`, {
    summary: `Check whether you hide a ${target.name}`,
    who: member,
    onlyIf,
    takes: { id },
    returns: yesOrNo('hidden'),
    async act(ctx, { id }) {
      await find(ctx, id)
      return { hidden: (await findMarks(ctx, target, id)).hidden }
    },
  }),
]
