import type { Db } from '../platform/db/database.ts'
import { shareVersion } from '../platform/sql/fragments.ts'
import { statement } from '../platform/sql/statement.ts'

/** SQL of the base of absolute addresses, as `https://community.example`; empty if no server has ever set it. */
export const publicAddressSql = '(select base from public_address)'

/**
 * The same as a function call, for columns that few rows need. PostgreSQL sets up a subquery before each statement,
 * needed or not, and runs it once; a call costs nothing until it runs, and some microseconds each time.
 */
export const publicAddressCall = 'public_base()'

// The row is also written anew when a tag changes: what is cached has the tags of members and contributions in it.
shareVersion('public_address')

const setting = statement({
  name: 'community: set where it is reached',
  takes: { base: 'text' },
  gives: { version: 'int' },
  // Every node looks at the version, and then reads this again, too.
  sql: ($) => `with changed as (
      update public_address set base = ${$.base} where base <> ${$.base} returning base
    )
    update community set version = version + 1 where exists (select from changed) returning version`,
})

/** Sets the address where clients reach this community. @param base an origin, without a slash at the end */
export async function setPublicAddress(db: Db, base: string): Promise<void> {
  await setting.rows(db, { base })
}
