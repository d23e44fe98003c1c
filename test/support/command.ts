import { type ChildProcess, spawn } from 'node:child_process'
import { startOfKith } from './compiled.ts'

/** A command of Kith, as an operator runs it. */
export type Command = {
  child: ChildProcess
  /** All it has printed and logged. */
  out: string
  /** Where it serves, once it does. */
  base: string
  /** How it ended: its exit code, or the signal. */
  ended: Promise<number | string | null>
}

const started: ChildProcess[] = []

/** Kills what is left of all of them, or sends another signal. */
export function killCommands(signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const child of started) child.kill(signal)
}

/**
 * Runs a command, and waits until it serves or ends.
 * @param until what it has said once it is ready, if it is not to be waited for until it serves
 */
export function runCommand(
  args: string[],
  env: Record<string, string>,
  until = /"base":"([^"]+)","msg":"serving"/,
): Promise<Command> {
  const child = spawn(process.execPath, [...startOfKith, ...args], {
    env: { ...process.env, DATABASE_URL: '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  const running: Command = { child, out: '', base: '', ended: new Promise(() => {}) }
  return new Promise((resolve) => {
    running.ended = new Promise((end) => child.on('close', (code, signal) => end(signal ?? code)))
    running.ended.then(() => resolve(running))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        running.out += text
        const found = until.exec(running.out)
        if (!found) return
        running.base = found[1] ?? ''
        resolve(running)
      })
    }
  })
}
