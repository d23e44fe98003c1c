/**
 * Kills Kith, and the PostgreSQL beneath it, in the middle of storms, and looks each time whether what was answered
 * is there: `npm run torture -- --only friendship --kills 100 --postgres 20 --minutes 30`; whether webhooks came:
 * `npm run torture -- --only delivery --deliveries 500`; whether events survive a primary whose standby takes over:
 * `npm run torture -- --only failover --failovers 12`, and with Patroni, etcd and HAProxy of the machine `npm run torture -- --only ha
 * --failovers 20`; and whether strangers can stop, slow down or fill it:
 * `npm run torture -- --only hostile --calls 100000`. Ends with 1 when anything at all was wrong.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { startEmbedded } from '../src/platform/postgres/embedded.ts'
import {
  type Ending as DeliveryEnding,
  type DeliveryRound,
  type DeliverySite,
  failpointNames,
  openDeliverySite,
} from './delivery.ts'
import { type FailoverRound, openFailoverSite } from './failover.ts'
import { hostile } from './hostile.ts'
import { findMissing, openPatroni } from './patroni.ts'
import { type Ending, openSite, type Round } from './storm.ts'

const whole = (text: string) => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}

const options = new Command('torture')
  .description('Kills Kith and its PostgreSQL in the middle of storms, and looks whether anything was lost or halved.')
  .addOption(
    new Option('--only <what>', 'one kind of storms').choices(['friendship', 'delivery', 'failover', 'ha', 'hostile']),
  )
  .option('--kills <n>', 'storms of friendship in which Kith is killed', whole, 100)
  .option('--postgres <n>', 'storms of friendship in which PostgreSQL is killed with all it runs', whole, 20)
  .option('--stops <n>', 'storms of friendship in which Kith is asked to stop', whole, 5)
  .option('--deliveries <n>', 'storms in which webhooks are delivered; at least one of every kind', whole, 100)
  .option('--pages', 'with failovers: everybody has a page open meanwhile', false)
  .option('--failovers <n>', 'primaries that are killed, with a standby to take over', whole, 6)
  .option('--from <n>', 'begin with this one of the storms in which webhooks are delivered', whole, 1)
  .option(
    '--calls <n>',
    'calls made up from the description of the API, besides hostile requests by hand',
    whole,
    100_000,
  )
  .option('--match <text>', 'only hostile requests whose theme or name has this in it')
  .option('--minutes <n>', 'stop after this many minutes, whatever is left', whole, 60)
  .option('--seed <n>', 'what the storms are drawn from', whole, Date.now() % 1_000_000)
  .parse()
  .opts<{
    only?: 'friendship' | 'delivery' | 'failover' | 'ha' | 'hostile'
    calls: number
    match?: string
    kills: number
    postgres: number
    stops: number
    deliveries: number
    failovers: number
    pages: boolean
    from: number
    minutes: number
    seed: number
  }>()

const until = performance.now() + options.minutes * 60_000
let interrupted = false
const isOver = () => interrupted || performance.now() > until
process.on('SIGINT', () => {
  if (interrupted) process.exit(130)
  interrupted = true
  console.log('\nStopping after this storm. Again: at once.')
})

/** Kinds mixed, each as often as is wanted, so that a long run cut short has seen all of them. */
const mix = <Kind>(wanted: [Kind, number][]): Kind[] =>
  wanted
    .flatMap(([kind, times]) => Array.from({ length: times }, (_, i) => ({ kind, at: (i + 0.5) / times })))
    .sort((a, b) => a.at - b.at)
    .map(({ kind }) => kind)

const sum = <Some>(some: Some[], of: (each: Some) => number) => some.reduce((total, each) => total + of(each), 0)

function tellFindings(findings: string[]): void {
  for (const finding of findings) console.log(`      ${finding}`)
}

function printTable(rows: string[][], seconds: number): void {
  const widths = (rows[0] as string[]).map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)))
  console.log('')
  for (const row of rows) {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
    )
    console.log(`  ${cells.join('   ')}`)
  }
  console.log(`\n  ${Math.round(seconds)} s, seed ${options.seed}`)
}

async function friendship(): Promise<string[]> {
  const rounds: Round[] = []
  const began = performance.now()
  console.log(`Storms against an embedded PostgreSQL, seed ${options.seed}.`)
  const site = await openSite({ seed: options.seed })
  const plan = mix<Ending>([
    ['kill Kith', options.kills],
    ['kill PostgreSQL', options.postgres],
    ['stop Kith', options.stops],
  ])
  try {
    for (const each of plan) {
      if (isOver()) break
      const round = await site.storm(each)
      rounds.push(round)
      const { ending, mode, lasted, restarted, done, refused, unanswered, events, findings } = round
      console.log(
        `${String(rounds.length).padStart(4)}  ${ending.padEnd(15)}  ${mode.padEnd(10)}  after ${String(lasted).padStart(3)} ms: ` +
          `${done} done, ${refused} refused, ${unanswered} unanswered, ${events} events; back in ${restarted} ms` +
          `${findings.length ? `; ${findings.length} FINDINGS` : ''}`,
      )
      tellFindings(findings)
    }
  } finally {
    await site.close()
    const rows = [['', 'storms', 'done', 'refused', 'unanswered', 'events', 'back in, ms', 'findings']]
    for (const ending of new Set(plan)) {
      const some = rounds.filter((round) => round.ending === ending)
      if (!some.length) continue
      const back = some.map((round) => round.restarted).sort((a, b) => a - b)
      rows.push([
        ending,
        String(some.length),
        String(sum(some, (round) => round.done)),
        String(sum(some, (round) => round.refused)),
        String(sum(some, (round) => round.unanswered)),
        String(sum(some, (round) => round.events)),
        `${back[Math.floor(back.length / 2)]}, at most ${back.at(-1)}`,
        String(sum(some, (round) => round.findings.length)),
      ])
    }
    printTable(rows, (performance.now() - began) / 1000)
  }
  return rounds.flatMap((round) => round.findings)
}

/** One Kith with its own PostgreSQL, or two nodes on one database. */
type Place = 'one' | 'two'

async function planDeliveries(): Promise<{ ending: DeliveryEnding; place: Place }[]> {
  const points = (await failpointNames()).map((name): DeliveryEnding => `crash: ${name}`)
  const part = (share: number) => Math.ceil(options.deliveries * share)
  const kinds: [DeliveryEnding, Place, number][] = [
    ['kill Kith', 'one', part(0.25)],
    ...points.map((ending): [DeliveryEnding, Place, number] => [ending, 'one', part(0.3 / points.length)]),
    ['kill PostgreSQL', 'one', part(0.1)],
    ['stop Kith', 'one', part(0.05)],
    ['kill one of two', 'two', part(0.1)],
    ['kill Kith', 'two', part(0.06)],
    ['cut sessions', 'two', part(0.04)],
    ['stop without database', 'two', part(0.04)],
    ['restart in turn', 'two', part(0.04)],
    ['freeze one of two', 'two', part(0.02)],
  ]
  return mix(kinds.map(([ending, place, times]) => [{ ending, place }, times]))
}

async function delivery(): Promise<string[]> {
  const rounds: (DeliveryRound & { place: Place })[] = []
  const began = performance.now()
  console.log(`Storms in which webhooks are delivered, seed ${options.seed}.`)
  const dataDir = await mkdtemp(join(tmpdir(), 'kith-torture-'))
  const shared = await startEmbedded({ dataDir, role: 'torture' })
  const { host, port, user, database } = shared.connection
  const databaseUrl = `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
  const sites: Partial<Record<Place, DeliverySite>> = {}
  const open = (place: Place) =>
    openDeliverySite(place === 'two' ? { databaseUrl, nodes: 2, seed: options.seed } : { seed: options.seed })
  try {
    for (const [i, { ending, place }] of (await planDeliveries()).entries()) {
      if (i + 1 < options.from) continue
      if (isOver()) break
      sites[place] ??= await open(place)
      const round = await sites[place].storm(ending, { seed: options.seed * 10_000 + i })
      rounds.push({ ...round, place })
      tellDelivery(i + 1, round, place)
    }
  } finally {
    for (const site of Object.values(sites)) await site.close()
    await shared.stop()
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    summariseDeliveries(rounds, (performance.now() - began) / 1000)
  }
  return rounds.flatMap((round) => round.findings)
}

function tellDelivery(nth: number, round: DeliveryRound, place: Place): void {
  const { ending, events, requests, unlogged, duplicates, inflight, exhausted, moved, paused, findings } = round
  const measured = [
    moved === null ? '' : `; lanes moved in ${moved} ms`,
    paused === null ? '' : `; a pause of ${paused} ms`,
    exhausted ? `; ${exhausted} given up` : '',
    findings.length ? `; ${findings.length} FINDINGS` : '',
  ]
  console.log(
    `${String(nth).padStart(4)}  ${place}  ${ending.padEnd(23)}  ${String(events).padStart(5)} events, ` +
      `${String(requests).padStart(6)} requests, ${inflight} at once, ${unlogged} not logged, ${duplicates} twice${measured.join('')}`,
  )
  tellFindings(findings)
}

function summariseDeliveries(rounds: (DeliveryRound & { place: Place })[], seconds: number): void {
  const rows = [
    [
      '',
      'storms',
      'events',
      'requests',
      'lost',
      'twice',
      'at most',
      'not logged',
      'at most',
      'moved in, ms',
      'pause, ms',
      'findings',
    ],
  ]
  const add = (name: string, some: DeliveryRound[]) => {
    const most = (of: (round: DeliveryRound) => number | null) => {
      const all = some.map(of).filter((each) => each !== null)
      return all.length ? String(Math.max(...all)) : ''
    }
    rows.push([
      name,
      String(some.length),
      String(sum(some, (round) => round.events)),
      String(sum(some, (round) => round.requests)),
      String(sum(some, (round) => round.lost)),
      String(sum(some, (round) => round.duplicates)),
      most((round) => round.duplicates),
      String(sum(some, (round) => round.unlogged)),
      most((round) => round.unlogged),
      most((round) => round.moved),
      most((round) => round.paused),
      String(sum(some, (round) => round.findings.length)),
    ])
  }
  const nameOf = ({ ending, place }: { ending: string; place: Place }) => `${ending}${place === 'two' ? ' (two)' : ''}`
  for (const name of [...new Set(rounds.map(nameOf))].sort())
    add(
      name,
      rounds.filter((round) => nameOf(round) === name),
    )
  if (rounds.length) add('all', rounds)
  printTable(rows, seconds)
}

/** @param managed by Patroni, with HAProxy in front: always synchronous */
async function failover(managed = false): Promise<string[]> {
  const missing = managed ? findMissing() : null
  if (missing) {
    console.log(missing)
    return options.only ? [missing] : []
  }
  const rounds: FailoverRound[] = []
  const began = performance.now()
  console.log(
    `Failovers of PostgreSQL beneath two nodes${managed ? ', by Patroni and HAProxy' : ''}, seed ${options.seed}.`,
  )
  const site = await openFailoverSite({
    seed: options.seed,
    pages: options.pages,
    ...(managed && { open: openPatroni }),
  })
  try {
    for (let i = 0; i < options.failovers && !isOver(); i++) {
      const kind = managed || i % 3 === 1 ? 'synchronous' : 'asynchronous'
      const round = await site.round(kind, { nodesDie: i % 3 === 2, load: 2 })
      rounds.push(round)
      const { answered, gone, events, lost, away, refused, findings } = round
      console.log(
        `${String(i + 1).padStart(4)}  ${nameOfFailover(round).padEnd(32)}  ${answered} acts done, ${gone} of them gone; ` +
          `${events} events, ${lost} told and gone; away for ${(away / 1000).toFixed(1)} s, ${refused} times 503` +
          `${findings.length ? `; ${findings.length} FINDINGS` : ''}`,
      )
      tellFindings(findings)
    }
  } finally {
    await site.close()
    const rows = [['', 'failovers', 'acts', 'gone', 'events', 'told and gone', 'away, s', 'findings']]
    for (const name of new Set(rounds.map(nameOfFailover))) {
      const some = rounds.filter((round) => nameOfFailover(round) === name)
      rows.push([
        name,
        String(some.length),
        String(sum(some, (round) => round.answered)),
        String(sum(some, (round) => round.gone)),
        String(sum(some, (round) => round.events)),
        String(sum(some, (round) => round.lost)),
        `at most ${(Math.max(...some.map((round) => round.away)) / 1000).toFixed(1)}`,
        String(sum(some, (round) => round.findings.length)),
      ])
    }
    printTable(rows, (performance.now() - began) / 1000)
  }
  return rounds.flatMap((round) => round.findings)
}

const nameOfFailover = ({ kind, nodesDied }: FailoverRound) => `${kind}${nodesDied ? ', nodes killed too' : ''}`

const found: string[] = []
const isWanted = (what: typeof options.only) => (options.only ?? what) === what && !isOver()
if (isWanted('friendship')) found.push(...(await friendship()))
if (isWanted('delivery')) found.push(...(await delivery()))
if (isWanted('failover')) found.push(...(await failover()))
if (isWanted('ha')) found.push(...(await failover(true)))
if (isWanted('hostile')) found.push(...(await hostile({ ...options, isOver })))
if (found.length) {
  // Once more: they stand among the lines of many storms.
  console.log(`  ${found.length === 1 ? 'One thing is' : `${found.length} things are`} wrong:`)
  tellFindings(found)
} else console.log('  Nothing was lost, and nothing done by half.')
process.exitCode = found.length ? 1 : 0
