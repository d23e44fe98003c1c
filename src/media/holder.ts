/** Something that is illustrated with medias: who may see one of its, is for it to say. */
export type Holder = {
  /** SQL condition: media m is of something that the viewer may see. */
  seen(m: string, viewer: string, staff: string): string
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
