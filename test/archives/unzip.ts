import { crc32, inflateRawSync } from 'node:zlib'
import { expect } from 'vitest'

const most32 = 0xffffffff

/**
 * The files of an archive, by its directory, each inflated.
 * @param startsAt how much there was before it: where it begins for itself
 */
export function unzip(bytes: Buffer, startsAt = 0): Record<string, Buffer> {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  let [n, at] = [bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 16)]
  if (n === 0xffff || at === most32) {
    // Where the end of ZIP64 is stands just before.
    const whole = Number(bytes.readBigUInt64LE(end - 20 + 8)) - startsAt
    expect([bytes.readUInt32LE(end - 20), bytes.readUInt32LE(whole)]).toEqual([0x07064b50, 0x06064b50])
    ;[n, at] = [Number(bytes.readBigUInt64LE(whole + 32)), Number(bytes.readBigUInt64LE(whole + 48))]
  }
  const files: Record<string, Buffer> = {}
  for (at -= startsAt; n > 0; n--) {
    expect(bytes.readUInt32LE(at)).toBe(0x02014b50)
    const [packed, length, more] = [
      bytes.readUInt32LE(at + 20),
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30),
    ]
    const near = bytes.readUInt32LE(at + 42)
    const begins = (near === most32 ? Number(bytes.readBigUInt64LE(at + 46 + length + 4)) : near) - startsAt
    const name = bytes.toString('utf8', at + 46, at + 46 + length)
    const from = begins + 30 + length
    const content = inflateRawSync(bytes.subarray(from, from + packed))
    expect([crc32(content), content.length]).toEqual([bytes.readUInt32LE(at + 16), bytes.readUInt32LE(at + 24)])
    expect(files).not.toHaveProperty([name])
    files[name] = content
    at += 46 + length + more
  }
  return files
}
