import { type AuditFilters, listAudit, maxPage } from '../audit/list.ts'
import { type PageRequest, readRows } from '../platform/http/page.ts'
import { printable } from './users.ts'
import { withKith } from './with-kith.ts'

type Shown = {
  at: string
  actor: { username: string } | null
  operator: string | null
  address: string | null
  act: string
  target: number | null
  fields: string[]
}

/** An entry in a line: when, who, from where, what, to which id, which fields. */
const lineOf = ({ at, actor, operator, address, act, target, fields }: Shown) =>
  [at, actor?.username ?? operator ?? '', address ?? '', act, target ?? '', fields.join(' ')]
    .map((each) => printable(String(each)))
    .join('\t')

/** Prints the audit trail, last first, in batches of some hundreds. */
export const printAudit = ({ json = false, ...filters }: AuditFilters & { json?: boolean }) =>
  withKith('audit', async (kith) => {
    if (!json) console.log('at\twho\tfrom\twhat\tid\tfields')
    for (let page: PageRequest | null = { limit: maxPage, offset: 0 }; page; ) {
      const found = await listAudit(kith.db, filters, page)
      const { last, more } = found
      for (const each of readRows<Shown>(found)) console.log(json ? JSON.stringify(each) : lineOf(each))
      page = more && last ? { limit: maxPage, offset: 0, seek: { direction: 'after', key: last } } : null
    }
  })
