import { anyone, member, visitor } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { created, data, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { username } from '../users/inputs.ts'
import { scorer } from './audience.ts'
import { filterInputs, readFilters } from './filters.ts'
import { giveScore } from './give.ts'
import { orderings as ofPlaces, readLeaderboard } from './leaderboard.ts'
import { listScores, orderings } from './lists.ts'
import { Place, ReputationType, Score } from './views.ts'
import { mostAtOnce, reputationTypes, typeNumbers } from './worth.ts'

const member_id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const said = (description: string) => Type.Optional(nullable(Type.String({ maxLength: 1_000, description })))

const own =
  'Moderators see every entry, and may ask for those of one member; others see their own, without what somebody else gave them by hand.'

const listing = (path: '/api/v2/score/' | '/api/v2/score/search/', summary: string) =>
  endpoint(`GET ${path}`, {
    summary,
    description: own,
    who: member,
    takes: {
      ...filterInputs,
      ordering: Type.Optional(
        Type.Enum(orderings, { description: 'Field; `-` for descending. Last first by default.' }),
      ),
    },
    heavy: true,
    returns: page(Score),
    checks: (_ctx, asked) => readFilters(asked),
    act: (ctx, { page, ...asked }) => listScores(ctx, asked, page),
  })

export const list = listing('/api/v2/score/', 'Get All Scores')
export const search = listing('/api/v2/score/search/', 'Search Scores')

export const give = endpoint('POST /api/v2/score/', {
  summary: 'Add Score to a User, or Remove It',
  description: 'Moderators name the member, by `user_id` or `username`; others change their own score.',
  who: scorer,
  takes: {
    user_id: Type.Optional(member_id),
    user: Type.Optional({ ...member_id, description: "The same as `user_id`, under an earlier client's name." }),
    username: Type.Optional(username),
    score: Type.Union(
      [Type.Integer({ minimum: 1, maximum: mostAtOnce }), Type.Integer({ minimum: -mostAtOnce, maximum: -1 })],
      {
        sentence: `Send a whole number from -${mostAtOnce} to ${mostAtOnce}, and not 0.`,
        description: 'Points to add; negative ones are taken away.',
      },
    ),
    reputation_context: said('Words with | between, to find entries by.'),
    comment: said('What the points are for. One of the two is needed.'),
  },
  returns: created(Score),
  act: giveScore,
})

export const leaderboard = endpoint('GET /api/v2/score/leaderboard/', {
  summary: 'Get Leaderboard',
  description: 'The members with the most points first. Filters decide which points are added up.',
  who: visitor,
  takes: {
    ...filterInputs,
    ordering: Type.Optional(Type.Enum(ofPlaces, { description: 'Most points first by default.' })),
  },
  heavy: true,
  returns: page(Place, { limit: 20, max: 100, beside: { my_position: nullable(Place.schema) } }),
  checks: (_ctx, asked) => readFilters(asked),
  act: (ctx, { page, ...asked }) => readLeaderboard(ctx, asked, page),
})

export const types = endpoint('GET /api/v2/score/reputation_types/', {
  summary: 'Get Reputation Types',
  who: anyone,
  returns: data(Type.Array(ReputationType.schema)),
  act: async () => typeNumbers.map((id) => ({ id, name: reputationTypes[id as keyof typeof reputationTypes] })),
})
