import type { Ctx } from '../context.ts'
import { badField, forbidden, readAll } from '../platform/errors.ts'
import type { Gate } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { isBlank } from '../platform/text.ts'
import { cleanHtml } from '../texts/clean.ts'

/** Passes only if members may write to each other. What was written stays readable otherwise. */
export const messagesOn: Gate<Ctx> = {
  name: 'private messages',
  says: 'The community must have private messages: `private_messages_enabled`.',
  check({ community }) {
    if (!community.options['addons.private_messages_enabled'])
      throw forbidden(
        'Private messages are off in this community (`private_messages_enabled`).',
        'private_messages_disabled',
      )
  },
}

/** Largest number of recipients of a message. */
export const mostRecipients = 50

export const anId = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description })

export const uuidOf = (description: string) =>
  Type.String({
    pattern: '^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$',
    description,
    sentence: 'Send a UUID, as in the answer to the upload.',
  })

/** What is sent to others. */
export type Sent = { recipients: number[]; message?: string | null; file_uuid?: string | null }

/** A message as it is stored, and its recipients, each once. */
export type Written = { html: string; summary: string; recipients: number[] }

async function readText(ctx: Ctx, { message, file_uuid }: Partial<Sent>): Promise<{ html: string; summary: string }> {
  const { html, summary, text } = await cleanHtml(ctx, 'message', message ?? '')
  if (!isBlank(text) || html.includes('<img')) return { html, summary }
  if (file_uuid) return { html: '', summary: '' }
  throw badField('message', 'required', 'Write something, or send a file: the message is empty.')
}

function readRecipients({ actor }: Ctx, sent: number[]): number[] {
  const recipients = [...new Set(sent)]
  if (actor && recipients.includes(actor.id))
    throw badField('recipients', 'invalid', 'Nobody writes to themselves. Leave yourself out.')
  return recipients
}

/** Reads a new message, or refuses it. */
export async function readMessage(ctx: Ctx, sent: Sent): Promise<Written> {
  const { written, recipients } = await readAll({
    written: () => readText(ctx, sent),
    recipients: () => readRecipients(ctx, sent.recipients ?? []),
  })
  return { ...written, recipients }
}
