import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { api, type PageOf } from '../api.ts'

/** An event of the log. */
export type KithEvent = { event_id: number; type: string; created: number; data: Record<string, unknown> }

/**
 * Does something now and then while somebody looks: never twice at a time, and less often while it fails.
 * @param ms how long to wait after each
 */
export function useEvery(ms: number, work: () => Promise<unknown>): void {
  const latest = useRef(work)
  latest.current = work
  useEffect(() => {
    let ended = false
    let failures = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const later = () => {
      timer = setTimeout(run, ms * 2 ** Math.min(failures, 5))
    }
    async function run() {
      if (!document.hidden)
        try {
          await latest.current()
          failures = 0
        } catch {
          failures++
        }
      if (!ended) later()
    }
    const seen = () => {
      if (document.hidden) return
      clearTimeout(timer)
      void run()
    }
    document.addEventListener('visibilitychange', seen)
    later()
    return () => {
      ended = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [ms])
}

/** How often the log is looked at, in ms. */
const often = 2_000

type Listener = (events: KithEvent[]) => void
const listeners = new Set<Listener>()
let last: number | null = null
let timer: ReturnType<typeof setTimeout> | undefined

/** Whether the log can be followed: false while the server does not answer. */
export const isLive = signal(true)

async function look(): Promise<void> {
  if (!document.hidden)
    try {
      if (last === null) last = (await api.get<PageOf<KithEvent>>('/events/', { limit: 1 })).results[0]?.event_id ?? 0
      else {
        const { results } = await api.get<PageOf<KithEvent>>('/events/', { since_id: last, limit: 200 })
        if (results.length) {
          last = results.at(-1)?.event_id ?? last
          for (const each of listeners) each(results)
        }
      }
      isLive.value = true
    } catch {
      isLive.value = false
    }
  timer = listeners.size ? setTimeout(look, often) : undefined
}

/** Follows the event log from now on, while somebody looks; all who follow it share one reader. */
export function useEvents(onEvents: Listener): void {
  const latest = useRef(onEvents)
  latest.current = onEvents
  useEffect(() => {
    const mine: Listener = (events) => latest.current(events)
    listeners.add(mine)
    if (timer === undefined) {
      last = null
      timer = setTimeout(look)
    }
    return () => {
      listeners.delete(mine)
    }
  }, [])
}
