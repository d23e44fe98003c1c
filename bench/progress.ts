/** Says what is being done and for how long already: in place on a terminal, a line for each new thing elsewhere. */
export function createProgress() {
  const began = performance.now()
  let topic = ''
  return (what: string) => {
    const seconds = Math.floor((performance.now() - began) / 1000)
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what && `  ${clock}  ${what}`.slice(0, 110)}`)
    else if (what && what.split(':', 1)[0] !== topic) process.stderr.write(`  ${clock}  ${what}\n`)
    topic = what.split(':', 1)[0] as string
  }
}
