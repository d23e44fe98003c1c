import { useState } from 'preact/hooks'
import type { PageOf } from '../api.ts'
import { api } from '../api.ts'
import { Code, pretty } from '../parts/code.tsx'
import { useGet } from '../parts/data.ts'
import { Dialog } from '../parts/dialog.tsx'
import { figureOf } from '../parts/list.tsx'
import { Facts } from '../parts/page.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { exactly } from '../parts/time.tsx'
import { toast, toastError } from '../parts/toast.tsx'
import type { Attempt, EventAttempt } from '../types.ts'
import { explainAnswer } from './explain.ts'
import { eventOf, isDelivered, NextRetry, Outcome } from './outcome.tsx'

/** Nobody needs to know exactly how many more there were. */
const most = 100

/** The first line and the headers of a request, as they went out. */
function headOf(attempt: Attempt, whole: EventAttempt | undefined): string {
  if (!whole?.http_request_headers) return `selfcommunity-signature: ${attempt.http_request_signature_header}`
  const { host, pathname, search } = new URL(whole.target)
  const headers = Object.entries({ host, ...whole.http_request_headers })
  return [`POST ${pathname}${search} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\n')
}

/** Whether the body has lost something since it was sent. */
export const isCut = (attempt: EventAttempt | undefined): boolean =>
  Boolean(attempt?.http_request_headers && !attempt.http_request_headers['content-length'])

/** One request as it went out, and what became of it. */
export function AttemptDialog({ attempt, endpoint, onClose }: { attempt: Attempt; endpoint: number; onClose(): void }) {
  const event = eventOf(attempt)
  const [busy, setBusy] = useState(false)
  const all = useGet<PageOf<EventAttempt>>('/webhook/attempt/', { event, endpoint, limit: most })
  const whole = all.data?.results.find(({ id }) => id === attempt.id)
  const why = isDelivered(attempt) ? null : explainAnswer(attempt.http_response_code, attempt.http_response_body)
  return (
    <Dialog title={`${attempt.event.type}, event ${event}`} wide onClose={onClose}>
      <Facts
        of={[
          ['Outcome', <Outcome attempt={attempt} />],
          ['Sent', exactly(attempt.sent_at)],
          ['Took', whole ? `${figureOf(whole.ms)} ms` : '…'],
          ['Happened', exactly(attempt.event.added_at)],
          ['Next retry', <NextRetry at={attempt.next_retry} />],
          [
            'Attempts at this event',
            all.data ? `${figureOf(all.data.results.length)}${all.data.next ? ' or more' : ''}` : '…',
          ],
        ]}
      />
      {why && (
        <p class="note bad">
          The receiver {why.says}. {why.look}
        </p>
      )}
      <h3>Request</h3>
      {all.error && <Failed error={all.error} retry={() => void all.reload()} />}
      {!all.data && !all.error && <Loading />}
      {all.data && <Code label="head of the request" text={headOf(attempt, whole)} />}
      {whole && !whole.http_request_headers && (
        <p class="hint">It was sent before the other headers, and where it was sent to, were kept.</p>
      )}
      {isCut(whole) && (
        <p class="hint">
          What it said of somebody who was erased is gone from the body: the signature is of what it said before.
        </p>
      )}
      <Code label="body of the request" text={pretty(attempt.http_request_body)} copies={attempt.http_request_body} />
      <p class="hint">Indented to be read. What is copied are the bytes as they were signed.</p>
      <h3>Answer</h3>
      {attempt.http_response_body ? (
        <Code label="answer" text={pretty(attempt.http_response_body)} copies={attempt.http_response_body} />
      ) : (
        <p class="faint">The answer had no body.</p>
      )}
      <div class="buttons">
        <button
          type="button"
          class="main"
          disabled={busy}
          onClick={async () => {
            setBusy(true)
            try {
              await api.post(`/webhook/endpoint/${endpoint}/event/resend/`, { event })
              toast('It is sent again, as it was, with a new signature.')
              onClose()
            } catch (error) {
              toastError(error)
              setBusy(false)
            }
          }}
        >
          Send this event again
        </button>
        <a class="button" href={`/console/events/${event}`}>
          Look at the event
        </a>
      </div>
    </Dialog>
  )
}
