import Type from '../platform/schema.ts'

export const OptionValue = Type.Union([Type.Boolean(), Type.Number(), Type.String()])

export const DynamicPreference = Type.Object(
  { id: Type.Integer(), section: Type.String(), name: Type.String(), value: OptionValue },
  { $id: 'DynamicPreference', description: 'An option of the community.', additionalProperties: false },
)
