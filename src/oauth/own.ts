import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** The apps that a member has allowed to act for them, each time they did. */
export const ownGrants: Record<string, OwnRows> = {
  apps: ownRows('oauth: what a member has allowed', ($) => ({
    key: 'g.id',
    json: `json_build_object('app', a.name, 'scopes', g.scopes, 'allowed_at', g.created_at, 'ends_at', g.expires_at)`,
    from: `from oauth_grant g join oauth_app a on a.id = g.app_id where g.user_id = ${$.member}`,
  })),
}
