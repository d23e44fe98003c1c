import type { TSchema } from 'typebox'

/** A type of event, and what its `data` looks like. */
export type EventDeclaration<Name extends string = string> = { type: Name; data: TSchema }

const declared = new Set<string>()

/**
 * Declares an event, in the events.ts of the slice that emits it. Exported there, it is declared; the types that
 * receivers are given are made from it.
 * @param data the schema its `data` is rendered with; by its `$id` receivers call it
 */
export function event<const Name extends string>(type: Name, data: TSchema): EventDeclaration<Name> {
  declared.add(type)
  return { type, data }
}

/** Whether some slice emits events of this type: one that none declares never happens here. */
export const isEmitted = (type: string): boolean => declared.has(type)
