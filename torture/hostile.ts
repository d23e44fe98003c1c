/**
 * Hostile requests: a corpus written by hand, floods, and calls made up from the description of the API, against a Kith
 * as an operator runs it. Nothing of it may end the process or its PostgreSQL, be answered with 500, or be felt by
 * somebody else.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case } from './hostile/case.ts'
import { corpus } from './hostile/corpus/index.ts'
import { floods, tryFewFiles, tryLimits, tryStopping } from './hostile/floods.ts'
import { type Call, createGenerator, type Description } from './hostile/generate.ts'
import { judgeAnswer, judgeCase, judgeRefusal, slowest } from './hostile/judge.ts'
import { bytesOf, sendCase } from './hostile/send.ts'
import { isAnswering, type Memory, openSite, type Site } from './hostile/site.ts'
import { dice, secret } from './storm.ts'

export type HostileOptions = {
  calls: number
  seed: number
  /** Only cases whose theme or name has this in it, and nothing else. */
  match?: string
  isOver(): boolean
}

/** Answers take no longer than this, in ms, and others do not wait longer than that. */
const longest = 1_000
const longestWait = 100
/** On a machine that has more to do than it has cores, everything takes longer: so many times. */
const slack = () => Math.max(1, ((loadavg()[0] ?? 0) - 1) / availableParallelism())
/** Megabytes that Kith and PostgreSQL may grow by, once warm. */
const mostGrowth = 150
const callsAtOnce = 16
/** Calls between one look at everything and the next. */
const stretch = 2_500

type Row = {
  name: string
  requests: number
  good: number
  refused: number
  failed: number
  closed: number
  slowest: number
  /** Of what. */
  slowestOf: string
  /** Of `/healthz` meanwhile. */
  p99: number
  findings: number
}

const quantile = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

export async function hostile(options: HostileOptions): Promise<string[]> {
  const began = performance.now()
  const findings: string[] = []
  const rows: Row[] = []
  const evidence = await mkdtemp(join(tmpdir(), 'kith-hostile-evidence-'))
  let row: Row = emptyRow('')
  const allWaits: number[] = []
  const allNoise: number[] = []
  let exits = 0
  let busiest = 1

  function emptyRow(name: string): Row {
    return {
      name,
      requests: 0,
      good: 0,
      refused: 0,
      failed: 0,
      closed: 0,
      slowest: 0,
      slowestOf: '',
      p99: 0,
      findings: 0,
    }
  }
  const say = (text: string) => console.log(text)
  function find(what: string, repeat = ''): void {
    findings.push(what)
    row.findings++
    say(`      ${row.name}: ${what}${repeat && `\n        ${repeat}`}`)
  }
  function count(status: number): void {
    row.requests++
    if (status >= 500) row.failed++
    else if (status >= 400) row.refused++
    else row.good++
  }

  function note(ms: number, of: string): void {
    if (ms <= row.slowest) return
    row.slowest = ms
    row.slowestOf = of
  }

  /** A line that sends the same bytes again. */
  async function repeatOf(each: Pick<Case, 'send' | 'who'>, site: Site): Promise<string> {
    const bytes = Buffer.concat(bytesOf(each, site.target))
    const { host, port } = site.target
    if (bytes.length < 600) {
      const text = [...bytes].map((byte) =>
        byte >= 0x20 && byte < 0x7f && !`'\\%`.includes(String.fromCharCode(byte))
          ? String.fromCharCode(byte)
          : `\\x${byte.toString(16).padStart(2, '0')}`,
      )
      return `(printf '${text.join('').replaceAll('\\x0d\\x0a', '\\r\\n')}'; sleep 3) | nc ${host} ${port}`
    }
    const file = join(evidence, `${findings.length + 1}.bin`)
    await writeFile(file, bytes.subarray(0, 20_000_000))
    return `(cat ${file}; sleep 3) | nc ${host} ${port}`
  }

  say(`Hostile requests, seed ${options.seed}; each is repeated by the line beneath it.`)
  const site = await openSite({})
  let base: Memory = { kith: 0, postgres: 0 }
  const peak: Memory = { kith: 0, postgres: 0 }
  let end: Memory = base
  let isWarm = false

  async function weigh(): Promise<void> {
    end = await site.memory()
    if (!isWarm) return
    peak.kith = Math.max(peak.kith, end.kith)
    peak.postgres = Math.max(peak.postgres, end.postgres)
  }
  const weighing = setInterval(() => {
    weigh().catch((error) => find(`memory cannot be read: ${error.message}`))
  }, 1_000)

  /** Looks whether all is well behind what was just sent. */
  async function look(at: string, repeat: () => Promise<string>): Promise<void> {
    const ended = await site.revive()
    exits += ended.filter((each) => /ended/.test(each)).length
    for (const what of ended) find(`${at}: ${what}`, await repeat())
    for (const what of site.overheard()) find(`${at}: ${what}`, await repeat())
  }
  async function closeRow(): Promise<void> {
    const { took, failed, machine } = await site.waited()
    took.sort((a, b) => a - b)
    machine.sort((a, b) => a - b)
    row.p99 = quantile(took, 0.99)
    // Few looks say little of a hundredth.
    const [most, noise] = [took.at(-1) ?? 0, quantile(machine, 0.99)]
    if (
      (took.length >= 200 && row.p99 > longestWait * slack() + noise) ||
      most > longest * slack() + (machine.at(-1) ?? 0)
    )
      find(
        `others waited ${Math.round(row.p99)} ms for /healthz (p99), ${Math.round(most)} ms at most; ` +
          `for a server that does nothing ${Math.round(noise)} ms and ${Math.round(machine.at(-1) ?? 0)} ms`,
      )
    if (failed && !exits) find(`others were not answered at /healthz ${failed} times`)
    for (const each of took) allWaits.push(each)
    for (const each of machine) allNoise.push(each)
    rows.push(row)
    busiest = Math.max(busiest, slack())
    say(
      `${row.name.padEnd(34)} ${String(row.requests).padStart(6)} requests, slowest ${String(Math.round(row.slowest)).padStart(5)} ms, ` +
        `/healthz p99 ${Math.round(row.p99)} ms, ${Math.round(end.kith)} + ${Math.round(end.postgres)} MB${row.findings ? `; ${row.findings} FINDINGS` : ''}` +
        (row.slowest > longest / 5 ? `; the slowest is ${row.slowestOf}` : ''),
    )
  }

  async function tryCase(each: Case): Promise<void> {
    let outcome = await sendCase(each, site.target)
    const patience = ((each.patience ?? longest) + (each.pause ?? 0)) * slack()
    // A machine that others use, too, is slow at times: what is slow is slow again.
    for (let again = 0; again < 2 && slowest(outcome) > patience && !outcome.silent; again++)
      outcome = await sendCase(each, site.target)
    for (const { status } of outcome.answers) count(status)
    if (!outcome.answers.length) row.requests++
    if (outcome.closed || each.ending === 'reset') row.closed++
    if (!each.patience) note(slowest(outcome), each.name)
    const wrong = judgeCase(each, outcome)
    if (slowest(outcome) > patience) wrong.push(`an answer took ${Math.round(slowest(outcome))} ms`)
    for (const what of wrong) find(`"${each.name}": ${what}`, await repeatOf(each, site))
    // What is still at work would be told of the next.
    for (let i = 0; wrong.length && i < 10 && !(await isAnswering(site)); i++);
    await look(`"${each.name}"`, () => repeatOf(each, site))
  }

  async function tryCorpus(): Promise<void> {
    for (const { name, cases } of corpus(secret)) {
      const chosen = cases.filter((each) => !options.match || `${name} ${each.name}`.includes(options.match))
      if (!chosen.length || options.isOver()) continue
      row = emptyRow(name)
      // Who waits for something is waited for beside the others.
      const waiting = chosen.filter(({ patience = 0 }) => patience > 20_000).map(tryCase)
      for (const each of chosen) if ((each.patience ?? 0) <= 20_000 && !options.isOver()) await tryCase(each)
      await Promise.all(waiting)
      await site.mend()
      await closeRow()
    }
  }

  async function tryCall(call: Call, nth: number): Promise<void> {
    const each: Case = { name: call.operation, who: call.who, send: call.request, allowed: [] }
    const { answers, silent, closed } = await sendCase(each, site.target)
    const [answer] = answers
    const at = `call ${nth}, ${call.who}, ${call.operation}`
    if (!answer) {
      row.requests++
      if (closed) row.closed++
      if (silent || closed)
        find(`${at}: ${closed ? 'closed without an answer' : 'no answer'}`, await repeatOf(each, site))
      return
    }
    count(answer.status)
    note(answer.ms, each.name)
    const isHead = call.request.method === 'HEAD'
    const wrong =
      judgeAnswer(answer) ??
      (answer.status === 503 ? `503: ${answer.body.slice(0, 200)}` : null) ??
      (answer.status >= 400 && !isHead ? judgeRefusal(answer) : null)
    if (wrong) find(`${at}: ${wrong}`, await repeatOf(each, site))
    if (answer.ms > longest) {
      const again = await sendCase(each, site.target)
      if (slowest(again) > longest * slack())
        find(
          `${at}: took ${Math.round(answer.ms)} ms, and again ${Math.round(slowest(again))} ms`,
          await repeatOf(each, site),
        )
    }
  }

  async function tryCalls(name: string, calls: number, seed: number): Promise<void> {
    row = emptyRow(name)
    const { body, status } = await site.call('GET', '/openapi.json')
    if (status !== 200) return find(`the description of the API is answered with ${status}`)
    const description = body as unknown as Description
    for (let done = 0; done < calls && !options.isOver(); done += stretch) {
      // Each stretch is drawn anew, so that one of them can be repeated alone.
      const next = createGenerator(description, dice(seed * 1_000 + done), {
        ids: site.target.ids,
        receiver: site.receiver,
      })
      const made = Array.from({ length: Math.min(stretch, calls - done) }, next)
      let at = 0
      await Promise.all(
        Array.from({ length: callsAtOnce }, async () => {
          for (let i = at++; i < made.length; i = at++) await tryCall(made[i] as Call, done + i)
        }),
      )
      await look(
        `calls ${done} to ${done + made.length}`,
        async () => `npm run torture -- --only hostile --seed ${options.seed}`,
      )
      await site.mend()
      if (calls > stretch)
        say(
          `      ${done + made.length} of ${calls} calls, ${row.refused} refused, ${row.failed} failed, ` +
            `Kith ${Math.round(end.kith)} MB, PostgreSQL ${Math.round(end.postgres)} MB`,
        )
    }
    await closeRow()
  }

  /** A flood, or what is like one. */
  async function tryFlood(
    name: string,
    run: () => Promise<{ findings: string[]; requests: number }>,
    isOver = false,
  ): Promise<void> {
    if (options.isOver()) return
    row = emptyRow(name)
    const { findings, requests } = await run().catch((error: Error) => ({
      findings: [`it could not be tried: ${error.message}`],
      requests: 0,
    }))
    row.requests = requests
    for (const what of findings) find(what)
    if (!isOver) await look(name, async () => '')
    await closeRow()
  }

  try {
    if (!options.match) {
      await tryCalls('to get warm', Math.min(2_000, options.calls), options.seed + 1)
      await weigh()
      base = { ...end }
      isWarm = true
      await site.mend(true)
    }
    await tryCorpus()
    if (!options.match) {
      for (const flood of floods) await tryFlood(flood.name, () => flood.run(site))
      await tryFlood('fewer files than connections', () => tryFewFiles(site))
      await tryCalls('made up', options.calls, options.seed)
      row = emptyRow('afterwards')
      for (const what of await site.doctor()) find(what)
      await weigh()
      for (const part of ['kith', 'postgres'] as const) {
        const grown = peak[part] - base[part]
        if (grown > mostGrowth)
          find(
            `${part} grew by ${Math.round(grown)} MB, from ${Math.round(base[part])}; at the end it has ${Math.round(end[part])}`,
          )
      }
      clearInterval(weighing)
      await tryFlood('a stop with open connections', () => tryStopping(site), true)
    }
  } finally {
    clearInterval(weighing)
    await site.close()
  }
  if (!options.match && !options.isOver()) {
    await tryLimits((name, wrong, requests) => {
      row = { ...emptyRow(name), requests }
      for (const what of wrong) find(what)
      rows.push(row)
    })
  }
  summarise()
  if (!findings.length) await rm(evidence, { recursive: true, force: true })
  return findings

  function summarise(): void {
    const head = ['', 'requests', '2xx', '4xx', '5xx', 'closed', 'slowest, ms', '/healthz p99, ms', 'findings']
    const table = rows.map((each) => [
      each.name,
      String(each.requests),
      String(each.good),
      String(each.refused),
      String(each.failed),
      String(each.closed),
      String(Math.round(each.slowest)),
      each.p99.toFixed(1),
      String(each.findings),
    ])
    const lines = [head, ...table]
    const widths = head.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)))
    say('')
    for (const line of lines)
      say(
        `  ${line.map((cell, i) => (i ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number))).join('   ')}`,
      )
    allWaits.sort((a, b) => a - b)
    allNoise.sort((a, b) => a - b)
    const round = (n: number) => Math.round(n)
    say('')
    say(
      `  ${rows.reduce((sum, each) => sum + each.requests, 0)} requests, ${rows.reduce((sum, each) => sum + each.failed, 0)} answered with 5xx, ${exits} ends of a process`,
    )
    say(
      `  /healthz for somebody else, ${allWaits.length} times: p50 ${quantile(allWaits, 0.5).toFixed(1)} ms, ` +
        `p99 ${quantile(allWaits, 0.99).toFixed(1)} ms, at most ${round(allWaits.at(-1) ?? 0)} ms ` +
        `(a server that does nothing: ${quantile(allNoise, 0.5).toFixed(1)}, ${quantile(allNoise, 0.99).toFixed(1)}, ${round(allNoise.at(-1) ?? 0)})`,
    )
    if (busiest > 1)
      say(`  Others were at work on this machine: times up to ${busiest.toFixed(1)} times as long were let pass.`)
    if (isWarm)
      say(
        `  memory: Kith ${round(base.kith)} MB warm, ${round(peak.kith)} at most, ${round(end.kith)} at the end; ` +
          `PostgreSQL ${round(base.postgres)}, ${round(peak.postgres)}, ${round(end.postgres)} (without what it shares)`,
      )
    say(
      `  ${round((performance.now() - began) / 1000)} s, seed ${options.seed}${findings.length ? `; bytes of what is long are in ${evidence}` : ''}`,
    )
  }
}
