import { Layout, stepsFor } from './layout.ts'

export type Asked = { n: number; from: Int32Array; to: Int32Array }
/** Where all are by now; the communities come first, once. */
export type Said = { positions: Float32Array; communities?: Int32Array; done: number }

/** How often those who look are told, in ms. */
const often = 120

self.onmessage = ({ data: { n, from, to } }: MessageEvent<Asked>) => {
  const layout = new Layout(n, from, to)
  const say = (done: number, communities?: Int32Array) =>
    self.postMessage({ positions: layout.positions.slice(), communities, done } satisfies Said)
  say(0, layout.communities)
  const steps = stepsFor(n)
  let last = performance.now()
  for (let i = 0; i < steps; i++) {
    layout.step()
    if (performance.now() - last > often) {
      layout.end()
      say(i / steps)
      last = performance.now()
    }
  }
  layout.end()
  say(1)
}
