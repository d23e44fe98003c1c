// What the API answers, as the pages read it.

export type Endpoint = {
  id: number
  created_at: string
  updated_at: string
  is_active: boolean
  target: string
  description: string
  events: { type: string; added_at: string }[]
  ssl_cert_verification: boolean
}

export type Delivery = {
  rate_limit: number | null
  concurrency: number | null
  standard_headers: boolean
  state: 'inactive' | 'healthy' | 'failing' | 'paused'
  failures: number
  failing_since: string | null
  succeeded_at: string | null
  probe_at: string | null
  pending_retries: number
  behind_at_most: number
  attempts: number
}

export type Health = Delivery & {
  id: number
  target: string
  description: string
  is_active: boolean
  events: number
  recent: { delivered: number; refused: number; unanswered: number; since: string | null; ms: number | null }
  last: { at: string; event_id: number; code: number | null; answer: string; next_retry: string | null } | null
}

export type Attempt = {
  id: number
  created_at: string
  sent_at: string
  event: { type: string; added_at: string }
  http_request_body: string
  http_request_signature_header: string
  http_response_code: number | null
  http_response_body: string
  next_retry: string | null
}

export type EventAttempt = Attempt & {
  endpoint_id: number
  target: string
  ms: number
  /** Null of attempts that were made before they were kept. */
  http_request_headers: Record<string, string> | null
}

export type Outcomes = { delivered: number; refused: number; unanswered: number }

export type Recovery = {
  id: number
  kind: 'failed' | 'missed' | 'all'
  since: string
  until: number
  queued: number
  done: boolean
  ended_at: string | null
}

export type EventType = { type: string; emitted: boolean; documented: boolean }

export type Figure = { name: string; says: string; values: { value: number; of?: Record<string, string> }[] }

export type System = {
  version: string
  node: string
  started_at: string
  memory: number
  database: { version: string; bytes: number; connections: number; max_connections: number; longest_seconds: number }
  disk: { folder: string; bytes: number; free: number } | null
  nodes: { id: string; lanes: number }[]
  figures: Figure[]
  findings: { good: boolean; says: string }[]
}
