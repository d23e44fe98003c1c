import { admin, anyone, member } from '../auth/audience.ts'
import { searches } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { created, one, page } from '../platform/http/endpoint.ts'
import { momentInput } from '../platform/http/moment.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { acknowledge, listAcks, showAck } from './acknowledge.ts'
import { changePage } from './change.ts'
import { pageId, partOfPage, policy, readColumns, wholePage } from './inputs.ts'
import { listPages, orderings, renderCalled, renderCurrent } from './lists.ts'
import { publishPage } from './publish.ts'
import { LegalPage, LegalPageAck, LegalPageAcks, LegalPages } from './views.ts'

const at = '/api/v2/legal_page'
const withAck = 'Members are shown what they have said to it, as `ack`.'
const there = { 404: 'No legal page has this id.' }

const filters = {
  search: Type.Optional(Type.String({ maxLength: 255, description: 'Part of the title, or of the slug.' })),
  valid_from: Type.Optional(momentInput('Those that hold from then on, or from later.')),
  valid_to: Type.Optional(momentInput('Those that end by then.')),
  ordering: Type.Optional(
    Type.Enum(orderings, { description: 'Field; `-` for descending. `-created_at` by default.' }),
  ),
}

export const listLegalPages = endpoint(`GET ${at}/`, {
  summary: 'Get All Legal Pages',
  description: `All revisions. ${withAck}`,
  who: anyone,
  takes: filters,
  returns: page(LegalPage),
  act: (ctx, { page, ...filters }) => listPages(ctx, filters, page),
})

export const searchLegalPages = endpoint(`GET ${at}/search/`, {
  summary: 'Search Legal Pages',
  who: anyone,
  takes: filters,
  rate: searches,
  returns: page(LegalPage),
  act: (ctx, { page, ...filters }) => listPages(ctx, filters, page),
})

export const listLastRevisions = endpoint(`GET ${at}/last_revisions/`, {
  summary: 'Get All Last Revisions',
  description: `The current revision of each policy, as a bare array. ${withAck}`,
  who: anyone,
  returns: one(LegalPages),
  act: (ctx) => renderCurrent(ctx),
})

export const listUserAcks = endpoint(`GET ${at}/user_acks/`, {
  summary: 'Get All User Acks',
  description: 'All answers of the caller to legal pages, last first, as a bare array.',
  who: member,
  returns: one(LegalPageAcks),
  act: (ctx) => listAcks(ctx),
})

export const getLegalPage = endpoint(`GET ${at}/{id}/`, {
  summary: 'Get a Specific Legal Page, or the Last Revision of a Legal Page',
  description: `By the id of a revision, or by a policy (\`tec\`, \`privacy\`, \`cookies\`): its last revision that holds now. ${withAck}`,
  who: anyone,
  takes: { id: Type.String({ maxLength: 100, description: 'Id of a revision, or a policy.' }) },
  returns: one(LegalPage),
  refuses: there,
  act: (ctx, { id }) => renderCalled(ctx, id),
})

export const listRevisions = endpoint(`GET ${at}/{policy}/revisions/`, {
  summary: 'Get All Revisions of a Legal Page',
  description: `Last published first. ${withAck}`,
  who: anyone,
  takes: { policy },
  returns: page(LegalPage),
  act: (ctx, { policy, page }) => listPages(ctx, { policy, ordering: '-id' }, page),
})

export const acknowledgePage = endpoint(`POST ${at}/{id}/ack/`, {
  summary: 'Ack a Legal Page',
  description: 'Accepts or rejects a revision. The same answer again keeps the time of the first.',
  who: member,
  takes: {
    id: pageId,
    accept: Type.Optional(nullable(Type.Boolean({ description: 'false unless given.' }))),
  },
  returns: one(LegalPageAck),
  refuses: there,
  act: (ctx, { id, accept }) => acknowledge(ctx, id, accept ?? false),
})

export const getUserAck = endpoint(`GET ${at}/{id}/user_ack/`, {
  summary: 'Get a Specific User Ack',
  who: member,
  takes: { id: pageId },
  returns: one(LegalPageAck),
  refuses: { 404: 'The caller has not answered to this page.' },
  act: (ctx, { id }) => showAck(ctx, id),
})

export const publishLegalPage = endpoint(`POST ${at}/`, {
  summary: 'Publish a legal page',
  description: 'The next revision of a policy. Members are asked for their consent again. Emits `legal_page.created`.',
  extension: true,
  who: admin,
  takes: wholePage,
  bodyLimit: 1_000_000,
  returns: created(LegalPage),
  checks: readColumns,
  act: publishPage,
})

export const changeLegalPage = endpoint(`PATCH ${at}/{id}/`, {
  summary: 'Change a legal page',
  description:
    'Once a member has answered a revision its words stay as they are. Emits `legal_page.updated` if something ' +
    'has changed.',
  extension: true,
  who: admin,
  takes: { id: pageId, ...partOfPage },
  bodyLimit: 1_000_000,
  returns: one(LegalPage),
  refuses: { ...there, 400: 'Members have answered to this text.' },
  checks: readColumns,
  act: (ctx, { id, ...sent }) => changePage(ctx, id, sent),
})
