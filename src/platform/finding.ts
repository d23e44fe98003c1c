/** Something that was looked at, and what there is to say of it, in a line. */
export type Finding = { good: boolean; says: string }

export const good = (says: string): Finding => ({ good: true, says })
/** Something that somebody should do something about; the line says what. */
export const wrong = (says: string): Finding => ({ good: false, says })
