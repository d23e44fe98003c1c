import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** The apps that a member has allowed to act for them, each time and for the future; and the apps that act as them. */
export const ownGrants: Record<string, OwnRows> = {
  apps: ownRows('oauth: what a member has allowed', ($) => ({
    key: 'g.id',
    json: `json_build_object('app', a.name, 'scopes', g.scopes, 'allowed_at', g.created_at, 'ends_at', g.expires_at)`,
    from: `from oauth_grant g join oauth_app a on a.id = g.app_id where g.user_id = ${$.member}`,
  })),
  app_consents: ownRows('oauth: what a member is not asked again', ($) => ({
    key: 'o.app_id',
    json: `json_build_object('app', a.name, 'scopes', o.scopes)`,
    from: `from oauth_consent o join oauth_app a on a.id = o.app_id where o.user_id = ${$.member}`,
  })),
  own_apps: ownRows('oauth: apps that act as a member', ($) => ({
    key: 'a.id',
    json: `json_build_object('client_id', a.client_id, 'name', a.name, 'description', a.description, 'grants', a.grants,
      'scopes', a.scopes, 'created_at', a.created_at)`,
    from: `from oauth_app a where a.member_id = ${$.member}`,
  })),
}
