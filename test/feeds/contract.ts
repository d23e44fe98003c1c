import type { Exceptions } from '../contract/exceptions.ts'

export const exceptions: Partial<Exceptions> = {}
