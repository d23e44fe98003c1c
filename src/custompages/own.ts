import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** The pages that a member wrote. */
export const ownPages: Record<string, OwnRows> = {
  custom_pages_written: ownRows('custompages: what a member wrote', ($) => ({
    key: 'c.id',
    json: `json_build_object('slug', c.slug, 'title', c.title, 'summary', c.html_summary, 'body', c.html_body,
      'created_at', c.created_at, 'created', c.created_by = ${$.member}, 'updated_at', c.updated_at,
      'updated', c.updated_by is not distinct from ${$.member})`,
    from: `from custom_page c where (c.created_by = ${$.member} or c.updated_by = ${$.member})`,
  })),
}
