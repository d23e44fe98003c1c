import type { Database, Db } from '../platform/db/database.ts'
import { writing as writes } from '../platform/db/prepared.ts'
import { rules } from '../platform/search/fold.ts'
import { vectorOf } from '../platform/search/words.ts'
import { statement } from '../platform/sql/statement.ts'
import { cutWords } from '../texts/cleaner.ts'

/** SQL of the searched words of a contribution: those of its title and those of its text. */
export const searchSql = (title: string, text: string) => `(${title} || ' ' || ${text})::tsvector`

/** The words of a title, as `searchSql` takes them. Those of a text come from where it is cleaned. */
export const titleWords = (title: string): string => vectorOf(title, 'A')

const due = statement({
  name: 'contributions: due to be indexed',
  takes: { most: 'int' },
  gives: { id: 'bigint', title: 'text', words: 'text' },
  sql: ($) => `select id, title, words from contribution where search_rules < ${rules}
    order by id desc limit ${$.most} for no key update skip locked`,
})

const writing = statement({
  name: 'contributions: index',
  takes: { ids: 'bigint[]', titles: 'text[]', texts: 'text[]' },
  gives: {},
  sql: ($) => `update contribution c set (search, search_rules) = row(${searchSql('d.title', 'd.text')}, ${rules})
    from unnest(${$.ids}, ${$.titles}, ${$.texts}) d(id, title, text) where c.id = d.id`,
})

/** Contributions indexed at a time. */
const atOnce = 200

/** Indexes the newest contributions that are due. Resolves to how many there were. */
export const indexContributions = (db: Database): Promise<number> =>
  db.transaction(async (tx) => {
    const rows = await due.rows(tx, { most: atOnce })
    if (!rows.length) return 0
    const texts: string[] = []
    for (const { words } of rows) texts.push(await cutWords(words))
    const values = { ids: rows.map(({ id }) => id), titles: rows.map(({ title }) => titleWords(title)), texts }
    await writing.rows(tx, values)
    return rows.length
  })

const puttingInPlace = statement({
  name: 'contributions: put new words in their place',
  takes: {},
  gives: { pages: 'bigint' },
  // Only the owner of an index may; where that is another, whoever fills the list up does it. Nor may anybody on a standby.
  sql: () => `${writes} select gin_clean_pending_list(oid) as pages from pg_class
    where oid = 'contribution_words'::regclass and pg_has_role(relowner, 'usage') and not pg_is_in_recovery()`,
})

/**
 * Puts the words of what was published into their place in the index. Until then they wait in a list that every search
 * reads: many together cost less, and nobody waits who publishes.
 */
export const placeWords = ({ db }: { db: Db }) => puttingInPlace.row(db, {})
