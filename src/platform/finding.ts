/** Something that was examined, and a line about it. */
export type Finding = { good: boolean; says: string }

export const good = (says: string): Finding => ({ good: true, says })
/** A finding that somebody should act on; the line says how. */
export const wrong = (says: string): Finding => ({ good: false, says })
