/**
 * Kills Kith, and the PostgreSQL beneath it, in the middle of storms, and looks each time whether what was answered
 * is there: `npm run torture -- --kills 100 --postgres 20 --minutes 30`. Ends with 1 when anything at all was wrong.
 */
import { Command, InvalidArgumentError } from 'commander'
import { type Ending, openSite, type Round } from './storm.ts'

const whole = (text: string) => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}

const options = new Command('torture')
  .description('Kills Kith and its PostgreSQL in the middle of storms, and looks whether anything was lost or halved.')
  .option('--kills <n>', 'storms in which Kith is killed', whole, 100)
  .option('--postgres <n>', 'storms in which PostgreSQL is killed with all it runs', whole, 20)
  .option('--stops <n>', 'storms in which Kith is asked to stop', whole, 5)
  .option('--minutes <n>', 'stop after this many minutes, whatever is left', whole, 60)
  .option('--seed <n>', 'what the storms are drawn from', whole, Date.now() % 1_000_000)
  .parse()
  .opts<{ kills: number; postgres: number; stops: number; minutes: number; seed: number }>()

const rounds: Round[] = []
const until = performance.now() + options.minutes * 60_000
let interrupted = false
process.on('SIGINT', () => {
  if (interrupted) process.exit(130)
  interrupted = true
  console.log('\nStopping after this storm. Again: at once.')
})

/** Kinds of endings mixed, so that a long run cut short has seen all of them. */
function plan(): Ending[] {
  const wanted: [Ending, number][] = [
    ['kill Kith', options.kills],
    ['kill PostgreSQL', options.postgres],
    ['stop Kith', options.stops],
  ]
  return wanted
    .flatMap(([ending, times]) => Array.from({ length: times }, (_, i) => ({ ending, at: (i + 0.5) / times })))
    .sort((a, b) => a.at - b.at)
    .map(({ ending }) => ending)
}

function tell(round: Round): void {
  const { ending, mode, lasted, restarted, done, refused, unanswered, events, findings } = round
  console.log(
    `${String(rounds.length).padStart(4)}  ${ending.padEnd(15)}  ${mode.padEnd(10)}  after ${String(lasted).padStart(3)} ms: ` +
      `${done} done, ${refused} refused, ${unanswered} unanswered, ${events} events; back in ${restarted} ms` +
      `${findings.length ? `; ${findings.length} FINDINGS` : ''}`,
  )
  for (const finding of findings) console.log(`      ${finding}`)
}

function summarise(seconds: number): void {
  const sum = (some: Round[], of: (round: Round) => number) => some.reduce((total, round) => total + of(round), 0)
  const rows = [['', 'storms', 'done', 'refused', 'unanswered', 'events', 'back in, ms', 'findings']]
  for (const ending of ['kill Kith', 'kill PostgreSQL', 'stop Kith'] as const) {
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

const began = performance.now()
console.log(`Storms against an embedded PostgreSQL, seed ${options.seed}.`)
const site = await openSite({ seed: options.seed })
try {
  for (const ending of plan()) {
    if (interrupted || performance.now() > until) break
    const round = await site.storm(ending)
    rounds.push(round)
    tell(round)
  }
} finally {
  await site.close()
  summarise((performance.now() - began) / 1000)
}
const found = rounds.flatMap((round) => round.findings)
console.log(found.length ? `  ${found.length} things are wrong.` : '  Nothing was lost, and nothing done by half.')
process.exitCode = found.length ? 1 : 0
