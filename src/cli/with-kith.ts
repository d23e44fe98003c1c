import { type Config, readConfig } from '../config.ts'
import type { Kith } from '../context.ts'
import { createLog } from '../log.ts'
import { openKith, openStore } from '../open.ts'

/** Runs a command on the community that the settings name, beside a Kith that serves it or alone. */
export async function withKith(role: string, work: (kith: Kith, config: Config) => Promise<void>): Promise<void> {
  const config = readConfig(process.env)
  const store = await openStore(config, role, await createLog('warn'))
  try {
    await work(await openKith(config, store), config)
  } finally {
    await store.close()
  }
}

/** A member by id or username, or null. */
export async function findMember(kith: Kith, called: string): Promise<{ id: number; username: string } | null> {
  const [row] = await kith.db.query<{ id: number; username: string }>(
    `select id, username from users where status <> 'u' and (lower(username) = lower($1) or id = $2)
     order by (lower(username) = lower($1)) desc limit 1`,
    [called, /^\d{1,15}$/.test(called) ? Number(called) : null],
  )
  return row ?? null
}
