import type { TSchema } from 'typebox'

/** A type of event, and the schema of its `data`. */
export type EventDeclaration<Name extends string = string> = { type: Name; data: TSchema }

const declared = new Set<string>()

/**
 * Declares an event, in the `events.ts` of the slice that emits it. Whatever is exported there is declared, and the
 * types for receivers are made from it.
 * @param data the schema of its `data`; receivers call the type by its `$id`
 */
export function event<const Name extends string>(type: Name, data: TSchema): EventDeclaration<Name> {
  declared.add(type)
  return { type, data }
}

/** Whether some slice emits events of this type. */
export const isEmitted = (type: string): boolean => declared.has(type)
