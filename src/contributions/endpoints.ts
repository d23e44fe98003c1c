import { activeMember, adminOrPublisher, author, member, visitor } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { categoryId } from '../categories/inputs.ts'
import { type Ctx, endpoint } from '../context.ts'
import { flagEndpoints, followEndpoints, hideEndpoints, voteEndpoints } from '../marks/endpoints.ts'
import { created, type Endpoint, file, nothing, one, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { pollEndpoints } from '../polls/endpoints.ts'
import { User } from '../users/views.ts'
import { listTagsToAddress, Tags } from './addressing.ts'
import { createContribution } from './create.ts'
import { deleteContribution, restoreContribution } from './delete.ts'
import { exportContribution } from './export.ts'
import { FeedUnit, feedOrderings, listCategoryFeed } from './feed.ts'
import { findContribution, pollOf, seeContribution, showContribution } from './find.ts'
import { checkContent, contributionInputs, type Sent } from './inputs.ts'
import { enabled, type Kind, kinds } from './kinds.ts'
import { listContributions, listMarked, listRelated, listUnpublished, orderings } from './lists.ts'
import { publishContribution } from './publish.ts'
import { searchContributions, searchView } from './search.ts'
import { listSharers, listShares } from './shares.ts'
import { targets } from './target.ts'
import { updateContribution } from './update.ts'
import { contributionViews } from './views.ts'

/** Room for the longest text, with markup, in a script of four bytes per character. */
const longestBody = 1024 * 1024

/** The endpoints of one kind of contribution. They differ in the kind only. */
export function contributionEndpoints(kind: Kind): Endpoint<Ctx>[] {
  const { name, plural } = kind
  const path = `/api/v2/${name}` as const
  const shown = contributionViews[name]
  const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: `Id of the ${name}.` })
  const onlyIf = enabled(kind)
  const find = (ctx: Ctx, id: number) => findContribution(ctx, kind, id)
  const see = (ctx: Ctx, id: number) => seeContribution(ctx, kind, id)
  const at = { target: targets[name], path, id, onlyIf, find, see }
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
      returns: page(shown),
      act: (ctx, { page, ordering }) => listContributions(ctx, kind, { ordering }, page),
    }),
    endpoint(`GET ${path}/uncommented/`, {
      summary: `List ${plural} nobody has commented on`,
      who: member,
      onlyIf,
      returns: page(shown),
      act: (ctx, { page }) => listContributions(ctx, kind, { uncommented: true }, page),
    }),
    endpoint(`GET ${path}/search/`, {
      summary: `Search ${plural}`,
      description:
        'Every word must occur, or begin a word that does; case, accents and normal form do not matter. In ' +
        'Chinese, Japanese, Thai and similar scripts any part is found. The newest hundred matches are given, ' +
        'best first: `count` is never more.',
      who: visitor,
      onlyIf,
      takes: { search: Type.Optional(Type.String({ maxLength: 500 })) },
      rate: searches,
      heavy: true,
      returns: page(searchView(kind)),
      act: (ctx, { page, search }) => searchContributions(ctx, kind, search ?? '', page),
    }),
    endpoint(`GET ${path}/following/`, {
      summary: `List the ${plural} you follow`,
      who: member,
      onlyIf,
      returns: page(shown),
      act: (ctx, { page }) => listMarked(ctx, kind, 'follow_place', page),
    }),
    endpoint(`GET ${path}/suspended/`, {
      summary: `List the ${plural} whose notifications you have suspended`,
      who: member,
      onlyIf,
      returns: page(shown),
      act: (ctx, { page }) => listMarked(ctx, kind, 'suspend_place', page),
    }),
    endpoint(`GET ${path}/scheduled/`, {
      summary: `List your ${plural} that will be published`,
      description: 'Next first. Each is published within a minute of its time.',
      who: member,
      onlyIf,
      returns: page(shown),
      act: (ctx, { page }) => listUnpublished(ctx, kind, true, page),
    }),
    endpoint(`GET ${path}/drafted/`, {
      extension: true,
      summary: `List your drafts of ${plural}`,
      who: member,
      onlyIf,
      returns: page(shown),
      act: (ctx, { page }) => listUnpublished(ctx, kind, false, page),
    }),
    endpoint(`POST ${path}/`, {
      summary: `Create a ${name}`,
      who: activeMember,
      onlyIf,
      takes: contributionInputs(kind),
      bodyLimit: longestBody,
      returns: created(shown),
      refuses,
      checks: (ctx, input) => checkContent(ctx, input as Sent),
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
      description: 'What is left out goes.',
      who: author,
      onlyIf,
      takes: { id, ...contributionInputs(kind) },
      bodyLimit: longestBody,
      returns: one(shown),
      refuses,
      checks: (ctx, { id = null, ...input }) => checkContent(ctx, input as Sent, id),
      act: (ctx, { id, ...input }) => updateContribution(ctx, kind, id, input as Sent),
    }),
    endpoint(`DELETE ${path}/{id}/`, {
      summary: `Delete a ${name}`,
      description: 'The author can restore it.',
      who: author,
      onlyIf,
      takes: { id },
      returns: nothing,
      act: (ctx, { id }) => deleteContribution(ctx, kind, id),
    }),
    endpoint(`POST ${path}/{id}/restore/`, {
      summary: `Restore a deleted ${name}`,
      who: author,
      onlyIf,
      takes: { id },
      returns: nothing,
      act: (ctx, { id }) => restoreContribution(ctx, kind, id),
    }),
    endpoint(`POST ${path}/{id}/publish/`, {
      summary: `Publish a draft of a ${name}, or one that is scheduled`,
      description: 'It is counted, announced and visible to others from now on.',
      who: author,
      onlyIf,
      takes: { id },
      returns: one(shown),
      act: (ctx, { id }) => publishContribution(ctx, kind, id),
    }),
    endpoint(`GET ${path}/{id}/related/`, {
      summary: `List related ${plural}`,
      description: 'The newest in the same categories, at most a hundred.',
      who: visitor,
      onlyIf,
      takes: { id },
      returns: page(shown),
      act: (ctx, { id, page }) => listRelated(ctx, kind, id, page),
    }),
    endpoint(`GET ${path}/{id}/shares/`, {
      summary: `List what shares a ${name}`,
      description: 'Contributions of any kind, newest first.',
      who: visitor,
      onlyIf,
      takes: { id },
      returns: page(Object.values(contributionViews)),
      async act(ctx, { id, page }) {
        await see(ctx, id)
        return listShares(ctx, id, page)
      },
    }),
    endpoint(`GET ${path}/{id}/shares_users/`, {
      summary: `List who shared a ${name}`,
      description: 'Each member once, latest first.',
      who: visitor,
      onlyIf,
      takes: { id },
      returns: page(User),
      async act(ctx, { id, page }) {
        await see(ctx, id)
        return listSharers(ctx, id, page)
      },
    }),
    ...(kind.polled ? pollEndpoints({ ...at, pollOf }) : []),
    ...followEndpoints(at),
    ...voteEndpoints(at),
    endpoint(`GET ${path}/{id}/export/`, {
      summary: `Export the numbers of a ${name}`,
      description:
        'One row for it and one for each of its medias: views, clicks, votes, comments, shares. Text that a ' +
        'spreadsheet would take for a formula begins with an apostrophe.',
      who: adminOrPublisher,
      onlyIf,
      takes: { id },
      returns: file('text/csv'),
      act: (ctx, { id }) => exportContribution(ctx, kind, id),
    }),
    ...flagEndpoints(at),
    ...hideEndpoints(at),
  ]
}

/** The endpoints of every kind, by their heading in the reference: Statuses, Posts, Discussions. */
export const contributions = Object.fromEntries(
  Object.values(kinds).map((kind) => [
    kind.plural.replace(/^./, (first) => first.toUpperCase()),
    contributionEndpoints(kind),
  ]),
)

/** Listed with the tags, but part of this slice: what is addressed by them is a contribution. */
export const addressing: Endpoint<Ctx>[] = [
  endpoint('GET /api/v2/user/tag/tags_to_address_a_contribution/', {
    summary: "Get user's tags to address a contribution",
    description: 'A bare array: your tags in use; for moderators all tags of members, at most a thousand.',
    who: member,
    returns: one(Tags),
    act: listTagsToAddress,
  }),
]

const there = { 404: 'There is no such category.' }

/** Listed with the categories, but part of this slice: their feeds hold contributions. */
export const categoryFeeds: Endpoint<Ctx>[] = [
  endpoint('GET /api/v2/category/{id}/feed/', {
    summary: "Get Category's Feed",
    description: 'What is in the category or below it, by default in the order of the category (`stream_order_by`).',
    who: visitor,
    takes: { id: categoryId, ordering: Type.Optional(Type.Enum(feedOrderings)) },
    returns: page(FeedUnit),
    refuses: there,
    act: (ctx, { id, ordering, page }) => listCategoryFeed(ctx, id, ordering, page),
  }),
  endpoint('GET /api/v2/category/{id}/feed/trending/', {
    summary: "Get Category's Trending Feed",
    description: 'The feed by relevance: a contribution counts as a day newer with each doubling of its activity.',
    who: visitor,
    takes: { id: categoryId },
    returns: page(FeedUnit),
    refuses: there,
    act: (ctx, { id, page }) => listCategoryFeed(ctx, id, 'relevance', page),
  }),
]
