import type { Db } from '../db/database.ts'
import { joinPieces, type Pieces, repeatedHere } from './fragments.ts'

/** Whether the database renders in full, or gives references to cached fragments. */
export type Depth = 'full' | 'light'

/**
 * What a statement has rendered, what stands at each `repeatedHere` of it, what its rows name by id, and where and when it
 * has read; null if it only renders in full.
 */
type Asked = { text: string; repeated?: string | null; tables?: string | null; at: string | null }

/** All of it. What is repeated becomes bytes once. */
function wholeOf({ text, repeated }: Asked): string | Pieces {
  if (!repeated) return text
  const bytes = Buffer.from(repeated)
  return text.split(repeatedHere).flatMap((part, i) => (i ? [bytes, part] : [part]))
}

const asText = (rows: string | Pieces) => (typeof rows === 'string' ? rows : String(joinPieces(rows)))

/**
 * Reads what a statement renders, with cached fragments; in full if there is no cache, or if rows have changed
 * meanwhile.
 * @param name the statement
 * @param forked whether the statement has a light text
 * @param ask runs it; null if there is nothing
 */
export async function fillIn<A extends Asked | null>(
  db: Db,
  name: string,
  forked: boolean,
  ask: (depth: Depth) => Promise<A>,
): Promise<(NonNullable<A> & { rows: string | Pieces }) | Extract<A, null>> {
  if (forked && db.fragments?.pays(name)) {
    const whole = async () => {
      const full = await ask('full')
      return full && asText(wholeOf(full))
    }
    const before = db.fragments.compared && (await whole())
    const asked = await ask('light')
    if (!asked) return null as Extract<A, null>
    const rows = await db.fragments.fill(name, db, asked.text, asked.at as string, asked)
    // The rows may have changed meanwhile.
    if (rows && before && before === (await whole()) && before !== asText(rows))
      throw new Error(`Rendered: ${before}\nKept: ${asText(rows)}`)
    if (rows) return { ...asked, rows }
  }
  const asked = await ask('full')
  return (asked && { ...asked, rows: wholeOf(asked) }) as
    | (NonNullable<A> & { rows: string | Pieces })
    | Extract<A, null>
}
