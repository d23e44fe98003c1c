import { event } from '../platform/events/declare.ts'
import { LegalPage } from './views.ts'

export const legalPageCreated = event('legal_page.created', LegalPage.schema)
export const legalPageUpdated = event('legal_page.updated', LegalPage.schema)
