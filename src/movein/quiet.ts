import type { Community } from '../community/state.ts'
import type { Kith } from '../context.ts'
import { tellNobody } from '../notifications/tell.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { failpoint } from '../platform/failpoint.ts'
import { statement } from '../platform/sql/statement.ts'
import { giveQuietly } from '../scores/settle.ts'

const hushing = statement({
  name: 'movein: no events of what happened elsewhere',
  takes: {},
  gives: {},
  sql: () => 'delete from event where txid = pg_current_xact_id_if_assigned()',
})

const noting = statement({
  name: 'movein: note what something became',
  takes: { source: 'text', key: 'text', id: 'bigint?' },
  gives: {},
  sql: ($) => `insert into moved (source, key, id) values (${$.source}, ${$.key}, ${$.id}) on conflict do nothing`,
})

const finding = statement({
  name: 'movein: what was moved',
  takes: { source: 'text', keys: 'text[]' },
  gives: { key: 'text', id: 'bigint?' },
  sql: ($) => `select key, id from moved where source = ${$.source} and key = any(${$.keys})`,
})

/** The ids here of those keys that were moved. */
export async function findMoved(db: Db, source: string, keys: string[]): Promise<Map<string, number | null>> {
  if (!keys.length) return new Map()
  return new Map((await finding.rows(db, { source, keys })).map(({ key, id }) => [key, id]))
}

const listing = statement({
  name: 'movein: members that were moved',
  takes: { source: 'text' },
  gives: { key: 'text', id: 'bigint?' },
  sql: ($) => `select key, id from moved where source = ${$.source} and key >= 'user/' and key < 'user0'`,
})

/** The ids here of the source's members, by their ids there. */
export async function membersMoved(db: Db, source: string): Promise<Map<number, number>> {
  return new Map((await listing.rows(db, { source })).map(({ key, id }) => [Number(key.slice(5)), id as number]))
}

/** Notes the id of something, if the act that makes it does not. */
export const noteMoved = (db: Db, source: string, key: string, id: number | null) =>
  noting.rows(db, { source, key, id })

/** The id in the result of an act: a row, or what a view renders. Of acts that are gathered, there is one. */
function idIn(result: unknown): number | null {
  const { id, json } = ((Array.isArray(result) ? result[0] : result) ?? {}) as { id?: unknown; json?: unknown }
  if (typeof id === 'number') return id
  return typeof json === 'string' ? ((JSON.parse(json) as { id?: number }).id ?? null) : null
}

// The community's rules for what members write now do not apply to what they wrote then, elsewhere.
const relaxed = (community: Community): Community => ({
  ...community,
  options: {
    ...community.options,
    'configurations.post_only_staff_enabled': false,
    'configurations.post_category_required_enabled': false,
    'configurations.post_with_categories_only_staff_enabled': false,
    'configurations.comments_enabled': true,
    'configurations.category_follow_enabled': true,
    'addons.polls_enabled': true,
    'addons.post_geolocation_enabled': true,
  },
})

/**
 * A Kith whose acts happened elsewhere: members are not told of them, and receivers only if wanted. What an act makes
 * is noted in its transaction, so that it is made once, whatever interrupts the move.
 * @param events whether receivers are told
 */
export function createQuiet(kith: Kith, source: string, events: boolean) {
  const { community } = kith
  const state = {
    ...community,
    current: () => relaxed(community.current()),
    refresh: async () => relaxed(await community.refresh()),
  }
  /**
   * @param key its key in the source; null notes nothing
   * @param makes whether the act makes something with an id: an attempt that decides again has made nothing yet
   */
  return function quiet(key: string | null, makes = true): Kith {
    const db: Database = Object.assign(Object.create(kith.db) as Database, {
      query: <Row extends object>(text: string, values?: unknown[], name?: string): Promise<Row[]> =>
        /\b(?:insert|update|delete)\b/i.test(text)
          ? db.transaction((tx) => sendOn<Row>(tx, text, values, name))
          : sendOn<Row>(kith.db, text, values, name),
      transaction: <T>(work: (tx: Db) => Promise<T>): Promise<T> =>
        kith.db.transaction(async (tx) => {
          tellNobody(tx)
          if (!events) await giveQuietly(tx)
          const result = await work(tx)
          if (!events) await hushing.rows(tx, {})
          const id = idIn(result)
          if (key !== null && (id !== null || !makes)) await noting.rows(tx, { source, key, id })
          failpoint('something is moved in')
          return result
        }),
    })
    tellNobody(db)
    return Object.assign(Object.create(kith) as Kith, { db, community: state })
  }
}

/** Sends a statement as it was declared. */
const sendOn = <Row extends object>({ query }: Db, text: string, values?: unknown[], name?: string) =>
  query<Row>(text, values, name)
