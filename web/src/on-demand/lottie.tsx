import { lazy, Suspense } from 'react'

const Loaded = lazy(async () => ({ default: (await import('@lottiefiles/react-lottie-player')).Player }))

/** An animation of the first steps, and what plays it: both come once they are to be seen. */
export const Player = (props: Record<string, unknown>) => (
  <Suspense fallback={null}>
    <Loaded {...(props as { src: string })} />
  </Suspense>
)
