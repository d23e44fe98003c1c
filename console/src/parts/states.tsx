import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Something is on its way. It is said only if it takes a while: what comes at once needs no word. */
export function Loading({ what = 'Loading' }: { what?: string }) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300)
    return () => clearTimeout(timer)
  }, [])
  return (
    <p class="loading" role="status">
      {late && `${what} …`}
    </p>
  )
}

/** Something did not come: why, and another try. */
export function Failed({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <div class="failed" role="alert">
      <p>{error.message}</p>
      {retry && (
        <p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </p>
      )}
    </div>
  )
}

/** There is nothing: why, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="title">{title}</p>
      {children && <div>{children}</div>}
    </div>
  )
}
