import Type, { type TSchema } from 'typebox'
import { activeMember, member, moderator, visitor } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { categoryId } from '../categories/inputs.ts'
import { type Ctx, endpoint } from '../context.ts'
import { created, data, type Endpoint, nothing, one, page } from '../platform/http/endpoint.ts'
import { pageOf } from '../platform/http/page.ts'
import { User } from '../users/views.ts'
import { createContribution } from './create.ts'
import { deleteContribution, restoreContribution } from './delete.ts'
import { FeedUnit, feedOrderings, listCategoryFeed } from './feed.ts'
import { findMarks, showContribution } from './find.ts'
import { flag, showFlag } from './flag.ts'
import { contributionInputs, flagType, type Sent } from './inputs.ts'
import { enabled, type Kind, kinds } from './kinds.ts'
import { listContributions, listFlags, listMarked, listRelated, listVotes, orderings } from './lists.ts'
import { toggle, toggleHidden } from './mark.ts'
import { searchContributions, searchView } from './search.ts'
import { updateContribution } from './update.ts'
import { contributionViews, Flag, Vote } from './views.ts'
import { vote } from './vote.ts'

/** Room for the longest text, as markup, in a script that takes four bytes a character. */
const longestBody = 1024 * 1024

const yesOrNo = <Name extends string>(name: Name) =>
  data(Type.Object({ [name]: Type.Boolean() } as Record<Name, ReturnType<typeof Type.Boolean>>))

/** The addresses of one kind of contribution. They differ in nothing but the kind. */
export function contributionEndpoints(kind: Kind): Endpoint<Ctx>[] {
  const { name, plural } = kind
  const path = `/api/v2/${name}` as const
  const shown = contributionViews[name]
  const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: `Id of the ${name}.` })
  const onlyIf = enabled(kind)
  /** A list of what waits for a slice of its own: of a contribution that is there, and empty. */
  const nobodyYet = (what: string, summary: string, item: TSchema) =>
    endpoint(`GET ${path}/{id}/${what}/`, {
      summary,
      who: visitor,
      onlyIf,
      takes: { id },
      returns: page(item),
      async act(ctx, { id, page }) {
        await showContribution(ctx, kind, id)
        return pageOf([], page)
      },
    })
  const refuses = {
    400: `The text is missing, or something it names is not there.`,
    403: 'Your account may not publish.',
  }

  return [
    endpoint(`GET ${path}/`, {
      summary: `List ${plural}`,
      who: visitor,
      onlyIf,
      takes: { ordering: Type.Optional(Type.Enum(orderings, { description: 'Field; `-` for descending.' })) },
      returns: page(shown.schema),
      act: (ctx, { page, ordering }) => listContributions(ctx, kind, { ordering }, page),
    }),
    endpoint(`GET ${path}/uncommented/`, {
      summary: `List ${plural} nobody has commented on`,
      who: member,
      onlyIf,
      returns: page(shown.schema),
      act: (ctx, { page }) => listContributions(ctx, kind, { uncommented: true }, page),
    }),
    endpoint(`GET ${path}/search/`, {
      summary: `Search ${plural}`,
      description: 'Every word must be there, or begin a word that is; accents do not matter. The best first.',
      who: visitor,
      onlyIf,
      takes: { search: Type.Optional(Type.String({ maxLength: 500 })) },
      rate: searches,
      heavy: true,
      returns: page(searchView(kind).schema),
      act: (ctx, { page, search }) => searchContributions(ctx, kind, search ?? '', page),
    }),
    endpoint(`GET ${path}/following/`, {
      summary: `List the ${plural} you follow`,
      who: member,
      onlyIf,
      returns: page(shown.schema),
      act: (ctx, { page }) => listMarked(ctx, kind, 'follow_place', page),
    }),
    endpoint(`GET ${path}/suspended/`, {
      summary: `List the ${plural} whose notifications you have suspended`,
      who: member,
      onlyIf,
      returns: page(shown.schema),
      act: (ctx, { page }) => listMarked(ctx, kind, 'suspend_place', page),
    }),
    endpoint(`POST ${path}/`, {
      summary: `Create a ${name}`,
      who: activeMember,
      onlyIf,
      takes: contributionInputs(kind),
      bodyLimit: longestBody,
      returns: created(shown),
      refuses,
      act: (ctx, input) => createContribution(ctx, kind, input as Sent),
    }),
    endpoint(`GET ${path}/{id}/`, {
      summary: `Get a ${name}`,
      description: 'A deleted one is shown to its author and to the staff.',
      who: visitor,
      onlyIf,
      takes: { id },
      returns: one(shown),
      act: (ctx, { id }) => showContribution(ctx, kind, id),
    }),
    endpoint(`PUT ${path}/{id}/`, {
      summary: `Update a ${name}`,
      description: 'By its author. What is left out goes.',
      who: activeMember,
      onlyIf,
      takes: { id, ...contributionInputs(kind) },
      bodyLimit: longestBody,
      returns: one(shown),
      refuses,
      act: (ctx, { id, ...input }) => updateContribution(ctx, kind, id, input as Sent),
    }),
    endpoint(`DELETE ${path}/{id}/`, {
      summary: `Delete a ${name}`,
      description: 'By its author, who can restore it.',
      who: activeMember,
      onlyIf,
      takes: { id },
      returns: nothing,
      act: (ctx, { id }) => deleteContribution(ctx, kind, id),
    }),
    endpoint(`POST ${path}/{id}/restore/`, {
      summary: `Restore a deleted ${name}`,
      who: activeMember,
      onlyIf,
      takes: { id },
      returns: nothing,
      act: (ctx, { id }) => restoreContribution(ctx, kind, id),
    }),
    endpoint(`GET ${path}/{id}/related/`, {
      summary: `List related ${plural}`,
      description: 'The newest in the same categories, a hundred at most.',
      who: visitor,
      onlyIf,
      takes: { id },
      returns: page(shown.schema),
      act: (ctx, { id, page }) => listRelated(ctx, kind, id, page),
    }),
    nobodyYet('contributors', `List who commented on a ${name}`, User.schema),
    nobodyYet('shares', `List what shares a ${name}`, shown.schema),
    nobodyYet('shares_users', `List who shared a ${name}`, User.schema),
    endpoint(`POST ${path}/{id}/follow/`, {
      summary: `Follow a ${name}, or no longer`,
      who: member,
      onlyIf,
      takes: { id },
      returns: nothing,
      refuses: { 400: 'It is your own.', 403: 'One of you has hidden the other.' },
      act: (ctx, { id }) => toggle(ctx, kind, id, 'follow'),
    }),
    endpoint(`GET ${path}/{id}/following/`, {
      summary: `Check whether you follow a ${name}`,
      who: member,
      onlyIf,
      takes: { id },
      returns: yesOrNo('following'),
      act: async (ctx, { id }) => ({ following: (await findMarks(ctx, kind, id)).followed }),
    }),
    endpoint(`POST ${path}/{id}/suspend/`, {
      summary: `Suspend the notifications of a ${name}, or no longer`,
      who: member,
      onlyIf,
      takes: { id },
      returns: nothing,
      refuses: { 400: 'It is your own.', 403: 'One of you has hidden the other.' },
      act: (ctx, { id }) => toggle(ctx, kind, id, 'suspend'),
    }),
    endpoint(`GET ${path}/{id}/suspended/`, {
      summary: `Check whether you have suspended the notifications of a ${name}`,
      who: member,
      onlyIf,
      takes: { id },
      returns: yesOrNo('suspended'),
      act: async (ctx, { id }) => ({ suspended: (await findMarks(ctx, kind, id)).suspended }),
    }),
    endpoint(`POST ${path}/{id}/vote/`, {
      summary: `Vote for a ${name}, or take the vote back`,
      description: 'With another reaction than before the vote changes.',
      who: activeMember,
      onlyIf,
      takes: {
        id,
        reaction: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31, description: '1 unless given.' })),
      },
      returns: nothing,
      act: (ctx, { id, reaction }) => vote(ctx, kind, id, reaction ?? 1),
    }),
    endpoint(`GET ${path}/{id}/vote/`, {
      summary: `List the votes for a ${name}`,
      who: visitor,
      onlyIf,
      takes: { id, reaction: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 })) },
      returns: page(Vote.schema),
      act: (ctx, { id, reaction, page }) => listVotes(ctx, kind, id, reaction, page),
    }),
    endpoint(`POST ${path}/{id}/flag/`, {
      summary: `Flag a ${name}`,
      description: 'Also with the number alone as body. A second flag replaces the first.',
      who: activeMember,
      onlyIf,
      takes: { id, flag_type: flagType },
      bare: 'flag_type',
      returns: nothing,
      refuses: { 400: 'It is your own.' },
      act: (ctx, { id, flag_type }) => flag(ctx, kind, id, flag_type),
    }),
    endpoint(`GET ${path}/{id}/flag/`, {
      summary: `List the flags of a ${name}`,
      who: moderator,
      onlyIf,
      takes: { id },
      returns: page(Flag.schema),
      act: (ctx, { id, page }) => listFlags(ctx, kind, id, page),
    }),
    endpoint(`GET ${path}/{id}/flag/status/`, {
      summary: `Get your flag of a ${name}`,
      who: member,
      onlyIf,
      takes: { id },
      returns: one(Flag),
      act: (ctx, { id }) => showFlag(ctx, kind, id),
    }),
    endpoint(`POST ${path}/{id}/hide/`, {
      summary: `Hide a ${name} from your lists, or show it again`,
      who: member,
      onlyIf,
      takes: { id },
      returns: nothing,
      act: (ctx, { id }) => toggleHidden(ctx, kind, id),
    }),
    endpoint(`GET ${path}/{id}/hide/status/`, {
      summary: `Check whether you hide a ${name}`,
      who: member,
      onlyIf,
      takes: { id },
      returns: yesOrNo('hidden'),
      act: async (ctx, { id }) => ({ hidden: (await findMarks(ctx, kind, id)).hidden }),
    }),
  ]
}

/** The addresses of every kind, by what the reference calls them: Statuses, Posts, Discussions. */
export const contributions = Object.fromEntries(
  Object.values(kinds).map((kind) => [
    kind.plural.replace(/^./, (first) => first.toUpperCase()),
    contributionEndpoints(kind),
  ]),
)

const there = { 404: 'There is no such category.' }

/** Listed with the categories; the contributions in them are of this slice. */
export const categoryFeeds: Endpoint<Ctx>[] = [
  endpoint('GET /api/v2/category/{id}/feed/', {
    summary: "Get Category's Feed",
    description:
      'What lies in the category or below it. In the order of the category (`stream_order_by`) unless given.',
    who: visitor,
    takes: { id: categoryId, ordering: Type.Optional(Type.Enum(feedOrderings)) },
    returns: page(FeedUnit),
    refuses: there,
    act: (ctx, { id, ordering, page }) => listCategoryFeed(ctx, id, ordering, page),
  }),
  endpoint('GET /api/v2/category/{id}/feed/trending/', {
    summary: "Get Category's Trending Feed",
    description:
      'The feed by relevance: a contribution counts as a day newer with each doubling of what was done with it.',
    who: visitor,
    takes: { id: categoryId },
    returns: page(FeedUnit),
    refuses: there,
    act: (ctx, { id, page }) => listCategoryFeed(ctx, id, 'relevance', page),
  }),
]
