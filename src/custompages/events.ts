import { event } from '../platform/events/declare.ts'
import { CustomPage } from './views.ts'

export const customPageCreated = event('custom_page.created', CustomPage.schema)
export const customPageUpdated = event('custom_page.updated', CustomPage.schema)
export const customPageDeleted = event('custom_page.deleted', CustomPage.schema)
