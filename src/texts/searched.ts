import { vectorOf } from '../platform/search/words.ts'
import { type Mentioned, type ReadHtml, type WrittenHtml, writeHtml } from './html.ts'

/** A written text, with the words it is found by, as a tsvector. */
export type SearchedHtml = WrittenHtml & { vector: string }

/** `writeHtml`, and the words of what it wrote. */
export function writeSearched(read: ReadHtml, members: Mentioned[]): SearchedHtml {
  const written = writeHtml(read, members)
  return { ...written, vector: vectorOf(written.words, 'B') }
}
