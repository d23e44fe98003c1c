import { admin, anyone } from '../auth/audience.ts'
import { endpoint } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import { data, dataPage } from '../platform/http/endpoint.ts'
import { pageOf } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { features } from './features.ts'
import { changeOptions, findOption, type Option, showOption } from './options.ts'
import { preferenceDefinitions } from './preferences.ts'
import type { Community } from './state.ts'
import { DynamicPreference, OptionValue } from './views.ts'

const Feature = Type.Object(
  { id: Type.Integer(), name: Type.String(), enabled: Type.Boolean() },
  { $id: 'Feature', description: 'Something a community can or cannot do.', additionalProperties: false },
)

/** Clients read only the first page of these two lists, and need everything on it. */
const allOnOnePage = { limit: 1000, max: 1000 }

const filters = {
  search: Type.Optional(Type.String({ description: 'Part of a name. The option with exactly this name comes first.' })),
  section: Type.Optional(Type.String()),
  ordering: Type.Optional(
    Type.Enum(['id', '-id', 'name', '-name', 'section', '-section'], { description: 'Field; `-` for descending.' }),
  ),
}

function findOptions(
  community: Community,
  { search, section, keys, ordering }: { search?: string; section?: string; keys?: string[]; ordering?: string },
): Option[] {
  const word = search?.toLowerCase() ?? ''
  const found = preferenceDefinitions
    .filter(
      ({ key, name, ...definition }) =>
        key.includes(word) &&
        (!section || definition.section === section) &&
        (!keys || keys.includes(key) || keys.includes(name)),
    )
    .map((definition) => showOption(definition, community))
  if (ordering) {
    const field = ordering.replace('-', '') as 'id' | 'name' | 'section'
    const sign = ordering.startsWith('-') ? -1 : 1
    found.sort((a, b) => sign * (a[field] < b[field] ? -1 : a[field] > b[field] ? 1 : a.id - b.id))
  }
  return word ? found.sort((a, b) => Number(b.name === word) - Number(a.name === word)) : found
}

export const listOptions = endpoint('GET /api/v2/dynamic_preference/', {
  summary: 'Get all dynamic preferences',
  description: 'The options of the community, all on one page. Values have their own JSON type; secrets are blank.',
  who: anyone,
  sameWhile: ({ community }) => community,
  takes: filters,
  returns: dataPage(DynamicPreference, allOnOnePage),
  act: ({ community }, input) => pageOf(findOptions(community, input), input.page),
})

export const searchOptions = endpoint('GET /api/v2/dynamic_preference/search/', {
  summary: 'Search dynamic preferences',
  who: anyone,
  sameWhile: ({ community }) => community,
  takes: {
    ...filters,
    keys: Type.Optional(Type.Array(Type.String(), { description: 'Names, or section.name, comma-separated.' })),
  },
  returns: dataPage(DynamicPreference, allOnOnePage),
  act: ({ community }, input) => pageOf(findOptions(community, input), input.page),
})

const OptionMeaning = Type.Object(
  {
    id: Type.Integer(),
    section: Type.String(),
    name: Type.String(),
    type: Type.String(),
    help: Type.String({ description: 'What it does, in a sentence.' }),
    default: OptionValue,
    choices: nullable(Type.Array(Type.String())),
    min: nullable(Type.Number()),
    max: nullable(Type.Number()),
    max_length: nullable(Type.Integer()),
    required: Type.Boolean(),
    secret: Type.Boolean({ description: 'It can be written, never read.' }),
    set: Type.Boolean({
      description: 'Whether it differs from its default; for a secret, whether there is one.',
    }),
    not_yet: nullable(Type.String({ description: 'The feature it needs that is not built: it cannot be changed.' })),
  },
  { $id: 'OptionMeaning', description: 'What an option means, and its possible values.', additionalProperties: false },
)

export const explainOptions = endpoint('GET /api/v2/dynamic_preference/meaning/', {
  summary: 'Explain dynamic preferences',
  description: 'What each option does, its possible values, and its default.',
  extension: true,
  who: admin,
  returns: data(Type.Array(OptionMeaning)),
  act: ({ community }) =>
    preferenceDefinitions.map((each) => ({
      ...{ id: each.id, section: each.section, name: each.name, type: each.type, help: each.help },
      ...{ default: each.default, choices: each.choices ? [...each.choices] : null },
      ...{ min: each.min ?? null, max: each.max ?? null, max_length: each.maxLength ?? null },
      ...{ required: each.required ?? false, secret: each.secret ?? false, not_yet: each.notYet ?? null },
      set: community.options[each.key] !== each.default,
    })),
})

export const getOption = endpoint('GET /api/v2/dynamic_preference/{id}/', {
  summary: 'Get a specific dynamic preference',
  who: anyone,
  sameWhile: ({ community }) => community,
  takes: { id: Type.String({ description: 'Id, name, or section.name.' }) },
  returns: data(DynamicPreference),
  act({ community }, { id }) {
    const definition = findOption(id) ?? preferenceDefinitions.find((each) => String(each.id) === id)
    if (!definition) throw notFound('No option has this id.')
    return showOption(definition, community)
  },
})

export const updateOptions = endpoint('PATCH /api/v2/dynamic_preference/', {
  summary: 'Update dynamic preferences',
  description:
    'Changes options, keyed by name: `{"follow_enabled": false, "connection_enabled": true}`. All of them or ' +
    'none. Each option that has changed emits `dynamic_preference.updated`.',
  who: admin,
  anyBody: Type.Record(Type.String(), OptionValue),
  returns: data(
    Type.Record(
      Type.String(),
      Type.Object(
        { section: Type.String(), name: Type.String(), value: OptionValue, help: Type.String(), type: Type.String() },
        { additionalProperties: false },
      ),
    ),
  ),
  refuses: { 400: 'An option is unknown or its value does not fit; nothing was changed.' },
  async act(ctx, _input, body) {
    const { kith, now } = ctx
    const changed = await changeOptions(kith, now, body, ctx)
    const community = kith.community.current()
    return Object.fromEntries(
      changed.map((definition) => {
        const { section, name, value } = showOption(definition, community)
        return [name, { section, name, value, help: definition.help, type: definition.type }]
      }),
    )
  },
})

export const listFeatures = endpoint('GET /api/v2/feature/', {
  summary: 'Get all features',
  who: anyone,
  sameWhile: () => features,
  takes: { name: Type.Optional(Type.String()), search: Type.Optional(Type.String()) },
  returns: dataPage(Feature, allOnOnePage),
  act(_ctx, { name, search, page }) {
    const found = features.filter((each) => (!name || each.name === name) && each.name.includes(search ?? ''))
    return pageOf(
      found.sort((a, b) => Number(b.name === search) - Number(a.name === search) || a.id - b.id),
      page,
    )
  },
})
