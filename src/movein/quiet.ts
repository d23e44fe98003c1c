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

/** What these became, of those that were moved. */
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

/** What members of a source are here, by their ids there. */
export async function membersMoved(db: Db, source: string): Promise<Map<number, number>> {
  return new Map((await listing.rows(db, { source })).map(({ key, id }) => [Number(key.slice(5)), id as number]))
}

/** Notes what something became, where the act that makes it does not. */
export const noteMoved = (db: Db, source: string, key: string, id: number | null) =>
  noting.rows(db, { source, key, id })

/** The id of what an act gives: a row, or what a view renders. */
function idIn(result: unknown): number | null {
  const { id, json } = (result ?? {}) as { id?: unknown; json?: unknown }
  if (typeof id === 'number') return id
  return typeof json === 'string' ? ((JSON.parse(json) as { id?: number }).id ?? null) : null
}

// What a community asks of members who write now was not asked of those who wrote then, and elsewhere.
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
 * A Kith whose acts happened elsewhere: members are not told of them, nor receivers unless they are to be. What an act
 * makes is noted in its transaction, so that it is made once, whatever ends this.
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
   * @param key what it was there; null notes nothing
   * @param makes whether the act makes something that has an id: an act that decides anew has made nothing yet
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

/** Statements come here as they were declared. */
const sendOn = <Row extends object>({ query }: Db, text: string, values?: unknown[], name?: string) =>
  query<Row>(text, values, name)
