import type { Database, Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'
import { defaultPreferences, findPreferenceByName, type Preferences } from './preferences.ts'
import { type ProfileField, readFields } from './profile-fields.ts'
import { publicAddressSql } from './public-address.ts'

export type Mode = 'friendship' | 'follow'

/** The present state of the community: its options, and what follows from them. */
export type Community = {
  /** Grows with every change of an option. */
  version: number
  options: Readonly<Preferences>
  mode: Mode
  /** Base of absolute addresses; empty if no server has ever set it. */
  publicAddress: string
  /** Whether members can be connected at all: with both options off there are no connections of any kind. */
  connectionsEnabled: boolean
  /** The fields it has added to profiles. */
  profileFields: readonly ProfileField[]
}

export type CommunityState = {
  /** What this node knows; another node's change arrives within a second. */
  current(): Community
  /** Reads it again, after a change here or when an act found that it has changed. */
  refresh(): Promise<Community>
  /** Follows changes by other nodes until the returned function is called. */
  watch(onError: (error: unknown) => void): () => void
}

/** Whether members connect by asking and accepting. */
export const areFriendships = ({ mode, connectionsEnabled }: Community) => mode === 'friendship' && connectionsEnabled

/** The mode: `follow_enabled` decides, and friendship also needs `connection_enabled`. */
function describe(version: number, publicAddress: string, options: Preferences): Community {
  const follow = options['configurations.follow_enabled']
  return {
    version,
    publicAddress,
    options,
    mode: follow ? 'follow' : 'friendship',
    connectionsEnabled: follow || options['configurations.connection_enabled'],
    profileFields: readFields(options['configurations.user_metadata_definition']),
  }
}

const loading = statement({
  name: 'community: load',
  takes: {},
  gives: { version: 'int', address: 'text', stored: 'json' },
  // One statement, one snapshot: the version belongs to the values beside it.
  sql: () => `select version, ${publicAddressSql} as address, (select coalesce(json_object_agg(name, value), '{}') from preference) as stored
    from community`,
})

const versions = statement({
  name: 'community: version',
  takes: {},
  gives: { version: 'int' },
  sql: () => 'select version from community',
})

/**
 * The community as the database has it now.
 * @param pushKey follows from this node's secret, not from the database
 */
export async function loadCommunity(db: Db, pushKey = ''): Promise<Community> {
  const row = await loading.row(db, {})
  if (!row) throw new Error('The community has no row: run `kith migrate`.')
  const options: Record<string, unknown> = { ...defaultPreferences }
  for (const [name, value] of Object.entries(row.stored as object)) {
    const definition = findPreferenceByName(name)
    // Stored values of options that are not built have no effect.
    if (definition && !definition.notYet) options[definition.key] = value
  }
  options['providers.web_push_public_key'] = pushKey
  return describe(row.version, row.address ?? '', options as Preferences)
}

export async function createCommunityState(db: Database, pushKey = ''): Promise<CommunityState> {
  let community = await loadCommunity(db, pushKey)
  let begun = 0
  let shown = 0
  const refresh = async () => {
    const nth = ++begun
    const fresh = await loadCommunity(db, pushKey)
    // A later request is newer, whatever its version: a standby that took over may lack the last change.
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
          const row = await versions.row(db, {})
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
