import { admin, anyone } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { type Ctx, endpoint } from '../context.ts'
import { created, nothing, one, page } from '../platform/http/endpoint.ts'
import Type from '../platform/schema.ts'
import { changePage } from './change.ts'
import { createPage } from './create.ts'
import { deletePage } from './delete.ts'
import { pageId, partOfPage, readColumns, wholePage } from './inputs.ts'
import { listPages, renderPage, seesAll } from './lists.ts'
import { CustomPage } from './views.ts'

const at = '/api/v2/custom_page'
const there = { 404: 'No custom page has this id or slug, or it is not for everybody now.' }
const bodyLimit = 1_000_000

const active = Type.Optional(
  Type.Boolean({ description: 'Only active ones, or only others: for editors and administrators.' }),
)
/** The filter is theirs alone who see others than active pages. */
const notTheirs = ({ actor }: Ctx) => (seesAll(actor) ? [] : ['active'])

export const listCustomPages = endpoint(`GET ${at}/`, {
  summary: 'Get All Custom pages',
  description: 'By their titles. Others than editors and administrators see active ones, while they hold.',
  who: anyone,
  takes: { active },
  notTheirs,
  returns: page(CustomPage),
  act: (ctx, { page, ...filters }) => listPages(ctx, filters, page),
})

export const searchCustomPages = endpoint(`GET ${at}/search/`, {
  summary: 'Search Custom Pages',
  who: anyone,
  takes: {
    search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the title, or of the slug.' })),
    active,
  },
  notTheirs,
  rate: searches,
  returns: page(CustomPage),
  act: (ctx, { page, ...filters }) => listPages(ctx, filters, page),
})

export const getCustomPage = endpoint(`GET ${at}/{id}/`, {
  summary: 'Get a Specific Custom Page',
  who: anyone,
  takes: { id: Type.String({ maxLength: 100, description: 'Id or slug of the page.' }) },
  returns: one(CustomPage),
  refuses: there,
  act: (ctx, { id }) => renderPage(ctx.db, ctx, id),
})

export const createCustomPage = endpoint(`POST ${at}/`, {
  summary: 'Create a Custom Page',
  description: 'Emits `custom_page.created`.',
  extension: true,
  who: admin,
  takes: wholePage,
  bodyLimit,
  returns: created(CustomPage),
  refuses: { 400: 'Another page has this slug.' },
  checks: readColumns,
  act: createPage,
})

export const changeCustomPage = endpoint(`PATCH ${at}/{id}/`, {
  summary: 'Change a Custom Page',
  description: 'Emits `custom_page.updated` when something really changes.',
  extension: true,
  who: admin,
  takes: { id: pageId, ...partOfPage },
  bodyLimit,
  returns: one(CustomPage),
  refuses: { ...there, 400: 'Another page has this slug.' },
  checks: readColumns,
  act: (ctx, { id, ...sent }) => changePage(ctx, id, sent),
})

export const deleteCustomPage = endpoint(`DELETE ${at}/{id}/`, {
  summary: 'Delete a Custom Page',
  description: 'For good. Emits `custom_page.deleted`.',
  extension: true,
  who: admin,
  takes: { id: pageId },
  returns: nothing,
  refuses: there,
  act: (ctx, { id }) => deletePage(ctx, id),
})
