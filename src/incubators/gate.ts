import type { Ctx } from '../context.ts'
import { forbidden } from '../platform/errors.ts'
import type { Gate } from '../platform/http/endpoint.ts'

/** Passes only where members may propose categories. */
export const proposalsOn: Gate<Ctx> = {
  name: 'proposals of categories',
  says: 'Only where the option `incubator_enabled` is true.',
  check({ community }) {
    if (!community.options['addons.incubator_enabled'])
      throw forbidden(
        'Nobody proposes categories in this community: the option incubator_enabled is off.',
        'incubators_disabled',
      )
  },
}
