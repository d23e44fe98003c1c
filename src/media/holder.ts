import type { MemberCtx } from '../context.ts'

/** Something that shows medias. It decides who may see them. */
export type Holder = {
  /** SQL condition: the media m belongs to something that the viewer may see. */
  seen(m: string, viewer: string, staff: string): string
  /** The name of a thing that the caller may share; null if there is none with this id. */
  shared(ctx: MemberCtx, id: number): Promise<string | null>
}

const holders: Holder[] = []

/** Registers something that shows medias. */
export function defineHolder(holder: Holder): void {
  holders.push(holder)
}

/** SQL condition: the viewer may see the media m, because it is theirs or belongs to something they may see. */
export const seenSql = (m: string, viewer: string, staff: string) =>
  [`${m}.owner_id = ${viewer}`, ...holders.map(({ seen }) => seen(m, viewer, staff))]
    .map((each) => `(${each})`)
    .join(' or ')

/** The name of the thing with this id, if the caller may share it. */
export async function findShared(ctx: MemberCtx, id: number): Promise<string | null> {
  for (const holder of holders) {
    const type = await holder.shared(ctx, id)
    if (type) return type
  }
  return null
}
