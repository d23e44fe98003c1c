/**
 * Named instants at which a test may end the process, as a power cut would: KITH_CRASH_AT="name:n" does so when the
 * n-th thing passes that point. Elsewhere this is an empty function.
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
