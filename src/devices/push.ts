import type { Logger } from 'pino'
import { activeSql } from '../auth/status.ts'
import type { Kith } from '../context.ts'
import { headerLines, type Outcome, type Sender } from '../delivery/http/send.ts'
import { typeOf } from '../notifications/declare.ts'
import { showTold, type Told } from '../notifications/show.ts'
import { failpoint } from '../platform/failpoint.ts'
import { languageOf } from '../platform/http/language.ts'
import { chosenSql } from '../platform/sql/chosen.ts'
import { statement } from '../platform/sql/statement.ts'
import { encrypt } from './encrypt.ts'

/** Events looked at in one transaction. */
const batch = 1_000

const queueing = statement({
  name: 'devices: queue what is to be pushed',
  takes: { now: 'timestamptz', batch: 'bigint', enabled: 'boolean' },
  gives: { n: 'int' },
  // A log restored into another server has no transactions of this one: it is read from the present end.
  sql: ($) => `with place as materialized (
      select least(txid, pg_snapshot_xmin(pg_current_snapshot())) as txid, id from push_place for update skip locked
    ), few as materialized (
      select e.id, e.txid, e.type, e.body from event e
      where (e.txid, e.id) > ((select txid from place), (select id from place)) and e.txid < pg_snapshot_xmin(pg_current_snapshot())
      order by e.txid, e.id limit ${$.batch}
    ), queued as (
      insert into push (device_id, event_id, due_at, created_at)
      select d.id, f.id, ${$.now}, ${$.now} from few f
      cross join lateral json_array_elements_text(case when f.type like 'notification.%'
        and json_typeof(f.body -> 'data' -> 'recipients') = 'array' then f.body -> 'data' -> 'recipients' else '[]' end) r(member)
      join users u on u.id = r.member::bigint and u.status = 'a' and u.mobile_notifications_scmty = 1 and ${activeSql('u.')}
      join device d on d.member_id = u.id and d.type = 'wp' and d.created_at <= ${$.now}
      where ${$.enabled} on conflict do nothing
    ), moved as (
      update push_place set (txid, id) = (select txid, id from few order by txid desc, id desc limit 1)
      where exists (select from few)
    )
    select count(*)::int as n from few`,
})

/** A node that takes a message holds it for this long, in seconds: several times the length of an attempt. */
const lease = 60
/** Seconds until each further attempt. After the last one the message is dropped: an older notification is no news. */
export const retries = [30, 120, 600, 3_600, 21_600]
/** How long push services keep a message, in seconds, for a browser that is not running. */
const lifetime = 86_400
/** Messages under way at a time. */
const atOnce = 16

const taking = statement({
  name: 'devices: take what is due',
  takes: { now: 'timestamptz', until: 'timestamptz', most: 'bigint' },
  gives: {
    ...{ id: 'bigint', event: 'bigint', attempts: 'int', device: 'bigint', member: 'bigint' },
    ...{ endpoint: 'text', p256dh: 'text', auth: 'text' },
  },
  sql: ($) => `update push p set due_at = ${$.until}, attempts = p.attempts + 1
    from device d
    where ${chosenSql(
      'p.id',
      `select id from push where due_at <= ${$.now} order by due_at, id limit ${$.most} for update skip locked`,
    )} and d.id = p.device_id
    returning p.id, p.event_id as event, p.attempts, d.id as device, d.member_id as member, d.endpoint, d.p256dh, d.auth`,
})

const settling = statement({
  name: 'devices: settle what was pushed',
  takes: { ids: 'bigint[]' },
  gives: {},
  sql: ($) => `delete from push where id = any(${$.ids})`,
})

const postponing = statement({
  name: 'devices: push again later',
  takes: { id: 'bigint', due: 'timestamptz' },
  gives: {},
  sql: ($) => `update push set due_at = ${$.due} where id = ${$.id}`,
})

const dropping = statement({
  name: 'devices: drop one that is gone',
  takes: { id: 'bigint', endpoint: 'text' },
  gives: {},
  // Unless it was registered again meanwhile.
  sql: ($) => `delete from device where id = ${$.id} and endpoint = ${$.endpoint}`,
})

type Due = NonNullable<Awaited<ReturnType<typeof taking.row>>>

export type Pushing = {
  sender: Sender
  log: Pick<Logger, 'warn' | 'info'>
  /** The contact for push services. */
  subject: string
}

const actorOf = (notification: object): string => {
  for (const value of Object.values(notification))
    if (typeof value === 'object' && value && 'username' in value)
      return String(('real_name' in value && value.real_name) || value.username)
  return ''
}

/** What a page's service worker shows: a title, a line, and where a click leads. */
function payloadOf({ community }: Pick<Kith, 'community'>, told: Told): string {
  const { options, publicAddress } = community.current()
  const says = typeOf(told.activity)?.mail[languageOf(told.language)] ?? ''
  const url = `${publicAddress}${options['configurations.url_template_notifications']}`
  const body = `${actorOf(JSON.parse(String(told.json)))} ${says}`.trim().slice(0, 300)
  return JSON.stringify({
    title: options['text.application_name'].slice(0, 100),
    options: { body, tag: told.sid, data: { url } },
  })
}

const post = (sender: Sender, sending: Parameters<Sender['send']>[0]): Promise<Outcome> =>
  new Promise((resolve) => sender.send(sending, resolve))

async function pushOne(kith: Kith, { sender, log, subject }: Pushing, due: Due, told: Told): Promise<boolean> {
  const { db, clock } = kith
  const { origin, pathname, search } = new URL(due.endpoint)
  const now = clock.now()
  const body = encrypt(payloadOf(kith, told), due)
  const headers = {
    Authorization: await kith.vapid.authorization(origin, subject, now),
    'Content-Encoding': 'aes128gcm',
    'Content-Type': 'application/octet-stream',
    TTL: String(lifetime),
    Urgency: 'normal',
  }
  const sending = { origin, path: `${pathname}${search}`, verify: true, headers: headerLines(headers), body }
  const { code, response, retryAfter } = await post(sender, sending)
  failpoint('pushed')
  if (code !== null && code >= 200 && code < 300) return true
  if (code === 404 || code === 410) {
    await dropping.rows(db, { id: due.device, endpoint: due.endpoint })
    return true
  }
  const wait = code === null || code === 429 || code >= 500 ? retries[due.attempts - 1] : undefined
  const why = code === null ? response.slice(0, 200) : `The push service answered ${code}.`
  log.warn({ host: new URL(origin).host, why, again_in: wait }, 'what a browser is told could not be pushed')
  if (wait === undefined) return true
  const seconds = Math.max(wait, Math.min(retryAfter ?? 0, lifetime))
  await postponing.rows(db, { id: due.id, due: new Date(clock.now().getTime() + seconds * 1000) })
  return false
}

/**
 * Pushes what members with a browser have been notified of since the last look: queues it, each event once whichever
 * node looks, and sends what is due. What is no longer so by then, or no longer theirs to see, is not sent.
 * @param stopped asked between messages
 */
export async function pushDue(kith: Kith, pushing: Pushing, stopped = () => false): Promise<void> {
  const { db, clock } = kith
  for (let n = batch; n === batch && !stopped(); ) {
    const enabled = kith.community.current().options['providers.web_push_enabled']
    n = (await queueing.row(db, { now: clock.now(), batch, enabled }))?.n ?? 0
  }
  while (!stopped()) {
    const now = clock.now()
    const until = new Date(now.getTime() + lease * 1000)
    const due = await taking.rows(db, { now, until, most: atOnce })
    if (!due.length) return
    const [events, members] = [due.map(({ event }) => event), due.map(({ member }) => member)]
    const told = await showTold(db, kith.community.current(), events, members, true)
    const found = new Map(told.map((each) => [`${each.event} ${each.member}`, each]))
    const settled = await Promise.all(
      due.map(async (each) => {
        const one = found.get(`${each.event} ${each.member}`)
        return !one || (await pushOne(kith, pushing, each, one)) ? [each.id] : []
      }),
    )
    await settling.rows(db, { ids: settled.flat() })
    if (due.length < atOnce) return
  }
}
