import { randomBytes } from 'node:crypto'
import { isPassword } from '../accounts/password.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown } from '../platform/sql/view.ts'
import { renderEndpoint, type ShownEndpoint } from './list.ts'
import { changeRow, lockEndpoints, noEndpoint } from './listening.ts'
import { WebhookSecret } from './views.ts'

/** A secret of 256 bits, in the form that libraries of Standard Webhooks take. */
export const makeSecret = () => `whsec_${randomBytes(32).toString('base64')}`

const revealing = statement({
  name: 'webhooks: reveal a secret',
  takes: { id: 'bigint' },
  gives: { json: shown(WebhookSecret) },
  sql: ($) => `select ${renderSql(WebhookSecret, null)} as json
    from webhook_endpoint w where id = ${$.id} and not deleted`,
})

const password = statement({
  name: 'webhooks: password of a member',
  takes: { member: 'bigint' },
  gives: { hash: 'text' },
  sql: ($) => `select password_hash as hash from credential where user_id = ${$.member}`,
})

/**
 * Shows the secret of an endpoint.
 * @param sent the caller's password, checked if it is given
 */
export async function revealSecret(
  ctx: MemberCtx,
  id: number,
  sent: string | undefined,
): Promise<Json<'WebhookSecret'>> {
  const row = await revealing.row(ctx.db, { id })
  if (!row) throw noEndpoint()
  if (sent !== undefined) {
    const stored = await password.row(ctx.db, { member: ctx.actor.id })
    if (!stored || !(await isPassword(sent, stored.hash)))
      throw badField('password', 'invalid', 'This is not your password. Send the right one, or none.')
  }
  return row
}

/** Replaces the secret of an endpoint at once. For some seconds the old one signs as well. */
export function expireSecret({ db, now }: Ctx, id: number, graceSeconds: number): Promise<ShownEndpoint> {
  return lockEndpoints(db, async (tx) => {
    await changeRow(tx, id, now, ({ secret }) => ({
      secret: makeSecret(),
      old_secret: graceSeconds ? secret : null,
      old_secret_until: graceSeconds ? new Date(now.getTime() + graceSeconds * 1000).toISOString() : null,
    }))
    return renderEndpoint(tx, id)
  })
}
