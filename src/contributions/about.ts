import type { TSchema } from 'typebox'
import { defineSubject } from '../notifications/declare.ts'
import { renderSql } from '../platform/sql/view.ts'
import { readableSql, renderContribution, viewerJoins } from './find.ts'
import { kinds } from './kinds.ts'
import { contributionViews, webhookWithinViews } from './views.ts'

const each = Object.values(kinds)
const schemas = (views: Record<string, { schema: TSchema }>): Record<string, TSchema> =>
  Object.fromEntries(Object.entries(views).map(([name, { schema }]) => [name, schema]))

/** Contributions as what notifications are about, under the names of their kinds. */
defineSubject({
  kinds: each.map(({ id }) => id),
  properties: schemas(contributionViews),
  bytes: (id) => `(select octet_length(c.html) from contribution c where c.id = ${id})`,
  sql(flags, viewer, kind, id) {
    const of = each.find((one) => String(one.id) === kind)
    if (!of) throw new Error(`No kind of contribution is kept as ${kind}`)
    return `select '"${of.name}":' || ${renderContribution(of, flags, viewer)} as json
      from (select * from contribution where id = ${id} and kind = ${of.id}) c ${viewerJoins(viewer)}
      where ${readableSql(viewer, 'false')}`
  },
  webhook: {
    properties: schemas(webhookWithinViews),
    sql: (flags) => `(with c as (select * from contribution where id = n.subject_id), author as (
        select * from users where id = (select author_id from c)
      ) select case c.kind ${each
        .map((kind) => `when ${kind.id} then '"${kind.name}":' || ${renderSql(webhookWithinViews[kind.name], flags)}`)
        .join(' ')} end from c)`,
  },
})
