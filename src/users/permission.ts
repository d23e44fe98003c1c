import { type Actor, isStaff } from '../auth/actor.ts'
import type { Community } from '../community/state.ts'
import { mayPoll } from '../polls/inputs.ts'

/** What a member may do here; clients show and hide their buttons by it. */
export function permissionsOf(actor: Actor, { options, mode, connectionsEnabled }: Community): Record<string, boolean> {
  const active = actor.status === 'a'
  const staff = isStaff(actor)
  const publishes = active && (staff || !options['configurations.post_only_staff_enabled'])
  const friendship = mode === 'friendship' && connectionsEnabled
  return {
    create_contribute: publishes,
    create_poll: publishes && mayPoll(actor, { options }),
    locate_post: active && options['addons.post_geolocation_enabled'],
    create_post: publishes,
    create_post_with_category:
      publishes && (staff || !options['configurations.post_with_categories_only_staff_enabled']),
    create_group: active && allows('configurations.groups_enabled', 'configurations.groups_only_staff_enabled'),
    create_event: active && allows('configurations.events_enabled', 'configurations.events_only_staff_enabled'),
    create_course: active && allows('configurations.courses_enabled', 'configurations.courses_only_staff_enabled'),
    create_live_stream:
      active && allows('configurations.live_stream_enabled', 'configurations.live_stream_only_staff_enabled'),
    follow_user: active && mode === 'follow',
    request_connection: active && friendship,
    accept_connection: active && friendship,
  }

  function allows<Key extends keyof typeof options>(enabled: Key, onlyStaff: Key): boolean {
    return Boolean(options[enabled]) && (staff || !options[onlyStaff])
  }
}
