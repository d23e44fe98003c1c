import { anyone } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { listLocalities } from './list.ts'
import { Locality } from './views.ts'

const address = (path: '' | 'search/', summary: string) =>
  endpoint(`GET /api/v2/locality/${path}`, {
    summary,
    description: "From the operator's file; no other server is asked. Places that begin with the text come first.",
    who: anyone,
    takes: { search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the address.' })) },
    rate: searches,
    returns: page(Locality),
    act: (ctx, { search = '', page }) => listLocalities(ctx, search, page),
  })

export const allLocalities = address('', 'Get All Localities')
export const searchLocalities = address('search/', 'Search Locality')
