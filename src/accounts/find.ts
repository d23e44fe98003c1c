import type { MemberCtx } from '../context.ts'
import { notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderPrivateProfile } from '../users/queries.ts'

const names = ['username', 'email', 'ext_id'] as const

const finding = statement({
  name: 'accounts: find',
  takes: { value: 'text' },
  gives: { id: 'bigint' },
  variants: () => names.map((by) => ({ by })),
  // Each of these has a unique index.
  sql: ($, { by }) =>
    `select id from users where ${by === 'ext_id' ? by : `lower(${by})`} = ${
      by === 'ext_id' ? $.value : `lower(${$.value})`
    } and ${by} is not null and status <> 'u'`,
})

export type Sought = { username?: string; email?: string; ext_id?: string; provider?: string }

/** The account with a username, an e-mail address or an id of another system, called `external`. */
export async function findAccount(ctx: MemberCtx, sought: Sought): Promise<Json<'PrivateProfile'>> {
  const given = names.filter((name) => sought[name] !== undefined)
  const [by] = given
  const pairs = (sought.ext_id === undefined) === (sought.provider === undefined)
  if (given.length !== 1 || !by || !pairs)
    throw refused('invalid', 'Send one of these: username, email, or ext_id and provider together.')
  if (by === 'ext_id' && sought.provider !== 'external')
    throw refused('invalid', 'Of other providers Kith knows no ids. Send external as provider.')
  const row = await finding.row(ctx.db, { value: sought[by] as string }, { by })
  if (!row) throw notFound('There is no such account.')
  return renderPrivateProfile(ctx, row.id)
}

const showing = statement({
  name: 'accounts: who calls',
  takes: { id: 'bigint' },
  gives: { id: 'bigint', ext_id: 'text?', username: 'text', role: 'text?', tags: 'bigint[]' },
  sql: ($) => `select id, ext_id, username, role, tag_ids as tags from users where id = ${$.id}`,
})

/** The caller, as another system knows them. */
export async function whoCalls({ db, actor }: MemberCtx) {
  const row = await showing.row(db, { id: actor.id })
  if (!row) throw notFound('There is no such account.')
  return row
}
