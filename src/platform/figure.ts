/** A metric of one or several values, which a slice counts for operators. */
export type Figure = {
  /** As Prometheus names things: `kith_mails_waiting`; a name that ends with `_total` only grows. */
  name: string
  /** What it measures, in a sentence. */
  says: string
  /** Each value with its labels, if there are several. */
  values: { value: number; of?: Record<string, string> }[]
}

/** A metric with one value. */
export const figure = (name: string, says: string, value: number): Figure => ({ name, says, values: [{ value }] })
