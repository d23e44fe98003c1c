import type { Ctx } from '../context.ts'
import { forbidden } from '../platform/errors.ts'
import type { Gate } from '../platform/http/endpoint.ts'

/** A kind of contribution. All of them have the same addresses, under their own name. */
export type Kind = {
  name: 'status' | 'post' | 'discussion'
  plural: string
  /** As the tables know it. */
  id: 1 | 2 | 3
  /** The author's counter. */
  counter: 'statuses' | 'posts' | 'discussions'
  option: `configurations.${'status' | 'post' | 'discussion'}_type_enabled`
  /** Has a title of its own. */
  titled: boolean
  /** Can carry a poll. */
  polled: boolean
}

const kind = (
  id: Kind['id'],
  name: Kind['name'],
  plural: Kind['counter'],
  has: { titled: boolean; polled: boolean },
): Kind => ({
  id,
  name,
  plural,
  counter: plural,
  option: `configurations.${name}_type_enabled`,
  ...has,
})

export const kinds = {
  status: kind(1, 'status', 'statuses', { titled: false, polled: false }),
  post: kind(2, 'post', 'posts', { titled: false, polled: true }),
  discussion: kind(3, 'discussion', 'discussions', { titled: true, polled: true }),
}

/** Only where the community has this kind of contribution. */
export const enabled = ({ name, plural, option }: Kind): Gate<Ctx> => ({
  name: `${name} type`,
  says: `Only where the option \`${name}_type_enabled\` is true.`,
  check({ community }) {
    if (!community.options[option])
      throw forbidden(`This community has no ${plural}: the option ${name}_type_enabled is off.`, 'type_disabled')
  },
})
