type Numbers = Int32Array | Float32Array | Float64Array

/** Adds to one number of many. */
export const add = (to: Numbers, i: number, by: number): void => {
  to[i] = (to[i] as number) + by
}
