import { Badge } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import type { Attempt } from '../types.ts'

export const isDelivered = ({ http_response_code: code }: Attempt) => code !== null && code >= 200 && code < 300

/** What became of an attempt, in a word. */
export function Outcome({ attempt }: { attempt: Attempt }) {
  const { http_response_code: code, http_response_body: body } = attempt
  if (isDelivered(attempt)) return <Badge tone="good">Delivered, {code}</Badge>
  return <Badge tone="bad">{code === null ? `No answer: ${/^\w+/.exec(body)?.[0] ?? ''}` : `Answered ${code}`}</Badge>
}

/** When it is tried again. A retry whose time is over is under way, or done. */
export function NextRetry({ at }: { at: string | null }) {
  if (!at) return <span class="faint">None</span>
  if (Date.parse(at) > Date.now()) return <Time at={at} />
  return (
    <span class="faint">
      Was due <Time at={at} />
    </span>
  )
}

/** The id of the event of an attempt: it is in what was sent. */
export function eventOf({ http_request_body: body }: Attempt): number {
  return Number(/"event_id"\s*:\s*(\d+)/.exec(body)?.[1] ?? 0)
}
