import { viewsOf } from '../platform/sql/view.ts'
import type { Community } from './state.ts'

const names = ['follow', 'friendship', 'posts', 'discussions', 'statuses', 'viewer'] as const

/** The options that decide which fields members and their contributions have. `key` names the combination. */
export type Flags = { key: string } & Record<(typeof names)[number], boolean>

/** Declares a view with fields that depend on the community. */
export const view = viewsOf<Flags>()

const known = new Map<string, Flags>()

function flags(values: Omit<Flags, 'key'>): Flags {
  const key = names.map((name) => Number(values[name])).join('')
  const one = known.get(key) ?? { key, ...values }
  known.set(key, one)
  return one
}

const byCommunity = new WeakMap<Community, [visitor: Flags, viewer: Flags]>()

/**
 * The flags of a community.
 * @param viewer whether somebody is signed in; a visitor has no connections
 */
export function flagsFor(community: Community, viewer: boolean): Flags {
  let both = byCommunity.get(community)
  if (!both) {
    const { options, mode, connectionsEnabled } = community
    const of = (viewer: boolean) =>
      flags({
        follow: mode === 'follow',
        friendship: mode === 'friendship' && connectionsEnabled,
        posts: options['configurations.post_type_enabled'],
        discussions: options['configurations.discussion_type_enabled'],
        statuses: options['configurations.status_type_enabled'],
        viewer,
      })
    both = [of(false), of(true)]
    byCommunity.set(community, both)
  }
  return both[viewer ? 1 : 0]
}

/** The flags of a community for a viewer, null for a visitor. */
export const flagsSeenBy = (actor: object | null, community: Community): Flags => flagsFor(community, actor !== null)

const either = [true, false]
const modes = [
  { follow: false, friendship: true },
  { follow: true, friendship: false },
  { follow: false, friendship: false },
]

/** Every possible combination, the usual one first. */
export const everyFlags = (): Flags[] =>
  either.flatMap((viewer) =>
    modes.flatMap((mode) =>
      either.flatMap((posts) =>
        either.flatMap((discussions) =>
          either.map((statuses) => flags({ ...mode, posts, discussions, statuses, viewer })),
        ),
      ),
    ),
  )

/** The same, as the variants of a statement. */
export const byFlags = () => everyFlags().map((flags) => ({ flags }))
