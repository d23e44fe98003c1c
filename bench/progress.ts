/** Says what is being done and for how long already: in place on a terminal, a line for each new step elsewhere. */
export function createProgress() {
  const began = performance.now()
  let topic = ''
  return (what: string) => {
    const seconds = Math.floor((performance.now() - began) / 1000)
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what && `  ${clock}  ${what}`.slice(0, 110)}`)
    else if (what && stepOf(what) !== topic) process.stderr.write(`  ${clock}  ${what}\n`)
    topic = stepOf(what)
  }
}

/** What is counted is one step; so are the windows of a measurement. */
const stepOf = (what: string) => what.replace(/: (warming up|window .*)$/, '').replace(/\d+ of/g, '')
