/**
 * Named points at which a test ends the process, as a power cut would: KITH_CRASH_AT="name:n" does so at the n-th
 * passage. Otherwise this function does nothing.
 */
export const failpoint: (name: string) => void = createFailpoint(process.env.KITH_CRASH_AT)

function createFailpoint(wanted: string | undefined): (name: string) => void {
  const [, name, count] = /^(.+):(\d+)$/.exec(wanted ?? '') ?? []
  if (!name) return () => {}
  let left = Number(count)
  return (passed) => {
    if (passed === name && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
