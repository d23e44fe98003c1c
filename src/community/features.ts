// The features of this server. Clients switch on whole areas by these names and ask for their endpoints at once
// (`reaction`, `tagging`, `grouping`, `event`, `live_stream`, `course`, `payments`), so a feature is enabled only
// when its endpoints are served. The id is the place in the list: append, never reorder.

const names = [
  'interests',
  'customize',
  'addons',
  'domain',
  'social_providers',
  'community_subscription',
  'seo',
  'advertising',
  'google_cloud_api',
  'hotjar',
  'sqreen',
  'incubators',
  'cms',
  'legal_pages',
  'scoring',
  'user_roles',
  'email_manager',
  'loyalty',
  'broadcast',
  'invitation',
  'app_settings',
  'moderation_flags',
  'moderation_contents',
  'moderation_users_blocked',
  'moderation_users',
  'data_provisioning_dashboard',
  'data_provisioning_users',
  'data_provisioning_contents',
  'data_provisioning_interests',
  'data_provisioning_polls',
  'data_provisioning_reports',
  'registration_alerts',
  'social_share',
  'stream_settings',
  'tagging',
  'api_v2',
  'webhook',
  'headless',
  'customize_headless',
  'system_pages',
  'reaction',
  'grouping',
  'event',
  'live_stream',
  'payments',
  'course',
] as const

export type FeatureName = (typeof names)[number]

export type Feature = { id: number; name: FeatureName; enabled: boolean }

const served: ReadonlySet<FeatureName> = new Set<FeatureName>([
  'api_v2',
  'webhook',
  'headless',
  'user_roles',
  'incubators',
  'reaction',
  'scoring',
  'tagging',
  'moderation_flags',
  'moderation_contents',
  'moderation_users',
  'moderation_users_blocked',
])

/** Every feature name of the API, in the order of ids, and whether this server has it. */
export const features: readonly Feature[] = names.map((name, index) => ({
  id: index + 1,
  name,
  enabled: served.has(name),
}))
