import type { Tone } from '../parts/page.tsx'
import { ago } from '../parts/time.tsx'
import type { Health } from '../types.ts'

/** What to look at, by how the reason begins that no answer came. */
const reasons: Record<string, [says: string, look: string]> = {
  timeout: ['does not answer within ten seconds', 'Let it answer before it works.'],
  refused: ['refuses the connection: nobody listens there', 'Is it running, and is the port right?'],
  connect_timeout: ['takes no connection within three seconds', 'Look at firewalls between.'],
  dns_not_found: ['has a name that does not exist', 'Correct the target.'],
  dns_timeout: ['has a name that nobody answers for', 'Look at its name servers, and at those of this server.'],
  dns_failed: ['has a name that cannot be looked up', 'Look at its name servers, and at those of this server.'],
  forbidden_address: [
    'is at a private address, which Kith does not send to',
    'If that is meant, start Kith with KITH_WEBHOOK_ALLOW.',
  ],
  tls_certificate: ['shows a certificate that is not good', 'Renew it, or send the whole chain.'],
  tls_failed: ['does not speak TLS on that port', 'Is it http or https, and is the port right?'],
  reset: ['breaks the connection off without an answer', 'Look for a crash while it answers, and at proxies between.'],
  closed: ['closes the connection without an answer', 'Look for a crash while it answers, and at proxies between.'],
  malformed_response: ['answers something that is not HTTP', 'Look at what listens there.'],
  too_large: ['answers with more headers than anybody reads', 'Look at its cookies.'],
  too_slow: ['is too slow for the connection to last', 'Look at the network between.'],
  network: ['cannot be reached', 'Look at the routes between.'],
  stopped: ['was not reached: the sending part of Kith ended first', 'It is tried again by itself.'],
  invalid_target: ['has a target that is no address', 'Correct the target.'],
}

function lookAtStatus(code: number): string {
  if (code >= 300 && code < 400) return 'Kith follows no redirects: make the address it leads to the target.'
  if (code === 401 || code === 403) return 'Does it check the signature with the secret of this endpoint?'
  if (code === 404 || code === 405 || code === 410) return 'Is the path of the target right, and does it take POST?'
  if (code === 413) return 'Let it take larger bodies.'
  if (code === 429) return 'It is sent more than it takes: set a limit of deliveries a second.'
  if (code >= 500) return 'Something fails in the receiver: its log says what.'
  return 'The receiver does not accept what it is sent: its log says why.'
}

/** Quotes at most so much of what somebody else wrote. */
const quoted = (text: string) => {
  const line = text.replace(/\s+/g, ' ').trim()
  return `“${line.length > 160 ? `${line.slice(0, 160)}…` : line}”`
}

/** What an answer says, and what to look at: of an attempt that failed. */
export function explainAnswer(code: number | null, answer: string): { says: string; look: string } {
  if (code !== null)
    return {
      says: `answers ${code}${answer.trim() ? `, and says ${quoted(answer)}` : ' without a word'}`,
      look: lookAtStatus(code),
    }
  const [says, look] = reasons[/^\w+/.exec(answer)?.[0] ?? ''] ?? ['cannot be reached', 'Look at the network between.']
  return { says, look }
}

const waiting = (n: number) =>
  n === 0 ? '' : n === 1 ? ' One delivery waits.' : ` ${n >= 10_000 ? 'More than 10,000' : n} deliveries wait.`

/** How an endpoint does, in a word and in sentences that say what to do. */
export function explain(health: Health): { tone: Tone; word: string; says: string } {
  const { state, last, recent, failures, failing_since, probe_at, pending_retries, succeeded_at } = health
  if (state === 'inactive')
    return {
      tone: 'calm',
      word: 'Off',
      says: 'It is switched off: nothing is sent to it, and what happens meanwhile is not for it.',
    }
  if (state === 'healthy') {
    if (!last)
      return { tone: 'calm', word: 'Waiting', says: 'Nothing was sent yet: nothing it listens to has happened.' }
    const all = recent.delivered + recent.refused + recent.unanswered
    const failed = all - recent.delivered
    const took = recent.ms === null || all < 2 ? '' : ` Half of them took ${recent.ms} ms at most.`
    if (failed)
      return {
        tone: 'good',
        word: 'Working',
        says: `It works. ${failed} of the last ${all} attempts failed.${waiting(pending_retries)}`,
      }
    return {
      tone: 'good',
      word: 'Working',
      says: `The last ${all === 1 ? 'attempt was' : `${all} attempts were`} delivered.${took}`,
    }
  }
  const why = last ? explainAnswer(last.code, last.answer) : { says: 'does not take what it is sent', look: '' }
  const since = failing_since ? ` since ${ago(new Date(failing_since)).replace('now', 'a moment ago')}` : ''
  const before = succeeded_at ? '' : ' It has never taken anything.'
  if (state === 'paused')
    return {
      tone: 'bad',
      word: 'Paused',
      says: `It ${why.says}. After ${failures} failures in a row Kith sends one delivery from time to time${
        probe_at ? `, the next ${ago(new Date(probe_at))}` : ''
      }, and goes on with all once it is taken. ${why.look}${waiting(pending_retries)}`,
    }
  const next = last?.next_retry ? ` It is tried again ${ago(new Date(last.next_retry))}.` : ''
  return {
    tone: 'warn',
    word: 'Failing',
    says: `It ${why.says}${since ? `; it has been failing${since}` : ''}.${next} ${why.look}${before}${waiting(pending_retries)}`,
  }
}
