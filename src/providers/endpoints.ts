import { activeSelfOrAdmin, anyone } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { created, nothing, one } from '../platform/http/endpoint.ts'
import { line } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { memberId, url } from '../users/inputs.ts'
import {
  addProvider,
  checkProvider,
  removeProvider,
  renderProviders,
  UserProvider,
  UserProviders,
} from './providers.ts'

const list = one(UserProviders)
const which = {
  ext_id: line({ minLength: 1, maxLength: 255, description: 'The id there.' }),
  provider: Type.String({
    pattern: '^[a-z0-9_-]{1,50}$',
    maxLength: 50,
    sentence: 'Send the name of the service, in lower-case letters and digits.',
    description: "The service, as `google`. The id in the system you come from is the member's `ext_id`.",
  }),
}

export const listProviders = endpoint('GET /api/v2/user/provider/', {
  summary: "Get user's social associations",
  description:
    "A bare array: the caller's own unless `user_id` names a member. All for the member themselves and " +
    'administrators; for others those shown in the profile.',
  who: anyone,
  takes: { user_id: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })) },
  returns: list,
  refuses: { 404: 'No member has this id.' },
  act: (ctx, { user_id }) => renderProviders(ctx, user_id),
})

export const listProvidersOf = endpoint('GET /api/v2/user/{id}/provider/', {
  summary: "Get a member's social associations",
  description: 'The same, at the address that official clients use.',
  who: anyone,
  takes: { id: memberId },
  returns: list,
  act: (ctx, { id }) => renderProviders(ctx, id),
})

export const createProvider = endpoint('POST /api/v2/user/{id}/provider/', {
  summary: 'Create a social association',
  description: 'Members claim this themselves: it proves nothing, and signs nobody in. A known account is changed.',
  who: activeSelfOrAdmin,
  takes: {
    id: memberId,
    ...which,
    profile_url: Type.Optional(url),
    show_in_profile: Type.Optional(Type.Boolean({ description: 'Whether others see it; false by default.' })),
    metadata: Type.Optional(
      nullable(
        Type.Record(Type.String(), Type.Unknown(), {
          sentence: 'Send an object, or one as JSON text.',
          description: 'An object of your own, at most 10,000 characters; everybody who sees the account sees it.',
        }),
      ),
    ),
  },
  checks: (_ctx, sent) => checkProvider(sent),
  returns: created(UserProvider),
  act: (ctx, { id, ...sent }) => addProvider(ctx, id, sent),
})

export const deleteProvider = endpoint('DELETE /api/v2/user/{id}/provider/', {
  summary: 'Delete a social association',
  who: activeSelfOrAdmin,
  takes: { id: memberId, ...which },
  returns: nothing,
  refuses: { 404: 'The member has no such account elsewhere.' },
  act: (ctx, { id, ...sent }) => removeProvider(ctx, id, sent),
})
