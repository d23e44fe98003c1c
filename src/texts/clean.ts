import type { Ctx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { read, TooMuch, write } from './cleaner.ts'
import { longestHtml, type Mention, type Mentioned } from './html.ts'
import type { SearchedHtml } from './searched.ts'

/** Cleans a text that a client sent as `field`, with the members it mentions; or says why it cannot be taken. */
export async function cleanHtml({ db }: Pick<Ctx, 'db'>, field: string, sent: string): Promise<SearchedHtml> {
  if (sent.length > longestHtml)
    throw badField(field, 'max_length', `This has ${sent.length} characters; ${longestHtml} are taken.`)
  try {
    const text = await read(sent)
    return await write(text, await findMentioned({ db }, text.mentions), sent.length)
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    throw badField(field, 'too_complex', 'This has too many tags within tags to be read. Send a simpler text.')
  }
}

async function findMentioned({ db }: Pick<Ctx, 'db'>, mentions: Mention[]): Promise<Mentioned[]> {
  if (!mentions.length) return []
  return db.query<Mentioned>(
    `select id, ext_id, username from users where status in ('a', 'b') and (id = any($1::bigint[]) or ext_id = any($2::text[]))`,
    [mentions.flatMap(({ id }) => id ?? []), mentions.flatMap(({ extId }) => extId ?? [])],
  )
}
