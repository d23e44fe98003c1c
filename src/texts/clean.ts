import { activeSql } from '../auth/status.ts'
import type { Ctx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { read, TooMuch, write } from './cleaner.ts'
import { type Mention, type Mentioned, maxHtml } from './html.ts'
import type { SearchedHtml } from './searched.ts'

/** Cleans a text that a client sent as `field`, with the members it mentions; or refuses it. */
export async function cleanHtml({ db }: Pick<Ctx, 'db'>, field: string, sent: string): Promise<SearchedHtml> {
  if (sent.length > maxHtml)
    throw badField(field, 'max_length', `This has ${sent.length} characters; ${maxHtml} are taken.`)
  try {
    const text = await read(sent)
    return await write(text, await findMentioned({ db }, text.mentions), sent.length)
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    throw badField(field, 'too_complex', 'This has too many tags within tags to be read. Send a simpler text.')
  }
}

const finding = statement({
  name: 'texts: members mentioned',
  takes: { ids: 'bigint[]', ext_ids: 'text[]' },
  gives: { id: 'bigint', ext_id: 'text?', username: 'text' },
  sql: ($) => `select id, ext_id, username from users
    where ${activeSql()} and (id = any(${$.ids}) or ext_id = any(${$.ext_ids}))`,
})

async function findMentioned({ db }: Pick<Ctx, 'db'>, mentions: Mention[]): Promise<Mentioned[]> {
  if (!mentions.length) return []
  return finding.rows(db, {
    ids: mentions.flatMap(({ id }) => id ?? []),
    ext_ids: mentions.flatMap(({ extId }) => extId ?? []),
  })
}
