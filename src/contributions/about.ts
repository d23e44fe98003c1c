import type { TSchema } from 'typebox'
import { defineSubject } from '../notifications/declare.ts'
import { renderSql } from '../platform/sql/view.ts'
import { readableSql, viewerJoins } from './find.ts'
import { kindNameSql, kinds } from './kinds.ts'
import { contributionViews, renderAnyKind, webhookWithinViews } from './views.ts'

const each = Object.values(kinds)
const schemas = (views: Record<string, { schema: TSchema }>): Record<string, TSchema> =>
  Object.fromEntries(Object.entries(views).map(([name, { schema }]) => [name, schema]))

function kindOf(id: number) {
  const kind = each.find((one) => one.id === id)
  if (!kind) throw new Error(`No kind of contribution has the number ${id}`)
  return kind
}

/** Contributions as subjects of notifications, under the names of their kinds. */
defineSubject({
  kinds: each.map(({ id }) => id),
  properties: schemas(contributionViews),
  bytes: (id) => `(select octet_length(c.html) from contribution c where c.id = ${id})`,
  sql: (
    flags,
    viewer,
    kind,
    id,
  ) => `select concat('"', ${kindNameSql('c.kind')}, '":', ${renderAnyKind(flags, viewer)}) as json
    from (select *, xmin from contribution where id = ${id} and kind = ${kind}) c ${viewerJoins(viewer)}
    where ${readableSql(viewer, 'false')}`,
  webhook: {
    properties: schemas(webhookWithinViews),
    sql(flags, kind) {
      const { name } = kindOf(kind)
      return `(with c as (select * from contribution where id = n.subject_id), author as (
        select * from users where id = (select author_id from c)
      ) select '"${name}":' || ${renderSql(webhookWithinViews[name], flags)} from c)`
    },
  },
})
