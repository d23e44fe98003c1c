import type { Ctx } from '../context.ts'
import type { SentEndpoint } from './create.ts'
import { checkEndpoint, readEvents } from './inputs.ts'
import { renderEndpoint, type ShownEndpoint } from './list.ts'
import { changeRow, lockEndpoints } from './listening.ts'

/** Changes the given fields of an endpoint. A type that stays subscribed keeps its date. */
export async function changeEndpoint(ctx: Ctx, id: number, sent: Partial<SentEndpoint>): Promise<ShownEndpoint> {
  const { db, now } = ctx
  const { target, description, events, is_active, ssl_cert_verification } = sent
  await checkEndpoint(ctx, sent)
  return lockEndpoints(db, async (tx) => {
    await changeRow(tx, id, now, (row) => ({
      ...(target !== undefined && { target }),
      ...(description !== undefined && { description }),
      ...(events && { events: readEvents(events, now, row.events) }),
      ...(is_active !== undefined && { is_active }),
      ...(ssl_cert_verification !== undefined && { ssl_cert_verification }),
    }))
    return renderEndpoint(tx, id)
  })
}

/** Replaces an endpoint: a field that is not given gets its default. */
export const replaceEndpoint = (ctx: Ctx, id: number, sent: SentEndpoint): Promise<ShownEndpoint> =>
  changeEndpoint(ctx, id, { is_active: true, description: '', ssl_cert_verification: true, ...sent })
