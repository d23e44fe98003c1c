import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { badField } from '../platform/errors.ts'
import { trimLine } from '../platform/text.ts'

/** The first bytes of a document that are read, to find its type if it has no signature. */
const looked = 64 * 1024

/** Types that share one signature: told apart by the end of the name. */
const compound: Record<string, string> = {
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
}
const plain: Record<string, string> = { csv: 'text/csv' }

/** A name that a file can be saved under: one line, without folder and invisible characters. */
export function nameOf(filename: string): string {
  const last = filename.replace(/^.*[\\/]/s, '')
  return trimLine(last.toWellFormed().replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ''))
    .slice(-150)
    .toWellFormed()
}

/**
 * The MIME type of a document, from its bytes, not from what the client says. Pictures, and whatever browsers run,
 * are no documents.
 */
export async function typeOf(field: string, path: string, filename: string): Promise<string> {
  const { fileTypeFromFile } = await import('file-type')
  const extension = /\.(\w{1,5})$/.exec(filename)?.[1]?.toLowerCase() ?? ''
  const found = await fileTypeFromFile(path).catch(() => undefined)
  if (found?.mime === 'application/x-cfb') return compound[extension] ?? 'application/x-cfb'
  if (found?.mime.startsWith('image/')) throw badField(field, 'invalid_type', 'Send pictures as `image`.')
  if (found) return found.mime
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(looked), 0, looked, 0)
    // A character may be cut in two at the end.
    const bytes = buffer.subarray(0, bytesRead < looked ? bytesRead : Math.max(0, buffer.lastIndexOf(0x0a)))
    if (
      !bytesRead ||
      bytes.includes(0) ||
      !isUtf8(bytes) ||
      /^\s*<(!doctype|html|svg|\?xml|script)/i.test(bytes.toString())
    )
      throw badField(
        field,
        'invalid_type',
        'What this file is could not be told. Send a PDF, an office document, or plain text.',
      )
    return plain[extension] ?? 'text/plain'
  } finally {
    await file.close()
  }
}
