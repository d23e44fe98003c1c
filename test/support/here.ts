import { run } from '../../src/cli/program.ts'

export type Ended = { code: number; out: string; err: string }

/**
 * Runs a command in this process, as `kith ARGUMENTS` would: a process of its own takes ten times as long to start. What
 * a process does besides (to stop, to leave, to be killed) needs `runCommand`.
 */
export async function runHere(args: string[], env: Record<string, string>): Promise<Ended> {
  const ended: Ended = { code: 0, out: '', err: '' }
  const before = { ...process.env }
  const { log, error } = console
  const writes = [process.stdout, process.stderr].map((stream) => stream.write)
  const hear = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    ended[stream] += text
    return true
  }
  Object.assign(process.env, env)
  console.log = (...said) => (ended.out += `${said.join(' ')}\n`)
  console.error = (...said) => (ended.err += `${said.join(' ')}\n`)
  process.stdout.write = hear('out')
  process.stderr.write = hear('err')
  try {
    await run(args)
    ended.code = Number(process.exitCode ?? 0)
  } finally {
    Object.assign(console, { log, error })
    const [out, err] = writes as [typeof process.stdout.write, typeof process.stderr.write]
    process.stdout.write = out
    process.stderr.write = err
    process.exitCode = undefined
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  }
  return ended
}
