import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { type Opened, openStore } from '../open.ts'
import { migrate } from '../platform/db/migrate.ts'
import { planMigrations } from '../platform/db/plan-migrations.ts'
import { tellMigration } from '../platform/db/tell-migration.ts'
import { type Said, say } from './say.ts'

/**
 * Brings the schema up to date and prints what was done; with `plan`, prints what would be done, and changes nothing.
 */
export async function migrateNow({ plan = false, ...said }: { plan?: boolean } & Said): Promise<void> {
  const config = readConfig(process.env)
  const store = await openStore(config, 'migrate', await createLog('warn', 2))
  try {
    if (plan) return await printPlan(store, said)
    const done = await migrate(store.db.pool, { tell: tellMigration() })
    say(said, { done }, done.length ? `Done: ${done.join(', ')}.` : 'The schema is up to date.')
  } finally {
    await store.close()
  }
}

async function printPlan({ db }: Opened, { json }: Said): Promise<void> {
  const planned = await planMigrations(db.pool)
  if (json) return console.log(JSON.stringify({ planned }))
  if (!planned.length) return console.log('The schema is up to date.')
  for (const { name, rows, count, seconds, online, meanwhile } of planned) {
    const of = rows && count ? `, ${Math.round(count).toLocaleString('en')} rows of ${rows}` : ''
    console.log(`${name}  (${duration(seconds)}${of})`)
    console.log(`  A server of the version before ${online ? 'may go on serving' : 'should be stopped'}. ${meanwhile}`)
  }
  const all = planned.reduce((sum, { seconds }) => sum + seconds, 0)
  const stop = planned.some(({ online }) => !online)
  console.log(
    `\n${planned.length} to run, ${duration(all)} on a machine like the one they were measured on (two slow cores). ` +
      `${stop ? 'Stop the servers first. ' : ''}Make a backup first: there is no way back. Nothing was changed now.`,
  )
}

const duration = (seconds: number) =>
  seconds < 2
    ? 'a moment'
    : seconds < 120
      ? `about ${Math.ceil(seconds)} s`
      : `about ${Math.ceil(seconds / 60)} minutes`
