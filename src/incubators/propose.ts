import { randomInt } from 'node:crypto'
import { admitAgain, againGives, againSql } from '../auth/again.ts'
import { activeMember } from '../auth/audience.ts'
import { slugOf } from '../categories/inputs.ts'
import { checkName, checkSlug, readTree, type Tree } from '../categories/tree.ts'
import type { MemberCtx } from '../context.ts'
import { decide, outdated } from '../platform/db/decide.ts'
import { badField, readAll } from '../platform/errors.ts'
import type { Json } from '../platform/http/endpoint.ts'
import { rules } from '../platform/search/fold.ts'
import { statement } from '../platform/sql/statement.ts'
import { proposalsOn } from './gate.ts'
import type { Proposal } from './inputs.ts'
import { renderOne } from './lists.ts'
import { searchedColumns, searchedOf } from './searched.ts'
import { countSql, openStatusSql } from './status.ts'

// Whoever leaves at the same moment does so before or after: what they have proposed is found by then.
const locking = statement({
  name: 'incubators: lock who proposes',
  takes: { member: 'bigint' },
  gives: againGives,
  sql: ($) => `select ${againSql} from users me where me.id = ${$.member} for no key update of me`,
})

const looking = statement({
  name: 'incubators: what is taken',
  takes: { name: 'text', slugs: 'text[]' },
  gives: { named: 'boolean', free: 'text?' },
  sql: ($) => `select
      exists (select from incubator where name_key(incubator.name) = name_key(${$.name}) and incubator.status <> 2) as named,
      (select w.slug from unnest(${$.slugs}) with ordinality w (slug, n)
        where not exists (select from incubator where lower(incubator.slug) = lower(w.slug) and incubator.status <> 2)
        order by w.n limit 1) as free`,
})

const proposing = statement({
  name: 'incubators: propose',
  takes: { incubator: 'json', author: 'bigint', threshold: 'int', now: 'timestamptz' },
  gives: { id: 'bigint' },
  sql: ($) => `with made as (
      insert into incubator (name, slug, slogan, ${searchedColumns.join(', ')}, author_id, threshold, status, added_at, search_rules)
      select name, slug, slogan, ${searchedColumns.join(', ')}, ${$.author}, ${$.threshold},
        ${openStatusSql('0', $.threshold)}, ${$.now}, ${rules}
      from json_populate_record(null::incubator, ${$.incubator})
      on conflict do nothing returning *
    ), counted as (
      ${countSql('select status, null::smallint as was from made')}
    )
    select id from made`,
})

/** Slugs for a name: with a small number behind it, or in the end with one that nobody has. */
const slugsFor = (stem: string, tree: Tree): string[] => {
  const taken = new Set([...tree.values()].map(({ slug }) => slug))
  const small = Array.from({ length: 8 }, (_, i) => `${stem}-${i + 2}`)
  return [stem, ...small, `${stem}-${randomInt(1e6, 1e9)}`].filter((slug) => !taken.has(slug))
}

/** Proposes a category, for others to support. */
export const proposeCategory = (
  ctx: MemberCtx,
  { name, slogan = null, slug: given }: Proposal,
): Promise<Json<'Incubator'>> =>
  decide(() =>
    ctx.db.transaction(async (tx) => {
      const me = await locking.row(tx, { member: ctx.actor.id })
      const community = await admitAgain(tx, ctx, activeMember, me, proposalsOn)
      const tree = await readTree(tx)
      const { named, free } = (await looking.row(tx, {
        name,
        slugs: given ? [given] : slugsFor(slugOf(name), tree),
      })) as { named: boolean; free: string | null }
      await readAll({
        name() {
          checkName(tree, null, name)
          if (named)
            throw badField('name', 'unique', 'This has been proposed already: support that, or choose another name.')
        },
        slug() {
          if (given) checkSlug(tree, null, given)
          if (given && !free) throw badField('slug', 'unique', 'There is an incubator with this slug already.')
        },
      })
      const incubator = JSON.stringify({ name, slogan, slug: free, ...searchedOf({ name, slogan }) })
      const threshold = community.options['addons.incubator_subscribers']
      const made = free && (await proposing.row(tx, { incubator, author: ctx.actor.id, threshold, now: ctx.now }))
      return made ? renderOne(tx, { actor: ctx.actor, community }, made.id) : outdated
    }),
  )
