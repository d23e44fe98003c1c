import type { MemberCtx } from '../context.ts'
import { type Kind, kinds } from '../contributions/kinds.ts'
import { badField, forbidden, readAll, refused } from '../platform/errors.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { isBlank } from '../platform/text.ts'
import { cleanHtml } from '../texts/clean.ts'

const idOf = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description })

export const commentId = idOf('Id of the comment.')

const names = ['discussion', 'post', 'status'] as const satisfies Kind['name'][]
const optional = (description: string) => Type.Optional(nullable(idOf(description)))

/** The contribution that a comment is on, by the name of its kind. */
export const onInputs = {
  discussion: optional('Id of the discussion.'),
  post: optional('Id of the post.'),
  status: optional('Id of the status.'),
}

/** Lists the comments of a member instead. */
export const userInput = optional('Id of the member whose comments are listed.')
export const parentInput = optional('Id of the comment that is replied to, or whose replies are listed.')
export const replyInput = optional('Id of the reply that is answered, under the same parent.')
export const textInput = Type.String({ description: 'HTML as the editor makes it; other elements are dropped.' })

export type On = { [Name in Kind['name']]?: number | null }

/** The one contribution that was named; null if there is none. */
export function readOn(sent: On & { user?: number | null }, orUser = false): { kind: Kind; id: number } | null {
  const named = [...names, ...(orUser ? (['user'] as const) : [])].filter((name) => sent[name])
  const all = `\`discussion\`, \`post\`${orUser ? ', `status` or `user`' : ' or `status`'}`
  const [first, second] = named
  if (!first) throw badField('post', 'required', `Send the id of what the comments are on: one of ${all}.`)
  if (second) throw badField(second, 'invalid', `Send only one of ${all}.`)
  return first === 'user' ? null : { kind: kinds[first], id: sent[first] as number }
}

/** The text of a comment as it is stored. */
export type Written = { html: string; summary: string }

/** Refuses in communities where members may not comment. */
export function checkCommenting({ options }: MemberCtx['community']): void {
  if (!options['configurations.comments_enabled'])
    throw forbidden('Comments are off in this community (`comments_enabled`).', 'comments_disabled')
}

/** Reads the text that was sent, or refuses it. */
export async function readText(ctx: MemberCtx, sent: string): Promise<Written> {
  checkCommenting(ctx.community)
  const { html, summary, text } = await cleanHtml(ctx, 'text', sent)
  if (isBlank(text) && !html.includes('<img')) throw badField('text', 'required', 'Write something: the text is empty.')
  return { html, summary }
}

export type Sent = On & { text: string; parent?: number | null; in_reply_to?: number | null }

/** Reads a new comment. */
export const readComment = (ctx: MemberCtx, sent: Sent) =>
  readAll({ on: () => readOn(sent), written: () => readText(ctx, sent.text) })

/** The refusal of a comment on a deleted contribution. */
export const commentsOnDeleted = (name: string) =>
  refused('deleted', `This ${name} is deleted: nobody can comment on it.`)

const directions = ['added_at', '-added_at', 'connection', '-connection']
export const orderingInput = Type.Optional(
  Type.String({
    pattern: '^-?(added_at|connection)(,-?(added_at|connection))?$',
    description:
      '`added_at`, oldest first, by default; `-added_at`, newest first. With `connection` or `-connection`, ' +
      'before or behind a comma, comments of your connections, or of those you follow, come first.',
    sentence: `Send one of ${directions.join(', ')}, or two of them with a comma between.`,
  }),
)

export type Ordering = { connectedFirst: boolean; newestFirst: boolean }

export const readOrdering = (sent = 'added_at'): Ordering => {
  const parts = sent.split(',')
  return {
    connectedFirst: parts.some((part) => part.endsWith('connection')),
    newestFirst: parts.includes('-added_at'),
  }
}
