import { clock, paint } from './event-lines.ts'
import { type Remote, reach, type Where } from './remote.ts'
import { printable } from './users.ts'

type Endpoint = { id: number; target: string; events: { type: string }[] }
type Health = {
  state: string
  failures: number
  failing_since: string | null
  succeeded_at: string | null
  probe_at: string | null
  pending_retries: number
  behind_at_most: number
}
type Attempt = { http_response_code: number | null; http_response_body: string }

const at = (moment: string) => `${moment.slice(0, 10)} ${clock(new Date(moment))}`

/** How deliveries to an endpoint go, in a sentence: what is wrong, since when, and what happens next. */
function sentence(health: Health, last: Attempt | undefined): string {
  const { state, failures, failing_since, succeeded_at, probe_at, pending_retries, behind_at_most } = health
  const why =
    last && (last.http_response_code === null ? last.http_response_body : `it answers ${last.http_response_code}`)
  const reason = why ? `: ${printable(why).slice(0, 120)}` : ''
  const waiting = [
    pending_retries && `${pending_retries} to be tried again`,
    behind_at_most && `${behind_at_most} at most not tried yet`,
  ].filter(Boolean)
  const rest = waiting.length ? `; ${waiting.join(', ')}` : ''
  if (state === 'inactive') return `inactive: what happens now is not for it${rest}`
  if (state === 'paused')
    return `paused after ${failures} failures since ${at(failing_since ?? '')}${reason}; asked again ${probe_at ? `at ${at(probe_at)}` : 'soon'}${rest}`
  if (state === 'failing') return `failing: ${failures} in a row since ${at(failing_since ?? '')}${reason}${rest}`
  return `healthy${succeeded_at ? `, last answered ${at(succeeded_at)}` : ', nothing delivered yet'}${rest}`
}

const colours = { healthy: 'green', failing: 'red', paused: 'red', inactive: 'dim' } as const

/** Prints the webhook endpoints, each with a sentence about how it goes, and why if it goes wrong. */
export async function printEndpoints({ json = false, ...where }: Where & { json?: boolean }): Promise<void> {
  const kith = await reach(where)
  let any = false
  for await (const endpoint of endpointsOf(kith)) {
    any = true
    const health = (await kith.ask('GET', `/webhook/endpoint/${endpoint.id}/delivery/`)).json as Health
    if (json) {
      console.log(JSON.stringify({ ...endpoint, delivery: health }))
      continue
    }
    const failed = health.state === 'failing' || health.state === 'paused'
    const attempts = failed ? await kith.ask('GET', `/webhook/endpoint/${endpoint.id}/attempt/?limit=1`) : null
    const [last] = (attempts?.json as { results: Attempt[] } | undefined)?.results ?? []
    const colour = colours[health.state as keyof typeof colours] ?? 'dim'
    console.log(`${paint('bold', String(endpoint.id))}  ${printable(endpoint.target)}`)
    console.log(`   ${paint(colour, sentence(health, last))}`)
    console.log(`   ${printable(endpoint.events.map(({ type }) => type).join(', '))}`)
  }
  if (!any && !json) console.log('There is no webhook endpoint.')
}

async function* endpointsOf(kith: Remote): AsyncGenerator<Endpoint> {
  for (let offset = 0; ; offset += 100) {
    const { json } = await kith.ask('GET', `/webhook/endpoint/?limit=100&offset=${offset}`)
    const { results, next } = json as { results: Endpoint[]; next: string | null }
    yield* results
    if (!next) return
  }
}
