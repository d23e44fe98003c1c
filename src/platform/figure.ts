/** A number to watch, or several of a kind: what a slice counts of itself for whoever runs Kith. */
export type Figure = {
  /** As Prometheus names things: `kith_mails_waiting`; one that only grows ends with `_total`. */
  name: string
  /** What it is, in a sentence. */
  says: string
  /** Each with what tells it from the others, if there are others. */
  values: { value: number; of?: Record<string, string> }[]
}

/** One number. */
export const figure = (name: string, says: string, value: number): Figure => ({ name, says, values: [{ value }] })
