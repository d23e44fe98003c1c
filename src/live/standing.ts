import { decodeJwt } from 'jose'
import type { Credential } from '../auth/credentials.ts'
import { unseenBannersSql, unseenSql } from '../notifications/count.ts'
import type { Db } from '../platform/db/database.ts'
import { statement } from '../platform/sql/statement.ts'

/** Who listens, and by which credential; it may end while they do. */
export type Listener = {
  member: number
  /** When a JSON Web Token was signed, in seconds; 0 for other credentials. */
  since: number
  /** The grant that an app's token belongs to; 0 for other credentials. */
  grant: number
}

/** The listener behind a credential. A token may expire meanwhile: an open page goes on. */
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

/** Whether a listener is blocked, and how many notifications and banners they have not seen, if asked for. */
export type Standing = { blocked: boolean; unseen: number; banners: number }

/**
 * Those listeners who still exist and whose credential still holds: not withdrawn, and not older than the last change
 * of the password. Blocked members are included, so that they can be told.
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
