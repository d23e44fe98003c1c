import { randomBytes } from 'node:crypto'
import { isPassword } from '../accounts/password.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { badField } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { renderSql } from '../platform/http/view.ts'
import { renderEndpoint } from './list.ts'
import { changeRow, inTurn, noEndpoint } from './listening.ts'
import { WebhookSecret } from './views.ts'

/** A secret of 256 bits, as the libraries of Standard Webhooks take it. */
export const makeSecret = () => `whsec_${randomBytes(32).toString('base64')}`

const revealText = `select ${renderSql(WebhookSecret, null)} as json from webhook_endpoint w where id = $1 and not deleted`

/**
 * Shows the secret of an endpoint.
 * @param password of the one who asks: checked if it is sent
 */
export async function revealSecret(ctx: MemberCtx, id: number, password: string | undefined): Promise<Json> {
  const [row] = await ctx.db.query<Json>(revealText, [id])
  if (!row) throw noEndpoint()
  if (password !== undefined) {
    const [kept] = await ctx.db.query<{ password_hash: string }>(
      'select password_hash from credential where user_id = $1',
      [ctx.actor.id],
    )
    if (!kept || !(await isPassword(password, kept.password_hash)))
      throw badField('password', 'invalid', 'This is not your password. Send the right one, or none.')
  }
  return row
}

/** Gives an endpoint another secret at once. The old one goes on signing beside it for so many seconds. */
export function expireSecret({ db, now }: Ctx, id: number, graceSeconds: number): Promise<Json> {
  return inTurn(db, async (tx) => {
    await changeRow(tx, id, now, ({ secret }) => ({
      secret: makeSecret(),
      old_secret: graceSeconds ? secret : null,
      old_secret_until: graceSeconds ? new Date(now.getTime() + graceSeconds * 1000).toISOString() : null,
    }))
    return renderEndpoint(tx, id)
  })
}
