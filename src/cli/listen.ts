import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sign } from '../delivery/http/sign.ts'
import { CannotStart, onStop } from '../platform/process.ts'
import { clock, eventLine, paint, rowsOf, type Told } from './event-lines.ts'
import { CannotReach, type Remote, reach, type Where } from './remote.ts'

export type Listening = Where & { forwardTo?: string; events?: string[]; secret?: string; json?: boolean }

/** How many of the newest events are known at the start: what is committed among them later is still noticed. */
const known = 500
/** How often the log is asked if nothing was new, and how often an absent server is tried, in ms. */
const pause = { quiet: 500, away: 2_000 }
/** How long a receiver may take, in ms, as in a delivery. */
const patience = 10_000

/**
 * Prints events as they happen, and sends each to a receiver, signed as in a delivery: the same bytes in the same
 * order. It waits for an absent Kith or receiver, and misses nothing that happens meanwhile. An event that a receiver
 * refuses is reported, and not sent again.
 */
export async function listen({ forwardTo, events = [], secret, json = false, ...where }: Listening): Promise<void> {
  const target = forwardTo === undefined ? null : readTarget(forwardTo)
  const kith = await reach(where)
  const whsec = secret ?? `whsec_${randomBytes(24).toString('base64')}`
  let stopped = false
  const stop = new AbortController()
  onStop(() => {
    stopped = true
    stop.abort()
  })
  const wait = (ms: number) => sleep(ms, null, { signal: stop.signal }).catch(() => {})
  const say = (text: string) => void process.stderr.write(`${text}\n`)

  const { seen, from } = await whereItEnds(kith)
  say(`Listening to ${kith.base}${events.length ? ` for ${events.join(', ')}` : ''}. Ctrl-C ends it.`)
  if (target) say(`Forwarding to ${target}, signed with the secret ${paint('bold', whsec, process.stderr)}`)

  let since = from
  let away = false
  const types = events.map((type) => `&type=${encodeURIComponent(type)}`).join('')
  while (!stopped) {
    let rows: string[]
    try {
      rows = rowsOf((await kith.ask('GET', `/events/?since_id=${since}&limit=${known}${types}`)).text)
      if (away) say(`${clock(new Date())}  ${kith.base} is there again.`)
      away = false
    } catch (error) {
      if (!(error instanceof CannotReach)) throw error
      if (!away) say(`${clock(new Date())}  ${error.message} It is asked again until it is there.`)
      away = true
      await wait(pause.away)
      continue
    }
    for (const row of rows) {
      if (stopped) break
      const event = JSON.parse(row) as Told
      if (!seen.delete(event.event_id)) await tell(row, event)
      since = event.event_id
    }
    if (rows.length < known) await wait(pause.quiet)
  }

  async function tell(body: string, event: Told): Promise<void> {
    const answer = target && (await forward(target, body, whsec))
    if (stopped && answer === 'nobody') return
    if (json) console.log(answer ? `{"event":${body},"answer":${JSON.stringify(answer)}}` : body)
    else console.log(eventLine(event) + (answer ? `  ${shown(answer)}` : ''))
  }

  /** Sends an event, again and again until somebody answers. */
  async function forward(target: string, body: string, secret: string): Promise<Answer | 'nobody'> {
    for (let tries = 0; ; tries++) {
      const answer = await post(target, body, secret)
      if (answer !== 'nobody' || stopped) return answer
      if (!tries) say(`${clock(new Date())}  Nobody is at ${target}. It waits until somebody is.`)
      await wait(pause.quiet)
    }
  }
}

type Answer = { status: number; ms: number; body: string } | { error: string; ms: number }

export const shown = (answer: Answer | 'nobody'): string => {
  if (answer === 'nobody') return paint('red', 'nobody is there')
  if ('error' in answer) return paint('red', `${answer.error} (${answer.ms} ms)`)
  const { status, ms, body } = answer
  const fine = status >= 200 && status < 300
  const said = fine || !body ? '' : `: ${body.replace(/\p{Cc}+/gu, ' ').slice(0, 120)}`
  return paint(fine ? 'green' : 'red', `${status}${said} (${ms} ms)`)
}

export async function post(target: string, body: string, secret: string): Promise<Answer | 'nobody'> {
  const bytes = Buffer.from(body)
  const began = performance.now()
  const ms = () => Math.round(performance.now() - began)
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Kith-Webhooks/1',
        'selfcommunity-signature': sign(bytes, [secret], Math.floor(Date.now() / 1_000)).header,
      },
      body: bytes,
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    })
    return { status: response.status, body: await response.text(), ms: ms() }
  } catch (error) {
    const { cause, name, message } = error as Error & { cause?: NodeJS.ErrnoException }
    if (cause?.code === 'ECONNREFUSED') return 'nobody'
    return { error: name === 'TimeoutError' ? 'no answer within 10 s' : (cause?.message ?? message), ms: ms() }
  }
}

export function readTarget(sent: string): string {
  // A port alone means this machine.
  const target = URL.parse(/^\d+$/.test(sent) ? `http://127.0.0.1:${sent}/` : sent)
  if (!target || !/^https?:$/.test(target.protocol))
    throw new CannotStart(`"${sent}" is no address to forward to. Give one as http://localhost:3000/hook.`)
  return target.href
}

/**
 * Where the log ends now: the newest events, and the event to read on from. Events commit in another order than their
 * ids, so reading begins a little earlier and skips what is known.
 */
async function whereItEnds(kith: Remote): Promise<{ seen: Set<number>; from: number }> {
  const { json } = await kith.ask('GET', `/events/?limit=${known}`)
  const { results } = json as { results: Told[] }
  const ids = results.map((each) => each.event_id)
  return { seen: new Set(ids), from: (ids.at(-1) ?? 1) - 1 }
}
