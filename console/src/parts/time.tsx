import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** Now, to the second, while somebody looks. */
const now = signal(Date.now())
let watching = 0
let timer: ReturnType<typeof setInterval> | undefined

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

/** As `3 minutes ago`; what is longer ago than a month is a date. */
export function ago(at: Date, from = Date.now()): string {
  const seconds = Math.round((at.getTime() - from) / 1000)
  if (Math.abs(seconds) > 30 * 86_400) return day.format(at)
  if (Math.abs(seconds) < 2) return 'now'
  const [unit, length] = units.find(([, each]) => Math.abs(seconds) >= each) ?? (['second', 1] as const)
  return relative.format(Math.round(seconds / length), unit)
}

/** A moment, as long ago as it is; exactly, to whoever points at it. Text of the API, or seconds since 1970. */
export function Time({ at }: { at: string | number }) {
  useEffect(() => {
    if (watching++ === 0)
      timer = setInterval(() => {
        if (!document.hidden) now.value = Date.now()
      }, 1_000)
    now.value = Date.now()
    return () => {
      if (--watching === 0) clearInterval(timer)
    }
  }, [])
  const moment = new Date(typeof at === 'number' ? at * 1000 : at)
  return (
    <time dateTime={moment.toISOString()} title={full.format(moment)}>
      {ago(moment, now.value)}
    </time>
  )
}

/** A moment exactly. */
export const exactly = (at: string | number): string => full.format(new Date(typeof at === 'number' ? at * 1000 : at))
