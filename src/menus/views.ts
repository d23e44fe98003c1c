import type { Static } from 'typebox'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'

const MenuItem = Type.Object(
  {
    id: Type.Integer(),
    custom_menu: Type.Integer({ description: 'Id of the menu it is in.' }),
    label: Type.String(),
    url: Type.String({ description: "An address of the community's site; a path if `app_url` is empty." }),
    attrs: Type.String(),
    order: Type.Integer(),
  },
  { $id: 'CustomMenuItem', description: 'A link of a menu.', additionalProperties: false },
)

const moment = nullable(
  Type.String({ format: 'date-time', description: 'null: it is as every community begins with it.' }),
)

export const CustomMenu = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    items: Type.Array(MenuItem),
    created_at: moment,
    updated_at: moment,
  },
  { $id: 'CustomMenu', description: 'Links that clients show together.', additionalProperties: false },
)

export type Menu = Static<typeof CustomMenu>
