const rotated = (x: number, n: number) => (x >>> n) | (x << (32 - n))

/** The first 32 bits of what is behind the point of a root of a prime. */
const fraction = (x: number) => ((x - Math.floor(x)) * 2 ** 32) | 0

const primes = [...Array(312).keys()].filter((n) => n > 1 && ![...Array(n).keys()].some((d) => d > 1 && n % d === 0))
const rounds = primes.slice(0, 64).map((p) => fraction(Math.cbrt(p)))
const start = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)))

/** SHA-256 (FIPS 180-4), for pages of a community that is tried out over http, where browsers have none. */
export function sha256(message: Uint8Array): Uint8Array {
  const length = Math.ceil((message.length + 9) / 64) * 64
  const bytes = new Uint8Array(length)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(length - 4, message.length * 8)
  const state = [...start]
  for (let at = 0; at < length; at += 64) {
    const w = Array.from({ length: 16 }, (_, i) => view.getUint32(at + i * 4) | 0)
    for (let i = 16; i < 64; i++) {
      const [x, y] = [w[i - 15] as number, w[i - 2] as number]
      const s0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3)
      const s1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10)
      w.push(((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0)
    }
    let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number]
    for (let i = 0; i < 64; i++) {
      const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
      const one = (h + s1 + ((e & f) ^ (~e & g)) + (rounds[i] as number) + (w[i] as number)) | 0
      const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
    }
    for (const [i, x] of [a, b, c, d, e, f, g, h].entries()) state[i] = ((state[i] as number) + x) | 0
  }
  const out = new DataView(new ArrayBuffer(32))
  for (const [i, x] of state.entries()) out.setInt32(i * 4, x)
  return new Uint8Array(out.buffer)
}
