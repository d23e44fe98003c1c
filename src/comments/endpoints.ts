import { activeMember, author, visitor } from '../auth/audience.ts'
import { type Ctx, endpoint } from '../context.ts'
import { seeContribution } from '../contributions/find.ts'
import { enabled, kinds } from '../contributions/kinds.ts'
import { flagEndpoints, voteEndpoints } from '../marks/endpoints.ts'
import { badField } from '../platform/errors.ts'
import { created, type Endpoint, nothing, one, page } from '../platform/http/endpoint.ts'
import type { PageRequest } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { User } from '../users/views.ts'
import { createComment } from './create.ts'
import { deleteComment, restoreComment } from './delete.ts'
import { findComment, noComment, seeComment, showComment } from './find.ts'
import {
  commentId,
  type On,
  onInputs,
  orderingInput,
  parentInput,
  readComment,
  readOn,
  readOrdering,
  readText,
  replyInput,
  textInput,
  userInput,
} from './inputs.ts'
import { listContributors, listThread, listWritten } from './lists.ts'
import { target } from './target.ts'
import { updateComment } from './update.ts'
import { Comment } from './views.ts'

const id = commentId
/** Room for the longest text, with markup, in a script of four bytes per character. */
const longestBody = 1024 * 1024

type Asked = On & { user?: number | null; parent?: number | null; ordering?: string }

async function list(ctx: Ctx, { parent, ordering, ...of }: Asked, page: PageRequest) {
  const on = readOn(of, true)
  const order = readOrdering(ordering)
  if (!on) {
    if (parent)
      throw badField('parent', 'invalid', 'Replies are listed with the contribution they are on, not with `user`.')
    return listWritten(ctx, of.user as number, order, page)
  }
  enabled(on.kind).check(ctx)
  await seeContribution(ctx, on.kind, on.id)
  if (!parent) return listThread(ctx, 'contribution', on.id, order, page)
  const { contribution } = await seeComment(ctx, parent)
  if (contribution !== on.id) throw noComment()
  return listThread(ctx, 'comment', parent, order, page)
}

export const comments: Endpoint<Ctx>[] = [
  endpoint('GET /api/v2/comment/', {
    summary: 'Get All Comments',
    description:
      'Top-level comments of a contribution, each with the last replies to it; with `parent`, the replies to that ' +
      'comment; or the comments of a member. Deleted ones are shown to their author and to the staff.',
    who: visitor,
    takes: { ...onInputs, user: userInput, parent: parentInput, ordering: orderingInput },
    // All that a member has written is gone through to count what the caller may read.
    heavy: ({ user }) => user !== undefined,
    returns: page(Comment),
    act: (ctx, { page, ...asked }) => list(ctx, asked, page),
  }),
  endpoint('POST /api/v2/comment/', {
    summary: 'Create a Comment',
    description: 'On one of `discussion`, `post` and `status`. A reply names its `parent`, and may name another reply.',
    who: activeMember,
    takes: { ...onInputs, parent: parentInput, in_reply_to: replyInput, text: textInput },
    bodyLimit: longestBody,
    returns: created(Comment),
    refuses: { 400: 'The text is missing, or what it is on or a reply to is not there.', 403: 'Comments are off.' },
    checks: readComment,
    act: (ctx, sent) => createComment(ctx, sent),
  }),
  endpoint('GET /api/v2/comment/{id}/', {
    summary: 'Get a specific Comment',
    description: 'A deleted one is shown to its author and to the staff.',
    who: visitor,
    takes: { id },
    returns: one(Comment),
    act: (ctx, { id }) => showComment(ctx, id),
  }),
  endpoint('PUT /api/v2/comment/{id}/', {
    summary: 'Update a Comment',
    who: author,
    takes: { id, text: textInput },
    bodyLimit: longestBody,
    returns: one(Comment),
    checks: (ctx, { text }) => readText(ctx, text as string),
    act: (ctx, { id, text }) => updateComment(ctx, id, text),
  }),
  endpoint('DELETE /api/v2/comment/{id}/', {
    summary: 'Delete a Comment',
    description: 'With the replies to it. The author can restore it.',
    who: author,
    takes: { id },
    returns: nothing,
    act: (ctx, { id }) => deleteComment(ctx, id),
  }),
  endpoint('POST /api/v2/comment/{id}/restore/', {
    summary: 'Restore a Comment',
    who: author,
    takes: { id },
    returns: nothing,
    act: (ctx, { id }) => restoreComment(ctx, id),
  }),
  ...voteEndpoints({ target, path: '/api/v2/comment', id, find: findComment, see: seeComment }),
  ...flagEndpoints({ target, path: '/api/v2/comment', id, find: findComment, see: seeComment }),
]

/** Listed with the contributions, under whose addresses they are. */
export const contributors: Record<string, Endpoint<Ctx>[]> = Object.fromEntries(
  Object.values(kinds).map((kind) => [
    kind.plural.replace(/^./, (first) => first.toUpperCase()),
    [
      endpoint(`GET /api/v2/${kind.name}/{id}/contributors/`, {
        summary: `List who commented on a ${kind.name}`,
        description: 'The latest first.',
        who: visitor,
        onlyIf: enabled(kind),
        takes: {
          id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: `Id of the ${kind.name}.` }),
        },
        returns: page(User),
        async act(ctx, { id, page }) {
          await seeContribution(ctx, kind, id)
          return listContributors(ctx, id, page)
        },
      }),
    ],
  ]),
)
