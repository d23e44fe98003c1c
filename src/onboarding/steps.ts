import { lookAgain } from '../auth/again.ts'
import { creator } from '../auth/audience.ts'
import { Category, renderCategory } from '../categories/views.ts'
import type { MemberCtx } from '../context.ts'
import type { Db } from '../platform/db/database.ts'
import { notFound, refused } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import type { PageRequest, PageRows } from '../platform/http/page.ts'
import Type from '../platform/schema.ts'
import { list } from '../platform/sql/list.ts'
import { statement } from '../platform/sql/statement.ts'
import { type Field, integer, nested, plainView, renderSql, shown } from '../platform/sql/view.ts'

/** The steps of setting up, in the order of ids. */
export const steps = ['contents', 'categories', 'appearance', 'profile', 'invite', 'app'] as const

/** Contributions that make a community worth a visit, unless the creator says otherwise. */
export const wantedContents = 10
/** Categories, likewise. */
const wantedCategories = 3

const idOf = (step: (typeof steps)[number]) => steps.indexOf(step) + 1

/** SQL of the steps as rows: the stored state of each, and how much of it exists. */
const stepsSql = `(select s.id, s.step, k.status, k.wanted,
    case s.step
      when 'contents' then least(100, 100 * (select coalesce(sum(n), 0) from contribution_total)
        / greatest(coalesce(k.wanted, ${wantedContents}), 1))::int
      when 'categories' then least(100, 100 * (select count(*) from category where active and not deleted) / ${wantedCategories})::int
      else case k.status when 'completed' then 100 else 0 end end as percentage
  from unnest(array['${steps.join("', '")}']) with ordinality s(step, id) left join onboarding_step k on k.id = s.id)`

const status: Field<unknown> = {
  schema: Type.Enum(['not_started', 'in_progress', 'completed', 'failed']),
  sql: `case when s.status is null then 'not_started' when s.percentage = 100 then 'completed' else s.status end`,
  kind: 'word',
}

/** Reads a row of `stepsSql` named s. */
export const OnboardingStep = plainView('OnboardingStep', 'A step of setting up the community.', {
  id: integer('s.id'),
  step: { schema: Type.Enum([...steps]), sql: 's.step', kind: 'word' },
  status,
  completion_percentage: integer(`case when s.status is null then 0 else s.percentage end`),
  results: nested(
    Type.Array(Category.schema, { description: 'For the step `categories`: those that exist, at most ten.' }),
    `case when s.step = 'categories' and s.status is not null then (
      select concat('[', string_agg(${renderCategory}, ',' order by category.position, category.id), ']')
      from (select k.*, k.xmin from category k where active and not deleted order by position, id limit 10) category
      cross join (select null::bigint as member_id) f) else '[]' end`,
  ),
})
const render = renderSql(OnboardingStep, null)

const showing = statement({
  name: 'onboarding: show a step',
  takes: { id: 'int' },
  gives: { json: shown(OnboardingStep) },
  sql: ($) => `select ${render}::text as json from ${stepsSql} s where s.id = ${$.id}`,
})

const all = list({
  name: 'onboarding: steps',
  takes: { part: 'text' },
  sql($) {
    const from = `from ${stepsSql} s where strpos(s.step, ${$.part}) > 0`
    return {
      columns: 's.id, s.step, s.status, s.percentage',
      from,
      keys: [{ sql: 's.id', descending: false, type: 'bigint' }],
      joins: 'cross join lateral (select p.id, p.step, p.status, p.percentage) s',
      render,
      count: `select count(*) ${from}`,
    }
  },
})

/** A page of the steps whose name contains a text. */
export const listSteps = ({ db }: MemberCtx, search: string, page: PageRequest): Promise<PageRows<'OnboardingStep'>> =>
  all.page(db, { part: search.toLowerCase() }, page)

/** The state of a step. */
export async function showStep(db: Db, id: number): Promise<Json<'OnboardingStep'>> {
  const row = await showing.row(db, { id })
  if (!row) throw notFound('No step has this id.')
  return row
}

const keeping = statement({
  name: 'onboarding: keep a step',
  takes: { id: 'int', status: 'text', wanted: 'int?' },
  gives: {},
  sql: ($) => `insert into onboarding_step (id, status, wanted) values (${$.id}, ${$.status}, ${$.wanted})
    on conflict (id) do update set status = excluded.status, wanted = excluded.wanted`,
})

const resetting = statement({
  name: 'onboarding: reset a step',
  takes: { id: 'int' },
  gives: {},
  sql: ($) => `delete from onboarding_step where id = ${$.id}`,
})

/** Steps that are completed by what is published. */
const grown = [idOf('contents'), idOf('categories')]

type Shown = { status: string }

/** Locks a step for an act of the creator, so that acts come one after the other. */
const act = (
  ctx: MemberCtx,
  id: number,
  work: (tx: Db, status: string) => Promise<unknown>,
): Promise<Json<'OnboardingStep'>> =>
  ctx.db.transaction(async (tx) => {
    await tx.query('lock table onboarding_step in share row exclusive mode')
    await lookAgain(tx, ctx, creator)
    const { status } = JSON.parse((await showStep(tx, id)).json) as Shown
    await work(tx, status)
    return showStep(tx, id)
  })

const begun = (status: string) => status !== 'not_started' && status !== 'failed'

/**
 * Begins a step that is completed by what is published. Kith makes up nothing in a real community; `kith seed` fills
 * one to look at.
 * @param wanted contributions it takes
 * @param force begins it again
 */
export const startStep = (
  ctx: MemberCtx,
  id: number,
  wanted: number | undefined,
  force: boolean,
): Promise<Json<'OnboardingStep'>> =>
  act(ctx, id, async (tx, status) => {
    if (!grown.includes(id)) throw refused('not_startable', 'This step is done elsewhere. Say that it is: complete it.')
    if (begun(status) && !force) throw refused('started', 'This step was started already.')
    await keeping.rows(tx, { id, status: 'in_progress', wanted: id === idOf('contents') ? (wanted ?? null) : null })
  })

/** Marks a step as done. */
export const completeStep = (ctx: MemberCtx, id: number): Promise<Json<'OnboardingStep'>> =>
  act(ctx, id, async (tx, status) => {
    if (grown.includes(id))
      throw refused('not_completable', 'This step is done by what is published. Start it instead.')
    if (begun(status)) throw refused('completed', 'This step is completed already.')
    await keeping.rows(tx, { id, status: 'completed', wanted: null })
  })

/** Resets a step to how it was before it began. */
export const resetStep = (ctx: MemberCtx, id: number): Promise<Json<'OnboardingStep'>> =>
  act(ctx, id, (tx) => resetting.rows(tx, { id }))
