/** Size of a slab: larger pages are rare, and get memory of their own. Smaller ones are cheap without. */
const [slab, small] = [65_536, 4_096]
/** Most slabs that are kept for later. */
const kept = 32

const free: Buffer[] = []
const lent = new WeakMap<Buffer, Buffer>()

/**
 * Memory for one answer. Fresh memory of this size is mapped by the system page by page, and goes back only when the
 * collector runs: that took time with each list, and some 20 MB.
 */
export function borrow(bytes: number): Buffer {
  if (bytes > slab || bytes < small) return Buffer.allocUnsafe(bytes)
  const whole = free.pop() ?? Buffer.allocUnsafeSlow(slab)
  const part = whole.subarray(0, bytes)
  lent.set(part, whole)
  return part
}

/** Takes memory back, once nobody reads it any more. Does nothing for other memory, and nothing the second time. */
export function giveBack(part: Buffer): void {
  const whole = lent.get(part)
  if (whole && free.length < kept) free.push(whole)
  lent.delete(part)
}
