import { decodeJwt } from 'jose'
import type { Credential } from '../auth/credentials.ts'
import { unseenBannersSql, unseenSql } from '../notifications/count.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** Who listens, by what: it may end while they do. */
export type Listener = {
  member: number
  /** When a JSON Web Token was signed, in seconds: 0 where it is none. */
  since: number
  /** What a token of an app is of: 0 where it is none. */
  grant: number
}

/** Who listens by a credential. A token may end by its time meanwhile: pages go on with the one they were opened with. */
export function listenerOf(credential: Credential): Listener {
  const { member } = credential
  if (credential.kind === 'jwt') return { member, since: decodeJwt(credential.token).iat ?? 0, grant: 0 }
  return { member, since: 0, grant: credential.kind === 'token' ? credential.grant : 0 }
}

const finding = statement({
  name: 'live: who may go on listening',
  takes: { members: 'bigint[]', sinces: 'bigint[]', grants: 'bigint[]' },
  gives: { nth: 'bigint', blocked: 'boolean', unseen: 'int', banners: 'int' },
  variants: () => [{ counts: true }, { counts: false }],
  sql: ($, { counts }) => `select s.nth, u.status = 'b' as blocked,
      ${counts ? unseenSql('u.id') : '0'} as unseen, ${counts ? unseenBannersSql('u.id') : '0'} as banners
    from unnest(${$.members}, ${$.sinces}, ${$.grants}) with ordinality s(member, since, grant_id, nth)
    join users u on u.id = s.member and u.status in ('a', 'b')
    left join credential c on c.user_id = s.member
    where case when s.grant_id = 0 then c.changed_at is null or floor(extract(epoch from c.changed_at)) <= s.since
      else exists (select from oauth_grant g join oauth_app a on a.id = g.app_id
        where g.id = s.grant_id and 'read' = any(a.scopes)) end`,
})

/** How somebody who listens stands, and how many notifications and banners they have not seen, where that is asked for. */
export type Standing = { blocked: boolean; unseen: number; banners: number }

/**
 * Those who listen and are still here, and what they listen by is neither withdrawn nor of before the password was
 * changed. Whoever is blocked may not go on, but is told so.
 * @param counts whether to count what they have not seen
 */
export async function findStanding<Who extends Listener>(
  db: Db,
  listeners: Who[],
  counts: boolean,
): Promise<Map<Who, Standing>> {
  const values = {
    members: listeners.map(({ member }) => member),
    sinces: listeners.map(({ since }) => since),
    grants: listeners.map(({ grant }) => grant),
  }
  const rows = await finding.rows(db, values, { counts })
  return new Map(rows.map(({ nth, ...standing }) => [listeners[nth - 1] as Who, standing]))
}
