import { isAdmin } from '../auth/actor.ts'
import { flagsFor } from '../community/flags.ts'
import type { Ctx, MemberCtx } from '../context.ts'
import { notFound } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { renderSql, shown, type View } from '../platform/sql/view.ts'
import { everySeen, InviteCode, joinsOf, type Kind, PromoCode, type Seen, seenBy } from './views.ts'

/** The refusal of an unknown code. */
export const noCode = () => notFound('There is no such code.')

/** Declares how codes of a kind are shown. */
function showing<Name extends string>(kind: Kind, view: View<Seen, Name>) {
  const seenIn = (ctx: Ctx, whole: boolean) => ({ seen: seenBy(kind, flagsFor(ctx.community, false), whole) })
  const variants = () => everySeen(kind).map((seen) => ({ seen }))

  const one = statement({
    name: `invitations: show a code (${view.name})`,
    takes: { code: 'text?', id: 'bigint?', now: 'timestamptz' },
    gives: { json: shown(view) },
    variants,
    sql: ($, { seen }) => `select ${renderSql(view, seen)} as json
      from signup_code c cross join (select ${$.now} as now) t ${joinsOf(kind)}
      where c.kind = '${kind}' and (lower(c.code) = lower(${$.code}) or c.id = ${$.id})`,
  })

  const all = list({
    name: `invitations: codes (${view.name})`,
    takes: { now: 'timestamptz' },
    variants: () => variants().filter(({ seen }) => seen.whole),
    sql: ($, { seen }) => ({
      columns: '',
      from: `from signup_code k where k.kind = '${kind}'`,
      keys: [{ sql: 'k.id', descending: true, type: 'bigint' }],
      joins: `join signup_code c on c.id = p.k0 cross join (select ${$.now} as now) t ${joinsOf(kind)}`,
      render: renderSql(view, seen),
    }),
  })

  return {
    /** A code, as the holder sees it. @param byId digits are an id, as the documentation says for promotions */
    async show(ctx: Ctx, code: string, byId = false): Promise<Json<Name>> {
      const id = byId && /^\d{1,15}$/.test(code) ? Number(code) : null
      const values = { code: id === null ? code : null, id, now: ctx.now }
      const row = await one.row(ctx.db, values, seenIn(ctx, isAdmin(ctx.actor)))
      if (!row) throw noCode()
      return row
    },
    /** A page of them, newest first. */
    list: (ctx: MemberCtx, page: PageRequest): Promise<PageRows<Name>> =>
      all.page(ctx.db, { now: ctx.now }, page, seenIn(ctx, true)),
  }
}

export const invites = showing('i', InviteCode)
export const promos = showing('p', PromoCode)
