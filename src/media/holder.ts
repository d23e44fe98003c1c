import type { MemberCtx } from '../context.ts'

/** Something that is illustrated with medias: who may see one of its, is for it to say. */
export type Holder = {
  /** SQL condition: media m is of something that the viewer may see. */
  seen(m: string, viewer: string, staff: string): string
  /** What a thing of its is called that the one who calls may share; null if there is none of this id. */
  shared(ctx: MemberCtx, id: number): Promise<string | null>
}

const holders: Holder[] = []

/** Adds something that medias may be of. */
export function defineHolder(holder: Holder): void {
  holders.push(holder)
}

/** SQL condition: the viewer may see the media m, which is theirs, or of something that they may see. */
export const seenSql = (m: string, viewer: string, staff: string) =>
  [`${m}.owner_id = ${viewer}`, ...holders.map(({ seen }) => seen(m, viewer, staff))]
    .map((each) => `(${each})`)
    .join(' or ')

/** What the thing of this id is called, if the one who calls may share it. */
export async function findShared(ctx: MemberCtx, id: number): Promise<string | null> {
  for (const holder of holders) {
    const type = await holder.shared(ctx, id)
    if (type) return type
  }
  return null
}
