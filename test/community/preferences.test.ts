import { describe, expect, expectTypeOf, test } from 'vitest'
import { features } from '../../src/community/features.ts'
import { parsePreference } from '../../src/community/parse-preference.ts'
import {
  defaultPreferences,
  findPreferenceByKey,
  findPreferenceByName,
  type PreferenceDefinition,
  type Preferences,
  preferenceDefinitions,
} from '../../src/community/preferences.ts'
import documentedKeys from './preference-names.json' with { type: 'json' }

const documented = preferenceDefinitions.filter(({ id }) => id <= 1000)
const ours = preferenceDefinitions.filter(({ id }) => id > 1000)

function preference(key: string): PreferenceDefinition {
  const definition = findPreferenceByKey(key)
  if (!definition) throw new Error(`no preference ${key}`)
  return definition
}

const parse = (key: string, input: unknown) => parsePreference(preference(key), input)

describe('the list of preferences', () => {
  test('holds the 210 names of the API, each with the id of its place', () => {
    expect(documentedKeys).toHaveLength(210)
    expect(documented.map(({ id, key }) => [id, key])).toEqual(documentedKeys.map((key, index) => [index + 1, key]))
  })

  test('holds our own extensions from id 1001', () => {
    expect(ours.map(({ id, key, default: value }) => [id, key, value])).toEqual([
      [1001, 'kith.connection_request_cooldown_days', 30],
      [1002, 'kith.connection_request_daily_quota', 0],
      [1003, 'kith.connection_request_expiry_days', 0],
      [1004, 'kith.mutual_counts_enabled', true],
      [1010, 'kith.signup_email_confirmation', true],
      [1020, 'kith.new_contribution_notification_enabled', false],
    ])
  })

  test('has no id and no bare name twice', () => {
    expect(new Set(preferenceDefinitions.map(({ id }) => id)).size).toBe(216)
    expect(new Set(preferenceDefinitions.map(({ name }) => name)).size).toBe(216)
  })

  test('explains each preference in a sentence', () => {
    for (const { key, help } of preferenceDefinitions) expect(help, key).toMatch(/^[A-Z].*\.$/)
  })

  test('can be searched by name and by key', () => {
    expect(findPreferenceByName('follow_enabled')).toBe(preference('configurations.follow_enabled'))
    expect(findPreferenceByName('configurations.follow_enabled')).toBeUndefined()
    expect(findPreferenceByKey('follow_enabled')).toBeUndefined()
    expect(findPreferenceByKey('constructor')).toBeUndefined()
  })

  test('marks exactly the secrets of providers', () => {
    const secrets = preferenceDefinitions.filter(({ secret }) => secret)
    expect(secrets.map(({ key }) => key)).toEqual([
      'providers.apns_push_notifications_cert',
      'providers.entraid_app_secret',
      'providers.facebook_app_secret',
      'providers.google_app_secret',
      'providers.google_cloud_messaging_api_key',
      'providers.keycloak_app_secret',
      'providers.linkedin_app_secret',
      'providers.twitter_app_secret',
    ])
    for (const { key, default: value } of secrets) expect(value, key).toBe('')
  })

  test('has no unmarked name that sounds like a secret', () => {
    const names = preferenceDefinitions.filter(({ secret }) => !secret).map(({ name }) => name)
    expect(names.filter((name) => /secret|password|cert|private_key/.test(name))).toEqual([
      'email_password_login_enabled',
      'url_template_password_recover',
    ])
  })
})

describe('a new community', () => {
  test('has a native value of the right type for every preference', () => {
    for (const { key, type, default: value } of preferenceDefinitions) {
      const expected = type === 'boolean' ? 'boolean' : type === 'integer' ? 'number' : 'string'
      expect(typeof value, key).toBe(expected)
      expect(defaultPreferences[key], key).toBe(value)
    }
    expect(Object.keys(defaultPreferences)).toHaveLength(216)
  })

  test('starts with values its own administrators could have sent', () => {
    for (const each of preferenceDefinitions)
      expect(parsePreference(each, each.default), each.key).toEqual({ value: each.default })
  })

  test('is open, in friendship mode, with the three contribution types and comments', () => {
    expect(defaultPreferences).toMatchObject({
      'configurations.follow_enabled': false,
      'configurations.connection_enabled': true,
      'configurations.content_availability': true,
      'configurations.post_type_enabled': true,
      'configurations.discussion_type_enabled': true,
      'configurations.status_type_enabled': true,
      'configurations.comments_enabled': true,
      'text.application_name': 'Kith',
    })
  })

  test('offers nothing that is not built', () => {
    expect(defaultPreferences).toMatchObject({
      'configurations.groups_enabled': false,
      'configurations.events_enabled': false,
      'configurations.courses_enabled': false,
      'configurations.live_stream_enabled': false,
      'configurations.payments_enabled': false,
    })
  })

  test.each([
    'post',
    'discussion',
    'status',
    'comment',
    'category',
    'categories_list',
    'profile',
    'profile_settings',
    'notifications',
    'private_message',
    'incubator',
    'live_stream',
  ])('has a path for %s, without which clients draw nothing', (page) => {
    expect(preference(`configurations.url_template_${page}`).default).toMatch(/^\/[a-z{]/)
  })

  test('has exactly typed values', () => {
    expectTypeOf<Preferences['configurations.follow_enabled']>().toEqualTypeOf<boolean>()
    expectTypeOf<Preferences['kith.connection_request_daily_quota']>().toEqualTypeOf<number>()
    expectTypeOf<Preferences['text.application_name']>().toEqualTypeOf<string>()
    expectTypeOf<Preferences['configurations.home_stream_order_by']>().toEqualTypeOf<'recent' | 'last_activity'>()
  })
})

describe('parsing', () => {
  test.each([
    ['configurations.follow_enabled', true, true],
    ['configurations.follow_enabled', 'true', true],
    ['configurations.follow_enabled', 'True', true],
    ['configurations.follow_enabled', '1', true],
    ['configurations.follow_enabled', false, false],
    ['configurations.follow_enabled', 'false', false],
    ['configurations.follow_enabled', 'False', false],
    ['configurations.follow_enabled', '0', false],
    ['loyalty.points_make_post', 12, 12],
    ['loyalty.points_make_post', '12', 12],
    ['loyalty.points_make_post', '0', 0],
    ['loyalty.points_make_post', '-0', 0],
    ['covers.covers_visibility', 4, 4],
    ['colors.colorback', '#fff', '#fff'],
    ['colors.colorback', '#fff8', '#fff8'],
    ['colors.colorback', '#B20404', '#B20404'],
    ['colors.colorback', '#b20404cc', '#b20404cc'],
    ['configurations.app_url', '', ''],
    ['configurations.app_url', 'https://kith.example', 'https://kith.example'],
    ['configurations.app_url', 'http://localhost:3000/app', 'http://localhost:3000/app'],
    ['logo.navbar_logo', '/media/logo.svg', '/media/logo.svg'],
    ['logo.navbar_logo', 'https://kith.example/logo.svg?v=2', 'https://kith.example/logo.svg?v=2'],
    ['configurations.home_stream_order_by', 'last_activity', 'last_activity'],
    ['configurations.user_metadata_definition', '', ''],
    ['configurations.user_metadata_definition', '{"job":{"label":"Job"}}', '{"job":{"label":"Job"}}'],
    ['configurations.url_template_profile', '/@{username}', '/@{username}'],
    ['configurations.url_template_category', '/c/{slug}/', '/c/{slug}/'],
    ['configurations.url_template_notifications', '/news/', '/news/'],
    ['configurations.url_template_email_unsubscribe', '/bye/{id}/?token={token}', '/bye/{id}/?token={token}'],
    ['text.application_name', 'Kith & Kin', 'Kith & Kin'],
    ['text.application_slogan1', '', ''],
    ['text.errorpages_subtitle', 'One line,\nand another.', 'One line,\nand another.'],
    ['style.custom_css', 'a { color: red }\n', 'a { color: red }\n'],
    ['providers.apns_push_notifications_cert', 'BEGIN\nabc\nEND', 'BEGIN\nabc\nEND'],
  ])('%s takes %j as %j', (key, input, value) => {
    expect(parse(key, input)).toEqual({ value })
  })

  test.each([
    ['configurations.follow_enabled', 'yes', 'invalid', 'Send true or false.'],
    ['configurations.follow_enabled', 1, 'invalid', 'Send true or false.'],
    ['configurations.follow_enabled', '', 'invalid', 'Send true or false.'],
    ['configurations.follow_enabled', null, 'invalid', 'Send true or false.'],
    ['configurations.follow_enabled', ['true'], 'invalid', 'Send true or false.'],
    ['covers.covers_visibility', 5, 'max_value', 'Send a whole number from 0 to 4.'],
    ['covers.covers_visibility', '-1', 'min_value', 'Send a whole number from 0 to 4.'],
    ['covers.covers_visibility', 1.5, 'invalid', 'Send a whole number from 0 to 4.'],
    ['covers.covers_visibility', '1e0', 'invalid', 'Send a whole number from 0 to 4.'],
    ['covers.covers_visibility', '', 'invalid', 'Send a whole number from 0 to 4.'],
    ['covers.covers_visibility', true, 'invalid', 'Send a whole number from 0 to 4.'],
    ['covers.covers_visibility', Number.NaN, 'invalid', 'Send a whole number from 0 to 4.'],
    ['covers.covers_visibility', '9'.repeat(400), 'invalid', 'Send a whole number from 0 to 4.'],
    ['text.application_name', 12, 'invalid', 'Send text.'],
    ['text.application_name', null, 'invalid', 'Send text.'],
    ['text.application_name', { name: 'Kith' }, 'invalid', 'Send text.'],
    ['text.application_name', '', 'blank', 'Send some text; this cannot be empty.'],
    ['text.application_name', '  ', 'blank', 'Send some text; this cannot be empty.'],
    ['text.application_name', 'a'.repeat(256), 'max_length', 'Send at most 255 characters.'],
    ['text.application_name', 'Kith\nKin', 'invalid', 'Leave out line breaks and other control characters.'],
    [
      'configurations.accepted_media_mimetypes',
      'image/png,\nimage/gif',
      'invalid',
      'Leave out line breaks and other control characters.',
    ],
    ['configurations.home_stream_order_by', 'relevant', 'invalid_choice', 'Send one of: recent, last_activity.'],
  ])('%s refuses %j (%s)', (key, input, code, message) => {
    expect(parse(key, input)).toEqual({ error: { code, message } })
  })

  test.each(['', 'red', 'fff', '#ff', '#fffff', '#fffffff', '#ggg', '#fff ', '#fff\n', 'rgb(0,0,0)'])(
    'a colour cannot be %j',
    (input) => {
      expect(parse('colors.colorback', input)).toHaveProperty('error.message', 'Send a colour like #1f5f5b or #fff.')
    },
  )

  test.each([
    'kith.example',
    '/app',
    'javascript:alert(1)',
    'ftp://kith.example',
    'https://',
    'https:///x',
    'http://a b',
    'https://[::x]/',
    'https://kith.example/"onload=',
  ])('an address cannot be %j', (input) => {
    expect(parse('configurations.app_url', input)).toHaveProperty('error.code', 'invalid')
  })

  test.each([
    'logo.svg',
    '//evil.example/logo.svg',
    '/\\evil.example',
    "/a.svg') url('x",
    'data:image/png;base64,AA==',
  ])('a picture cannot be %j', (input) => {
    expect(parse('logo.navbar_logo', input)).toHaveProperty('error.code', 'invalid')
  })

  test.each(['{', '[]', 'null', '"text"', '12', 'undefined'])('a JSON object cannot be %j', (input) => {
    expect(parse('configurations.user_metadata_definition', input)).toHaveProperty('error.code', 'invalid')
  })

  test.each([
    ['', 'Send a path that starts with /, without spaces and colons.'],
    ['post/{id}', 'Send a path that starts with /, without spaces and colons.'],
    ['//post/{id}', 'Send a path that starts with /, without spaces and colons.'],
    ['https://kith.example/post/{id}', 'Send a path that starts with /, without spaces and colons.'],
    ['/post/:id/', 'Send a path that starts with /, without spaces and colons.'],
    ['/post/', 'Use at least one of {id}, {slug}.'],
    ['/post/{pk}/', 'Use no placeholders other than {id}, {slug}.'],
    ['/post/{}/', 'Use no placeholders other than {id}, {slug}.'],
    ['/post/{id}-{slug}/', 'Put at most one {placeholder} between two slashes, at the end, as in /post/{id}/.'],
    ['/post/{id}.html', 'Put at most one {placeholder} between two slashes, at the end, as in /post/{id}/.'],
    ['/post/{id', 'Put at most one {placeholder} between two slashes, at the end, as in /post/{id}/.'],
  ])('the path of a post cannot be %j', (input, message) => {
    expect(parse('configurations.url_template_post', input)).toEqual({ error: { code: 'invalid', message } })
  })

  test('a path without placeholders takes none', () => {
    expect(parse('configurations.url_template_notifications', '/news/{id}/')).toEqual({
      error: { code: 'invalid', message: 'Use no placeholders here.' },
    })
  })
})

describe('the list of features', () => {
  test('holds the 46 names of the API with ids in their order', () => {
    expect(features.map(({ id }) => id)).toEqual(Array.from({ length: 46 }, (_, index) => index + 1))
    expect(features.map(({ name }) => name).join(' ')).toBe(
      'interests customize addons domain social_providers community_subscription seo advertising google_cloud_api ' +
        'hotjar sqreen incubators cms legal_pages scoring user_roles email_manager loyalty broadcast invitation ' +
        'app_settings moderation_flags moderation_contents moderation_users_blocked moderation_users ' +
        'data_provisioning_dashboard data_provisioning_users data_provisioning_contents data_provisioning_interests ' +
        'data_provisioning_polls data_provisioning_reports registration_alerts social_share stream_settings tagging ' +
        'api_v2 webhook headless customize_headless system_pages reaction grouping event live_stream payments course',
    )
  })

  test('enables only what is served', () => {
    const enabled = features.filter((feature) => feature.enabled).map(({ name }) => name)
    expect(enabled).toEqual([
      ...['incubators', 'scoring', 'user_roles'],
      ...['moderation_flags', 'moderation_contents', 'moderation_users_blocked', 'moderation_users'],
      ...['tagging', 'api_v2', 'webhook', 'headless', 'reaction'],
    ])
  })
})
