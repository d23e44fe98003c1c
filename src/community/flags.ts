import { type Actor, isStaff } from '../auth/actor.ts'
import type { Community } from './state.ts'

const names = ['follow', 'friendship', 'posts', 'discussions', 'statuses', 'polls', 'viewer'] as const

/** The options that decide which fields members and their contributions have. `key` names the combination. */
export type Flags = { key: string } & Record<(typeof names)[number], boolean>

const known = new Map<string, Flags>()

function flags(values: Omit<Flags, 'key'>): Flags {
  const key = names.map((name) => Number(values[name])).join('')
  const one = known.get(key) ?? { key, ...values }
  known.set(key, one)
  return one
}

type Viewer = 'visitor' | 'member' | 'staff'
const byCommunity = new WeakMap<Community, Record<Viewer, Flags>>()

/**
 * The flags of a community, as its members see it and its events tell it.
 * @param viewer whether somebody is signed in; a visitor has no connection to anyone
 */
export const flagsFor = (community: Community, viewer: boolean): Flags =>
  flagsAs(community, viewer ? 'member' : 'visitor')

/** The flags of a community as somebody sees it: staff has polls, and their counts, where others have none. */
export const flagsSeenBy = (actor: Actor | null, community: Community): Flags =>
  flagsAs(community, !actor ? 'visitor' : isStaff(actor) ? 'staff' : 'member')

function flagsAs(community: Community, viewer: Viewer): Flags {
  let all = byCommunity.get(community)
  if (!all) {
    const { options, mode, connectionsEnabled } = community
    const of = (viewer: Viewer) =>
      flags({
        follow: mode === 'follow',
        friendship: mode === 'friendship' && connectionsEnabled,
        posts: options['configurations.post_type_enabled'],
        discussions: options['configurations.discussion_type_enabled'],
        statuses: options['configurations.status_type_enabled'],
        polls: options['addons.polls_enabled'] || viewer === 'staff',
        viewer: viewer !== 'visitor',
      })
    all = { visitor: of('visitor'), member: of('member'), staff: of('staff') }
    byCommunity.set(community, all)
  }
  return all[viewer]
}

const either = [true, false]
const modes = [
  { follow: false, friendship: true },
  { follow: true, friendship: false },
  { follow: false, friendship: false },
]

/** Every combination there can be, the usual one first. */
export const everyFlags = (): Flags[] =>
  either.flatMap((viewer) =>
    modes.flatMap((mode) =>
      either.flatMap((posts) =>
        either.flatMap((discussions) =>
          either.flatMap((statuses) =>
            either.map((polls) => flags({ ...mode, posts, discussions, statuses, polls, viewer })),
          ),
        ),
      ),
    ),
  )

/** The same, as the variants of a statement. */
export const byFlags = () => everyFlags().map((flags) => ({ flags }))
