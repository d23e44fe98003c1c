import { lookAgain } from '../auth/again.ts'
import { admin } from '../auth/audience.ts'
import { activeSql } from '../auth/status.ts'
import { audienceOf } from '../connections/audience.ts'
import type { MemberCtx } from '../context.ts'
import type { SentEmbed } from '../embeds/inputs.ts'
import { findOrMakeEmbed } from '../embeds/write.ts'
import { badField } from '../platform/errors.ts'
import { statement } from '../platform/sql/statement.ts'
import { customShows } from './custom-shown.ts'
import { declareNotification } from './declare.ts'
import { customNotified } from './events.ts'
import { tell } from './tell.ts'

const customNotice = declareNotification({
  name: 'custom_notification',
  activity: 99,
  aggregates: false,
  ofOneself: true,
  shows: customShows,
  event: customNotified,
  audience: audienceOf,
  mail: { en: 'has news for you', it: 'ha una novità per te' },
})

const locking = statement({
  name: 'notifications: lock who says something',
  takes: { id: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from users where id = ${$.id} and ${activeSql()} for key share`,
})

export type Custom = {
  recipients_type?: string | null
  type: string
  title: string | null
  description: string | null
  embed?: SentEmbed | null
  user: number
}

/** Sends a custom notification from a member to their connections or followers, or to themselves. */
export async function notify(ctx: MemberCtx, { recipients_type, user, embed: named, ...says }: Custom): Promise<void> {
  const toOneself = recipients_type === 'user'
  await ctx.kith.db.transaction(async (tx) => {
    const community = await lookAgain(tx, ctx, admin)
    if (!(await locking.row(tx, { id: user }))) throw badField('user', 'unknown', `There is no member ${user}.`)
    const embed = named ? await findOrMakeEmbed(tx, ctx, named) : null
    const recipients = toOneself ? 'user' : 'connections'
    const data = { custom_notification: { recipients_type: recipients, ...says, embed } }
    const to = toOneself ? [user] : []
    await tell(tx, { now: ctx.now, community }, [{ type: customNotice, actor: user, data, to, audience: !toOneself }])
  })
}
