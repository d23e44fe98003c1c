import { countThere, moveIn } from '../movein/move.ts'
import { createReport, type Report } from '../movein/report.ts'
import { openSource } from '../movein/source.ts'
import { CannotStart } from '../platform/process.ts'
import { createBar } from './bar.ts'
import { changeKith } from './with-kith.ts'

export type ImportCommunityOptions = {
  token?: string
  roles?: boolean
  announce?: boolean
  dryRun?: boolean
  json?: boolean
}

/** Moves a community in through its present API. What was moved stays, whatever interrupts this: run it again. */
export async function importCommunity(url: string, options: ImportCommunityOptions): Promise<void> {
  const { token, roles = false, announce = false, dryRun, json } = options
  if (!token) throw new CannotStart('Give a token of an administrator there, by --token or KITH_TOKEN.')
  const source = openSource(url, token, { say: (what) => console.error(what) })
  if ((await source.get('/user/me/')) === null)
    throw new CannotStart(`${source.base} does not say whose token this is.`)
  if (dryRun) return printCounts(await countThere(source), source.base, json)
  const report = createReport()
  await changeKith('import-community', options, async (kith) => {
    const bar = createBar(1, 'options')
    try {
      const tell = (what: string, done: number, all: number) => bar.tell(done, Math.max(done, all), what)
      await moveIn({ kith, source, options: { roles, events: announce }, report, tell })
    } finally {
      bar.stop()
      if (json) console.log(JSON.stringify({ counts: report.counts, reasons: report.reasons }))
      else printReport(report)
    }
  })
}

function printCounts(counts: Record<string, number | null>, base: string, json = false): void {
  if (json) console.log(JSON.stringify(counts))
  else {
    for (const [what, n] of Object.entries(counts))
      console.log(`${what.padEnd(12)} ${n === null ? 'not told' : n.toLocaleString('en')}`)
    console.log(`${base} has these, and what was said about them. Nothing was written here.`)
  }
}

function printReport({ counts, reasons }: Report): void {
  for (const [what, { new: fresh, there, failed }] of Object.entries(counts))
    console.log(
      `${what.padEnd(24)} ${fresh.toLocaleString('en')} new, ${there.toLocaleString('en')} here already` +
        `${failed ? `, ${failed.toLocaleString('en')} did not come` : ''}`,
    )
  if (!reasons.length) return
  console.log('\nWhat did not come as it was:')
  for (const { what, why, n, such } of reasons)
    console.log(`  ${n.toLocaleString('en')} ${what}: ${why} (${such.join(', ')}${n > such.length ? ', ...' : ''})`)
}
