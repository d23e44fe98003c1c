import { moderator } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { flagType } from '../marks/inputs.ts'
import { listFlags } from '../marks/lists.ts'
import { Flag } from '../marks/views.ts'
import { nothing, one, page } from '../platform/http/endpoint.ts'
import { momentInput, readMoment } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { caseOrderings, listCases, listForModeration, memberOrderings, showStatus } from './lists.ts'
import { moderateMember } from './members.ts'
import { actions, moderate } from './moderate.ts'
import { type Thing, things } from './things.ts'
import { FlaggedContribution, ModerationStatus, ModerationUser, statuses } from './views.ts'

const anId = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description })
const part = (description: string) => Type.Optional(Type.String({ maxLength: 255, description }))
const letters = ['a', 'b', 'd', 'u'] as const

const contribution_type = Type.Enum(Object.keys(things), { description: 'What the id is of.' })
const id = anId('Id of the contribution, or of the comment.')
const thingOf = (type: string) => things[type] as Thing
const above = 'It is your own, or of somebody whose role is above yours.'

export const list = endpoint('GET /api/v2/moderation/contribution/', {
  summary: 'Get All Flagged Contributions',
  description: 'Everything that was flagged, or that a moderator has hidden, deleted or ignored.',
  who: moderator,
  takes: {
    min_flags: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, description: 'With at least this many flags.' }),
    ),
    contribution_type: Type.Optional(contribution_type),
    contribution_id: Type.Optional(id),
    author: part('Part of the username of the author.'),
    flagged_by: part('Part of the username of one who flagged it.'),
    content: part('Part of the text.'),
    moderation_status: Type.Optional(Type.Enum(Object.keys(statuses) as (keyof typeof statuses)[])),
    order_by: Type.Optional(Type.Enum(caseOrderings, { description: '-last_flagged_at by default.' })),
  },
  heavy: true,
  returns: page(FlaggedContribution),
  act: (ctx, { page, contribution_type: type, ...asked }) =>
    listCases(ctx, type === undefined ? null : thingOf(type), asked, page),
})

export const flags = endpoint('GET /api/v2/moderation/contribution/{id}/flag/', {
  summary: 'Get All Flags for a Specific Contribution',
  who: moderator,
  takes: { id, contribution_type, flag_type: Type.Optional(nullable(flagType)) },
  returns: page(Flag),
  async act(ctx, { id, contribution_type: type, flag_type, page }) {
    const { target, find } = thingOf(type)
    await find(ctx, id)
    return listFlags(ctx, target, id, page, flag_type)
  },
})

export const status = endpoint('GET /api/v2/moderation/contribution/{id}/status/', {
  summary: 'Get Moderation Status for a Specific Contribution',
  who: moderator,
  takes: { id, contribution_type },
  returns: one(ModerationStatus),
  async act(ctx, { id, contribution_type: type }) {
    const thing = thingOf(type)
    await thing.find(ctx, id)
    return showStatus(ctx, thing, id)
  },
})

export const contribution = endpoint('PATCH /api/v2/moderation/contribution/{id}/', {
  summary: 'Moderate a Specific Contribution',
  description:
    'Hides it from all but its author, deletes it, ignores it, or sends a notice to its author or to a flagger. ' +
    'Hiding, deleting and ignoring a second time takes it back.',
  who: moderator,
  takes: {
    id,
    contribution_type,
    action: Type.Enum(actions),
    user: Type.Optional(nullable(anId('Of scold_flagger: the member who flagged it.'))),
    moderation_type: Type.Optional(
      nullable({ ...flagType, description: 'Why, for scold_author, hide and delete; not needed to take that back.' }),
    ),
  },
  returns: nothing,
  refuses: { 403: above },
  act: (ctx, { id, contribution_type: type, action, user, moderation_type }) =>
    moderate(ctx, thingOf(type), id, {
      action,
      user: user ?? undefined,
      moderation_type: moderation_type ?? undefined,
    }),
})

export const members = endpoint('GET /api/v2/moderation/user/', {
  summary: 'Get All Users for Moderation',
  who: moderator,
  takes: {
    search: part('Part of the username or the real name.'),
    status: Type.Optional(Type.Enum(letters, { description: 'a approved, b blocked, d deleted, u unregistered.' })),
    days_blocked: Type.Optional(
      Type.Enum(['days', 'forever'], {
        description: 'Members blocked for some days, or until somebody ends it.',
      }),
    ),
    role: Type.Optional(
      Type.Enum(['admin', 'moderator', 'editor', 'publisher'], { description: 'Those who have it.' }),
    ),
    since: Type.Optional(momentInput('Those who joined from then on.')),
    order_by: Type.Optional(
      Type.Enum(memberOrderings, {
        description:
          '-date_joined by default. With blocked_at: blocked members; with expire_at: those blocked for some days.',
      }),
    ),
  },
  heavy: true,
  returns: page(ModerationUser),
  checks: (_ctx, { since }) => since !== undefined && readMoment('since', since),
  act: (ctx, { page, since, ...asked }) =>
    listForModeration(ctx, { ...asked, since: since === undefined ? undefined : readMoment('since', since) }, page),
})

export const member = endpoint('PATCH /api/v2/moderation/user/{id}/', {
  summary: 'Moderate a Specific User',
  description:
    'Blocks or unblocks a member; administrators also delete. A blocked member can read, and does nothing that ' +
    'others see.',
  who: moderator,
  takes: {
    id: anId('Id of the member.'),
    status: Type.Enum(letters, { description: 'a ends a block, b blocks, d deletes, u deletes for good.' }),
    days_blocked: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 1,
          maximum: 36_500,
          description: 'Days until the block ends by itself; never by default.',
        }),
      ),
    ),
    hard: Type.Optional(Type.Boolean({ description: 'With d: deletes for good.' })),
  },
  returns: nothing,
  refuses: { 403: above },
  act: (ctx, { id, ...sent }) => moderateMember(ctx, id, sent),
})
