import type { Database, Db } from '../platform/db/database.ts'
import { defaultPreferences, findPreferenceByName, type Preferences } from './preferences.ts'

export type Mode = 'friendship' | 'follow'

/** The community as it stands: its options, and what follows from them. */
export type Community = {
  /** Grows with every change of an option. */
  version: number
  options: Readonly<Preferences>
  mode: Mode
  /** Whether members can be tied at all: with neither option on there are no connections of any kind. */
  tied: boolean
}

export type CommunityState = {
  /** What this node knows; another node's change arrives within a second. */
  current(): Community
  /** Reads it again, after a change here or when an act found that it has changed. */
  refresh(): Promise<Community>
  /** Follows changes made by other nodes until the returned function is called. */
  watch(onError: (error: unknown) => void): () => void
}

/** The mode rule: `follow_enabled` decides, and friendship also wants `connection_enabled`. */
function describe(version: number, options: Preferences): Community {
  const follow = options['configurations.follow_enabled']
  return {
    version,
    options,
    mode: follow ? 'follow' : 'friendship',
    tied: follow || options['configurations.connection_enabled'],
  }
}

export async function loadCommunity(db: Db): Promise<Community> {
  // One statement, one snapshot: the version always belongs to the values beside it.
  const [row] = await db.query<{ version: number; stored: Record<string, never> }>(
    `select version, (select coalesce(json_object_agg(name, value), '{}') from preference) as stored from community`,
  )
  if (!row) throw new Error('The community has no row: run `kith migrate`.')
  const options: Record<string, unknown> = { ...defaultPreferences }
  for (const [name, value] of Object.entries(row.stored)) {
    const definition = findPreferenceByName(name)
    if (definition) options[definition.key] = value
  }
  return describe(row.version, options as Preferences)
}

export async function createCommunityState(db: Database): Promise<CommunityState> {
  let community = await loadCommunity(db)
  let begun = 0
  let shown = 0
  const refresh = async () => {
    const nth = ++begun
    const fresh = await loadCommunity(db)
    // What was asked for later is newer, whatever its version: a standby that took over may not have the last change.
    if (nth > shown) {
      shown = nth
      community = fresh
    }
    return community
  }
  return {
    current: () => community,
    refresh,
    watch(onError) {
      const timer = setInterval(async () => {
        try {
          const [row] = await db.query<{ version: number }>('select version from community')
          if (row && row.version !== community.version) await refresh()
        } catch (error) {
          onError(error)
        }
      }, 1_000)
      timer.unref()
      return () => clearInterval(timer)
    },
  }
}
