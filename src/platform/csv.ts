export type Cell = string | number | null

/**
 * Cells that spreadsheets would run as a formula, also behind white space, invisible characters or full-width signs.
 */
const formula = /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u

function cellOf(cell: Cell): string {
  if (typeof cell === 'number') return String(cell)
  if (!cell) return ''
  const text = formula.test(cell) ? `'${cell}` : cell
  return /[",\r\n\t;']|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Rows as CSV (RFC 4180). A cell that would be a formula gets an apostrophe in front. The byte order mark makes
 * spreadsheets read UTF-8.
 */
export const csvOf = (rows: Cell[][]): Buffer =>
  Buffer.from(`\ufeff${rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')}`)
