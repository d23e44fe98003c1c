import { creator } from '../auth/audience.ts'
import { type Ctx, endpoint } from '../context.ts'
import { badField, refused } from '../platform/errors.ts'
import { one, page } from '../platform/http/endpoint.ts'
import { notYet } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { completeStep, listSteps, OnboardingStep, resetStep, showStep, startStep, wantedContents } from './steps.ts'

const at = '/api/v2/onboarding'
const id = Type.Integer({ minimum: 1, maximum: 32_767, description: 'Id of the step.' })
const there = { 404: 'No step has this id.' }

const isStage = ({ community }: Ctx) => community.options['static.env'] === 'stage'

export const listAllSteps = endpoint(`GET ${at}/`, {
  summary: 'Get All Onboarding Steps',
  who: creator,
  takes: { search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the name of the step.' })) },
  returns: page(OnboardingStep),
  act: (ctx, { search = '', page }) => listSteps(ctx, search, page),
})

export const getStep = endpoint(`GET ${at}/{id}/`, {
  summary: 'Get An Onboarding Step',
  who: creator,
  takes: { id },
  returns: one(OnboardingStep),
  refuses: there,
  act: ({ db }, { id }) => showStep(db, id),
})

export const start = endpoint(`POST ${at}/{id}/start/`, {
  summary: 'Start An Onboarding Step',
  description:
    'For `contents` and `categories`: in progress from then on, and completed automatically once there is enough. ' +
    'Nothing is made up for the community.',
  who: creator,
  takes: {
    id,
    num_posts: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: `Contributions that \`contents\` takes: ${wantedContents} unless given.`,
      }),
    ),
    num_images: notYet('Pictures that are made up'),
    force: Type.Optional(Type.Boolean({ description: 'Start it again; only if the option `env` is stage.' })),
  },
  returns: one(OnboardingStep),
  refuses: { ...there, 400: 'It was started already, or is one to complete.' },
  act(ctx, { id, num_posts, force = false }) {
    if (force && !isStage(ctx)) throw badField('force', 'not_stage', 'Leave this out: the option env is not stage.')
    return startStep(ctx, id, num_posts, force)
  },
})

export const complete = endpoint(`POST ${at}/{id}/complete/`, {
  summary: 'Complete An Onboarding Step',
  description: 'Not for `contents` and `categories`, which are started.',
  who: creator,
  takes: { id },
  returns: one(OnboardingStep),
  refuses: { ...there, 400: 'It is completed already, or is one to start.' },
  act: (ctx, { id }) => completeStep(ctx, id),
})

export const reset = endpoint(`POST ${at}/{id}/reset/`, {
  summary: 'Reset An Onboarding Step',
  description: 'Only if the option `env` is stage.',
  who: creator,
  takes: { id },
  returns: one(OnboardingStep),
  refuses: { ...there, 400: 'The option `env` is not stage.' },
  act(ctx, { id }) {
    if (!isStage(ctx)) throw refused('not_stage', 'Steps are reset where the option env is stage.')
    return resetStep(ctx, id)
  },
})
