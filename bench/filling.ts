import type { Database } from '../src/platform/db/database.ts'

/** Fills a table without its indexes, which are made again when it is full: row by row they take most of the time. */
export async function fillWithoutIndexes(
  db: Database,
  table: string,
  say: (what: string) => void,
  fill: () => Promise<void>,
): Promise<void> {
  await db.query(`set session_replication_role = replica`)
  await db.query(`set synchronous_commit = off`)
  await db.query(`set maintenance_work_mem = '512MB'`)
  // What makes rows unique stays: other tables refer to it.
  const indexes = await db.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where indrelid = $1::regclass and not indisunique`,
    [table],
  )
  for (const { name } of indexes) await db.query(`drop index ${name}`)
  await fill()
  for (const [i, { definition, name }] of indexes.entries()) {
    say(`indexing ${table}, ${name}: ${i + 1} of ${indexes.length}`)
    await db.query(definition)
  }
  await db.query(`reset session_replication_role`)
  await db.query(`reset synchronous_commit`)
  await db.query(`reset maintenance_work_mem`)
}

/** Says each step, and keeps how long each took. */
export function createSteps(say: (what: string) => void) {
  const steps: { name: string; seconds: number }[] = []
  let [from, name] = [performance.now(), '']
  return {
    say(what: string) {
      // What is counted is one step.
      const next = what.split(':', 1)[0] as string
      if (next !== name && name) steps.push({ name, seconds: (performance.now() - from) / 1000 })
      if (next !== name) [from, name] = [performance.now(), next]
      say(what)
    },
    /** Ends the last step. */
    taken() {
      if (name) steps.push({ name, seconds: (performance.now() - from) / 1000 })
      name = ''
      return steps
    },
  }
}

/** One row a community: how long filling it took, and the longest steps of it. */
export function rowOfFilling(size: string, steps: { name: string; seconds: number }[]): string[] {
  const whole = steps.reduce((sum, { seconds }) => sum + seconds, 0)
  const longest = [...steps].sort((a, b) => b.seconds - a.seconds).slice(0, 3)
  return [size, whole.toFixed(0), longest.map(({ name, seconds }) => `${name} ${seconds.toFixed(0)}`).join(', ')]
}
