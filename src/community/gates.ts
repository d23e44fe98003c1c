import type { Ctx } from '../context.ts'
import { refused } from '../platform/errors.ts'
import type { Gate } from '../platform/http/endpoint.ts'

/** Passes only if members connect by asking and accepting. */
export const friendshipMode: Gate<Ctx> = {
  name: 'friendship mode',
  says: 'The community must be in friendship mode: `follow_enabled` false and `connection_enabled` true.',
  check({ community }) {
    if (community.mode === 'follow')
      throw refused('friendship_mode_required', 'This community is in follow mode: members follow each other instead.')
    if (!community.connectionsEnabled)
      throw refused(
        'friendship_mode_required',
        'Connections are switched off in this community (`connection_enabled`).',
      )
  },
}

/** Passes only if members follow each other. */
export const followMode: Gate<Ctx> = {
  name: 'follow mode',
  says: 'The community must be in follow mode: `follow_enabled` true.',
  check({ community }) {
    if (community.mode !== 'follow')
      throw refused(
        'follow_mode_required',
        'This community is in friendship mode: members ask each other to connect instead.',
      )
  },
}
