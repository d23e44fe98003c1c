const special = /["\\]/g

/**
 * An array as PostgreSQL reads it. `pg` quotes and looks through each element, a number as well: of a statement that writes
 * hundreds of rows, that was the most expensive part of sending it.
 */
export function writeArray(values: readonly unknown[]): string {
  return `{${values.map(writeElement).join(',')}}`
}

function writeElement(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (value === null || value === undefined) return 'NULL'
  if (typeof value !== 'string') throw new Error(`An array of a statement has an element that is ${typeof value}`)
  return `"${value.replace(special, '\\$&')}"`
}
