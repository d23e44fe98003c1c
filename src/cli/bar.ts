import { SingleBar } from 'cli-progress'

/** A progress bar on standard error; without a terminal, a line every five seconds. `{what}` names what is done. */
export function createBar(
  all: number,
  what: string,
): { tell(done: number, of?: number, what?: string): void; stop(): void } {
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {what} | {duration_formatted}',
    noTTYOutput: true,
    notTTYSchedule: 5_000,
    hideCursor: true,
  })
  bar.start(Math.max(all, 1), 0, { what })
  return {
    tell(done, of, now) {
      if (of !== undefined) bar.setTotal(Math.max(of, 1))
      bar.update(done, now ? { what: now } : {})
    },
    stop: () => bar.stop(),
  }
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** A size in readable units. */
export function sized(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1_000 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1]
  return `${value < 10 && unit ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}
