import type { Theme } from '../case.ts'
import { addresses } from './addresses.ts'
import { connections } from './connections.ts'
import { forms } from './forms.ts'
import { headers } from './headers.ts'
import { identifiers } from './ids.ts'
import { json } from './json.ts'
import { multipart } from './multipart.ts'
import { queries } from './queries.ts'
import { sizes } from './sizes.ts'
import { texts } from './texts.ts'
import { tokens } from './tokens.ts'
import { types } from './types.ts'

/**
 * Hostile requests, written by hand, by theme.
 * @param secret of the community that is attacked: some tokens are signed with it and not good all the same
 */
export const corpus = (secret: string): Theme[] => [
  multipart,
  json,
  forms,
  types,
  sizes,
  addresses,
  headers,
  queries,
  identifiers,
  tokens(secret),
  texts,
  connections,
]
