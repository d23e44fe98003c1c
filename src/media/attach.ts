import { filesPath } from '../files/paths.ts'
import type { Db } from '../platform/db/database.ts'
import { badField } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'

const free = statement({
  name: 'media: that may be shown',
  takes: { ids: 'bigint[]', owner: 'bigint', contribution: 'bigint?' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from media where id = any(${$.ids}) and owner_id = ${$.owner} and type <> 'eimage'
    and (shared_id is null or ${$.contribution} is null or shared_id <> ${$.contribution})
    and (contribution_id is null or contribution_id = ${$.contribution})`,
})

/**
 * The medias that the caller wants to show, each once.
 * @param contribution the one they are for, which may show them already; null for a new one
 */
export async function findMedias(
  db: Db,
  owner: number,
  sent: number[],
  contribution: number | null,
): Promise<number[]> {
  const ids = [...new Set(sent)]
  if (!ids.length) return []
  const there = new Set((await free.rows(db, { ids, owner, contribution })).map(({ id }) => id))
  for (const id of ids)
    if (!there.has(id))
      throw badField('medias', 'unknown', `You have no media ${id}, or it is shown elsewhere already. Upload it first.`)
  return ids
}

/** The tokens of our files in a text. */
export const tokensIn = (html: string): string[] => [
  ...new Set([...html.matchAll(new RegExp(`${filesPath}([A-Za-z0-9_-]{27})/`, 'g'))].map(([, token = '']) => token)),
]

/** SQL of whether its owner may use the media, and nothing shows it yet. Locked, so that nobody else uses it. */
export const takenSql = (ids: string, owner: string) =>
  `select id from media where id = any(${ids}) and owner_id = ${owner} and contribution_id is null order by id for update`

/** SQL that attaches medias to the row c: these, and the pictures in its text. Both are looked up, however many there are. */
export const attachSql = (
  ids: string,
  tokens: string,
) => `update media set contribution_id = c.id, loose_since = null from c
  where media.owner_id = c.author_id and media.contribution_id is null and media.id = any(array(
    select unnest(${ids}) union all
    select m.id from file f cross join lateral (
      select id from media own where own.file_id = f.id and own.type = 'eimage' offset 0) m where f.token = any(${tokens})))`

const claiming = statement({
  name: 'media: take for a contribution that changes',
  takes: { ids: 'bigint[]', owner: 'bigint', contribution: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from media where id = any(${$.ids}) and owner_id = ${$.owner}
    and (contribution_id is null or contribution_id = ${$.contribution}) order by id for update`,
})

const settling = statement({
  name: 'media: let go of what is not shown any more',
  takes: { contribution: 'bigint', ids: 'bigint[]', now: 'timestamptz' },
  gives: {},
  sql: ($) => `update media set contribution_id = null, loose_since = ${$.now}
    where contribution_id = ${$.contribution} and type <> 'eimage' and not id = any(${$.ids})`,
})

/**
 * Locks the medias that a locked contribution is about to show, and releases those it no longer shows: they are
 * deleted a day later.
 */
export async function claimMedias(
  tx: Db,
  owner: number,
  contribution: number,
  ids: number[],
  now: Date,
): Promise<void> {
  const rows = ids.length ? await claiming.rows(tx, { ids, owner, contribution }) : []
  if (rows.length < ids.length)
    throw badField('medias', 'unknown', 'One of these is shown elsewhere by now. Upload it anew.')
  await settling.rows(tx, { contribution, ids, now })
}
