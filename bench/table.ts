import { saidOfMachine } from './machine.ts'

export const figure = (value: number, digits = 0) =>
  Number.isFinite(value)
    ? value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    : '-'

/** Prints rows under a heading, the first column to the left and figures to the right; then the command, and what the machine did. */
export function printTable(title: string, head: string[], rows: string[][]): void {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join('  ')
      .trimEnd()
  console.log(`\n${title}\n`)
  for (const row of [head, widths.map((width) => '-'.repeat(width)), ...rows]) console.log(`  ${line(row)}`)
  console.log(`\n  npm run bench -- ${process.argv.slice(2).join(' ')}\n  ${saidOfMachine()}`)
}

/** Says whether an aim was reached. Aims are looked at, never enforced: the clock of a shared machine decides nothing. */
export const judged = (reached: boolean, aim: string) => `${reached ? 'reached' : 'MISSED'} (${aim})`
