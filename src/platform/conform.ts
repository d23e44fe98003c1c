import { createRequire } from 'node:module'
import type { Static, TSchema } from 'typebox'
import type Schema from 'typebox/schema'

const require = createRequire(import.meta.url)

/** Where a value is not as its schema says, and by which of its keywords. */
export type Fault = { instancePath: string; keyword: string; message: string }

/** Whether values are as a schema says, and what is not. */
export type Conforming<S extends TSchema> = {
  conforms(value: unknown): value is Static<S>
  faults(value: unknown): Fault[]
}

/**
 * Compares values with a schema. It is compiled as the first value comes, and what compiles is loaded then: nothing of it is
 * for a start to wait for, nor for the memory of a server that nobody asks yet.
 */
export function conformingTo<S extends TSchema>(schema: S): Conforming<S> {
  let made: { Check(value: unknown): boolean; Errors(value: unknown): [boolean, Fault[]] } | undefined
  const compiled = () => {
    made ??= (require('typebox/schema') as typeof Schema).Compile(schema) as unknown as NonNullable<typeof made>
    return made
  }
  return {
    conforms: (value): value is Static<S> => compiled().Check(value),
    faults: (value) => compiled().Errors(value)[1],
  }
}
