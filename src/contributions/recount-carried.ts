import type { Db } from '../platform/db/database.ts'
import { type Drift, driftLooks, type Repair, recount } from '../platform/db/repair.ts'
import { statement } from '../platform/sql/statement.ts'

// A trigger keeps what contributions share and embed (migrations 0058, 0076). The medias they show are the truth.

const shared = (and = '') => `select distinct m.shared_id, c.id as contribution_id, c.kind, c.author_id, c.added_at
  from media m join contribution c on c.id = m.contribution_id and m.id = any(c.medias)
  where m.shared_id is not null and not c.deleted and c.addressing = '{}' ${and}`
const embedded = (and = '') => `select distinct m.embedded_id as embed_id, c.id as contribution_id, c.kind, c.author_id,
    c.added_at, c.last_activity_at
  from media m join contribution c on c.id = m.contribution_id and m.id = any(c.medias)
  where m.embedded_id is not null and not c.deleted ${and}`

/** How to repair what `findCarriedDrift` finds. */
export const carriedRepairs: Record<string, Repair> = {
  shares: recount(
    'contributions: list again what one shares',
    ['id'],
    ($) => `select from contribution where id = ${$.id} for update`,
    ($) => `delete from share where contribution_id = ${$.id}`,
    ($) => `insert into share (shared_id, contribution_id, kind, author_id, added_at) ${shared(`and c.id = ${$.id}`)}`,
  ),
  sharers: recount(
    'contributions: count the shares of one again',
    ['id'],
    ($) => `select from contribution where id = ${$.id} for update`,
    ($) => `delete from sharer k where k.contribution_id = ${$.id}
      and not exists (select from (${shared(`and m.shared_id = ${$.id}`)}) s where s.author_id = k.author_id)`,
    ($) => `insert into sharer (contribution_id, author_id, shares)
      select ${$.id}, author_id, count(*) from (${shared(`and m.shared_id = ${$.id}`)}) s group by author_id
      on conflict (contribution_id, author_id) do update set shares = excluded.shares`,
    ($) => `update contribution set (share_count, sharer_count) = (
      select coalesce(sum(shares), 0), count(*) from sharer where contribution_id = ${$.id}) where id = ${$.id}`,
  ),
  embeds: recount(
    'contributions: put one in the feeds of embeds again',
    ['id'],
    ($) => `select from contribution where id = ${$.id} for update`,
    ($) => `delete from embed_feed where contribution_id = ${$.id}`,
    ($) => `insert into embed_feed (embed_id, contribution_id, kind, author_id, added_at, last_activity_at)
      ${embedded(`and c.id = ${$.id}`)}`,
  ),
}

const looking = statement({
  name: 'contributions: what has drifted of what they carry',
  ...driftLooks,
  sql: ($) => `with found as materialized (${shared()}), embeds as (${embedded()}), sharers as (
      select shared_id as contribution_id, author_id, count(*)::int as shares from found group by 1, 2
    ), counts as (
      select contribution_id as id, sum(shares)::int as share_count, count(*)::int as sharer_count from sharers group by 1
    ), drift as (
      select 'shares by contribution ' || contribution_id as what, author_id as member, sum(kept)::int as kept,
          sum(1 - kept)::int as counted, 'shares' as repair, array[contribution_id] as of
        from (select 1 as kept, * from (select shared_id, contribution_id, kind, author_id, added_at from share
              except select * from found) a
            union all select 0, * from (select * from found
              except select shared_id, contribution_id, kind, author_id, added_at from share) b) s
        group by contribution_id, author_id
      union all
      select one.what || ' of contribution ' || c.id, c.author_id, one.kept, one.counted, 'sharers', array[c.id]
        from contribution c left join counts n on n.id = c.id cross join lateral (values
          ('share_count', c.share_count, coalesce(n.share_count, 0)),
          ('sharer_count', c.sharer_count, coalesce(n.sharer_count, 0))
        ) one (what, kept, counted) where one.kept <> one.counted
      union all
      select 'shares of contribution ' || contribution_id || ' by a member', author_id, coalesce(kept.shares, 0),
          coalesce(sharers.shares, 0), 'sharers', array[contribution_id]
        from sharer kept full join sharers using (contribution_id, author_id)
        where coalesce(kept.shares, 0) <> coalesce(sharers.shares, 0)
      union all
      select 'embeds of contribution ' || contribution_id, author_id, sum(kept)::int, sum(1 - kept)::int, 'embeds',
          array[contribution_id]
        from (select 1 as kept, * from (table embed_feed except select * from embeds) a
            union all select 0, * from (select * from embeds except table embed_feed) b) e
        group by contribution_id, author_id
    )
    -- Of those who are being erased the medias go before what shows them.
    select * from drift where not exists (select from erasure e where e.member_id = drift.member)
    order by what, member limit ${$.most}`,
})

/**
 * Compares the kept shares and embeds with the medias that contributions show. Any drift is a bug of Kith.
 * @param most rows reported at most
 */
export const findCarriedDrift = (db: Db, most = 100): Promise<Drift[]> => looking.rows(db, { most })
