import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/db/database.ts'
import { onlyReads } from '../../src/platform/db/prepared.ts'
import { registry } from '../../src/platform/sql/statement.ts'
import { freshDatabase } from '../support/world.ts'
import { loadSlices } from './dump.ts'
import { fillUnevenly } from './uneven.ts'

await loadSlices()

let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
let plans: Planned[]
beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ ...database.connection, size: 1 }, () => {})
  await fillUnevenly(db)
  plans = await readPlans()
  // Some thousand plans of large statements: nothing but work, for however long a busy machine takes.
}, 300_000)
afterAll(async () => {
  await db.close()
  await database.drop()
})

type Node = {
  'Node Type': string
  'Parent Relationship'?: string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  'Sort Key'?: string[]
  Plans?: Node[]
}

/** Tables that only hold what administrators make, or a handful for each member. */
const few = new Set([
  ...['category', 'tag', 'legal_page', 'custom_page', 'onboarding_step', 'signup_code', 'signup_code_use', 'block'],
  ...[
    'oauth_app',
    'oauth_grant',
    'webhook_endpoint',
    'webhook_lane',
    'webhook_recovery',
    'session',
    'upload',
    'device',
  ],
  ...['user_preference', 'user_provider', 'validation_code', 'legal_page_ack', 'poll', 'webhook_recovery_ended'],
])

/** Statements that sort more than they show, and why. */
const reasons: Record<string, RegExp> = {
  'They compare everything, once, as an operator asks them to.':
    /what has drifted|have drifted|^notifications: made-up/,
  'They write down all of what one member has, a part at a time.':
    /: (those|what|uploads|files|codes) .*member|not published yet/,
  'The best by a measure, which no index has.': /^suggestions: /,
  // docs/decisions/0019 and later: names and places are searched by indexes that have no order.
  'What a filter finds is few, and sorted.':
    /^(users: members|messages: whom|tagging: |embeds: |audit: entries|moderation: |incubators: found)/,
  'The newest of each of those whom a member reads: docs/decisions/0130.': /^(feeds: (home|count)|comments: thread)/,
  'What is due, or there is one of.': /due|first administrator|the same file|erase/,
}
const isAmong = (some: Record<string, RegExp>) => (name: string) =>
  Object.values(some).some((names) => names.test(name))

/** What a node is to the one above if that one shows its rows, and does not only look something up there. */
const shows = new Set(['Outer', 'Member', 'Subquery'])
const shownBy = (node: Node) => (node.Plans ?? []).filter((kid) => shows.has(kid['Parent Relationship'] ?? ''))
const passes = new Set(['Result', 'Subquery Scan', 'WindowAgg', 'Limit', 'LockRows'])

/** Where all rows of a node come from, whatever is joined to them, but not what only some are read of. */
function scanned(node: Node): Node[] {
  if (node['Node Type'] === 'Limit') return []
  if (node['Relation Name']) return [node]
  const parts = shownBy(node)
  return (/Append/.test(node['Node Type']) ? parts : parts.slice(0, 1)).flatMap(scanned)
}
const tableOf = (node: Node): string => node['Relation Name'] ?? ''

/** What a plan sorts to show some of it: it reads it all for that. */
function sorted(node: Node, limited = false): string[] {
  const kids = node.Plans ?? []
  const tables =
    limited && node['Node Type'] === 'Sort'
      ? scanned(node)
          .map(tableOf)
          .filter((table) => !few.has(table))
      : []
  const below = (kid: Node) =>
    node['Node Type'] === 'Limit' ||
    (limited &&
      (passes.has(node['Node Type']) || (/Nested|Append/.test(node['Node Type']) && shownBy(node).includes(kid))))
  return [
    ...tables.map((table) => `${table} by ${node['Sort Key']}`),
    ...kids.flatMap((kid) => sorted(kid, below(kid))),
  ]
}

/** Tables of which one member, or one contribution, may have very many rows. */
const many = new Set([
  ...['relation', 'mark', 'category_follower', 'contribution', 'comment', 'notification', 'poll_vote', 'message'],
  ...['contributor', 'share', 'sharer', 'category_feed', 'embed_feed', 'addressed_feed', 'score', 'event', 'users'],
  ...['notification_group', 'message_side', 'incubator_subscriber'],
])

/** What a plan reads in full to join it with few rows: all that somebody has of a table. */
function joinedWhole(node: Node): string[] {
  const kids = node.Plans ?? []
  const sides = /^(Hash|Merge) Join$/.test(node['Node Type']) ? shownBy(node).concat(kids.filter(isInner)) : []
  return [...sides.flatMap(readByOwner), ...kids.flatMap(joinedWhole)]
}
const isInner = (node: Node) => node['Parent Relationship'] === 'Inner'

function readByOwner(node: Node): string[] {
  if (/^(Hash|Sort|Materialize)$/.test(node['Node Type'])) return shownBy(node).flatMap(readByOwner)
  const table = tableOf(node)
  // Whom somebody hides is few, and compared with all.
  const owned = /^\((member|author|contribution|poll|category|group|incubator)_id = \$\d+\)$/.test(
    node['Index Cond'] ?? '',
  )
  return many.has(table) && owned && !/hidden/.test(node['Index Name'] ?? '')
    ? [`${table} by ${node['Index Cond']}`]
    : []
}

/** What a plan counts by reading it: all that somebody or something has of a table. */
function counted(node: Node): string[] {
  const isOne = /\bid = |_id = .* AND \(?.*_id = /
  const read = node['Node Type'] === 'Aggregate' ? shownBy(node).slice(0, 1).flatMap(scanned) : []
  const all = read.filter((leaf) => many.has(tableOf(leaf)) && !isOne.test(conditionOf(leaf)))
  return [
    ...all.filter(({ 'Index Name': index }) => !/hidden/.test(index ?? '')).map(tableOf),
    ...(node.Plans ?? []).flatMap(counted),
  ]
}
const conditionOf = (node: Node): string => node['Index Cond'] ?? node.Plans?.[0]?.['Index Cond'] ?? ''

/** Statements that count what they do not show, and why. */
const counting: Record<string, RegExp> = {
  'What one member has of their own, in ways that nobody else sees it.':
    /^(categories: followed|comments: of a member|contributions: (not published|followed)|messages: |scores: entries)/,
  'Only flags of one type, of the last days, of kinds that are disabled, or of two lists of about one length.':
    /^(marks: flags|categories: followers|contributions: (shares|feed of a category)|connections: members)/,
  'Of each of a few members: what one has there.': /^(polls: votes|comments: thread)/,
  'By an index alone.': /^comments: contributors/,
  'For administrators, who ask for what fits a filter.': /^(eventlog: events|moderation: |tagging: |users: members)/,
  ...reasons,
}

/** Tables that are large in a large community, or where much may wait: as after an import. */
const large = new Set([
  ...many,
  'media',
  'file',
  'notification_box',
  'notification_notice',
  'notification_event',
  'score_total',
  ...['score_due', 'audit', 'mail', 'push', 'signal', 'moderation_case', 'webhook_delivery', 'message_file', 'session'],
  ...['poll', 'poll_choice', 'validation_code', 'oauth_grant', 'embed', 'message_thread'],
])

/** What a plan reads from the first row to the last: also what is looked up so often that PostgreSQL reads it once instead. */
function readWhole(node: Node): string[] {
  const whole = node['Node Type'] === 'Seq Scan' && large.has(tableOf(node)) ? [tableOf(node)] : []
  return [...whole, ...(node.Plans ?? []).flatMap(readWhole)]
}

/** Statements that write and read all there is, and why. */
const reading: Record<string, RegExp> = {
  'All members are to follow it.': /^categories: (create|change)$/,
  'An operator asks for it, once.':
    /again, step|drifted|made-up|^eventlog: settle|^seed: |^cli: leave behind|^files: (they are ours|those that others)/,
}

type Planned = { name: string; key: string; plan: Node; writes: boolean; limited: boolean }

/** What PostgreSQL has a plan of. */
const planned = /^\s*(\/\*.*?\*\/\s*)?(with|select|insert|update|delete)\b/i

/** The plans of all statements with a limit, and of those that write; of at most twenty variants of each. */
async function readPlans(): Promise<Planned[]> {
  const all: Planned[] = []
  for (const [name, registered] of registry) {
    const variants = [...registered.variants()]
    const step = Math.max(1, Math.ceil(variants.length / 20)) | 1
    for (const { key, compiled } of variants.filter((_, i) => i % step === 0)) {
      const [writes, limited] = [!onlyReads(compiled.text), /\blimit\b/.test(compiled.text)]
      if (!planned.test(compiled.text) || !(writes || limited)) continue
      const explain = `explain (generic_plan, format json) ${compiled.text}`
      const [row] = (await db.pool.query(explain)).rows as [{ 'QUERY PLAN': [{ Plan: Node }] }]
      all.push({ name, key, plan: row['QUERY PLAN'][0].Plan, writes, limited })
    }
  }
  return all
}

/** What is wrong with the plans, but for those of some statements. */
function wrong(
  wrongWith: (plan: Node) => string[],
  skipped: (name: string) => boolean,
  among = plans.filter(({ limited }) => limited),
  least = 500,
): string[] {
  const looked = among.filter(({ name }) => !skipped(name))
  expect(looked.length).toBeGreaterThan(least)
  return [
    ...new Set(looked.flatMap(({ name, key, plan }) => wrongWith(plan).map((each) => `${name} (${key}): ${each}`))),
  ]
}

test('a list reads as much as it shows, however much there is: PostgreSQL follows an index', () => {
  expect(wrong(sorted, isAmong(reasons))).toEqual([])
})

test('what a page needs of somebody who has very much is looked up for each row', () => {
  const computed = /made-up|^suggestions: members|^categories: change/
  expect(wrong(joinedWhole, (name) => computed.test(name))).toEqual([])
})

test('a page is told how many there are by counts that are kept', () => {
  expect(wrong(counted, isAmong(counting))).toEqual([])
})

test('an act looks up what it changes: it reads nothing from the first row to the last', () => {
  const writing = plans.filter(({ writes }) => writes)
  expect(wrong(readWhole, isAmong(reading), writing, 300)).toEqual([])
})

test('what is done a batch at a time chooses its rows before it looks for them: `chosenSql`', () => {
  const within = /\bin\s*\(\s*select\b[^()]*(\([^()]*\)[^()]*)*\blimit\b/
  const found = [...registry].flatMap(([name, { variants }]) => {
    const [first] = variants()
    return first && !onlyReads(first.compiled.text) && within.test(first.compiled.text) ? [name] : []
  })
  expect(found).toEqual([])
})
