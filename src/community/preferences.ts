// Every setting of a community: its name, its possible values, and its value in a new community.
//
// Clients read these settings anonymously before they draw anything, test flags for truthiness, and several stop
// working when a name is missing. So all names are always served, with native JSON values, except secrets.
//
// An id is part of the API: never change one, never reuse one. Settings of our own count from 1001.

import { ownPictures } from '../pictures/paths.ts'
import { faultOfFields } from './profile-fields.ts'

export type PreferenceType =
  | 'boolean'
  | 'integer'
  | 'string' // one line
  | 'text' // several lines
  | 'code' // HTML, CSS or script, printed as it is
  | 'json' // empty, or a JSON object written as text
  | 'color'
  | 'url' // empty, or an absolute http(s) address
  | 'image' // empty, an http(s) address, or a path; that of a picture of ours is served with the address of this server
  | 'url_template' // a path with {placeholders}
  | 'choice'

export type PreferenceValue = boolean | number | string

type Rule<Value extends PreferenceValue> = {
  id: number
  type: PreferenceType
  default: Value
  help: string
  /** Administrators write it; nobody reads it. */
  secret?: true
  /** An empty value is refused. */
  required?: true
  maxLength?: number
  min?: number
  max?: number
  choices?: readonly string[]
  /** The feature it needs that is not built, in the plural. It keeps its default, and other values are refused. */
  notYet?: string
  placeholders?: readonly string[]
  /** What is wrong with a text that fits the type, in a sentence. */
  check?: (input: string) => string | undefined
}

const flag = (id: number, value: boolean, help: string): Rule<boolean> => {
  return { id, type: 'boolean', default: value, help }
}

const integer = (id: number, value: number, help: string, max = 100_000): Rule<number> => {
  return { id, type: 'integer', default: value, help, min: 0, max }
}

const written = (type: PreferenceType, maxLength: number) => {
  return (id: number, value: string, help: string): Rule<string> => ({ id, type, default: value, help, maxLength })
}

const empty = (type: PreferenceType, maxLength: number) => {
  return (id: number, help: string): Rule<string> => ({ id, type, default: '', help, maxLength })
}

const string = written('string', 255)
/** Pictures, and documents in which browsers run nothing. */
const acceptedTypes =
  'image/jpeg,image/png,image/gif,image/webp,application/pdf,text/plain,text/csv,application/zip,application/rtf,' +
  'application/msword,application/vnd.ms-excel,application/vnd.ms-powerpoint,' +
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document,' +
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,' +
  'application/vnd.openxmlformats-officedocument.presentationml.presentation,' +
  'application/vnd.oasis.opendocument.text,application/vnd.oasis.opendocument.spreadsheet,' +
  'application/vnd.oasis.opendocument.presentation'
const list = written('string', 2_000) // comma-separated items
const text = written('text', 5_000)
const json = written('json', 100_000)
const color = written('color', 100)
const code = empty('code', 100_000)
const url = empty('url', 2_000)
const image = empty('image', 2_000)
const picture = written('image', 2_000) // one that Kith draws, unless another is chosen

// Certificates have several lines, so every secret may.
const secret = (id: number, help: string): Rule<string> => ({ ...text(id, '', help), secret: true })

// A template may use the placeholders of its default and those in `more`; clients can fill in no others.
const template = (id: number, value: string, help: string, ...more: string[]): Rule<string> => ({
  id,
  type: 'url_template',
  default: value,
  help,
  maxLength: 2_000,
  placeholders: [...Array.from(value.matchAll(/\{(\w+)\}/g), ([, name = '']) => name), ...more],
})

const choice = <const Choice extends string>(
  id: number,
  value: NoInfer<Choice>,
  choices: readonly Choice[],
  help: string,
): Rule<Choice> => ({ id, type: 'choice', default: value, help, choices })

/** An option of a feature that is not built. Setting it is refused, so that nobody believes it works. */
const later = <Value extends PreferenceValue>(missing: string, rule: Rule<Value>): Rule<Value> => ({
  ...rule,
  notYet: missing,
})

const declared = {
  addons: {
    affinity_enabled: later('Affinities', flag(1, false, 'Members see how much they have in common with others.')),
    closed_community: flag(2, false, 'Nobody can register by themselves.'),
    cookie_policy_enabled: flag(3, false, 'Visitors are asked about cookies.'),
    custom_code_body: code(4, 'Code added to the body of every page.'),
    custom_code_head: code(5, 'Code added to the head of every page.'),
    gdpr_signup_step_enabled: flag(6, false, 'Registration has a step for the privacy terms.'),
    incubator_enabled: flag(7, false, 'Members may propose new categories.'),
    incubator_subscribers: integer(8, 50, 'Supporters a proposed category needs before it can be approved.'),
    incubator_suggestions: integer(9, 3, 'How many proposed categories are suggested at a time.', 100),
    invite_code: flag(10, false, 'Registration needs an invitation code.'),
    loyalty_points_collection: later('Loyalty points', flag(11, false, 'Members collect loyalty points.')),
    polls_enabled: flag(12, false, 'Members may add polls; the staff and publishers may in any case.'),
    post_geolocation_enabled: flag(13, false, 'Members may attach a place to what they publish.'),
    private_messages_enabled: flag(14, false, 'Members may write private messages.'),
    registration_wizard: flag(15, false, 'New members are led through their first steps.'),
    share_post_enabled: flag(16, false, 'Members may share contributions inside the community.'),
    share_post_on_facebook_enabled: flag(17, false, 'Contributions have a button to share them on Facebook.'),
    share_post_on_linkedin_enabled: flag(18, false, 'Contributions have a button to share them on LinkedIn.'),
    share_post_on_twitter_enabled: flag(19, false, 'Contributions have a button to share them on Twitter.'),
    tutorial_enabled: flag(20, false, 'New members see a tutorial.'),
  },

  advertising: {
    ads_above_footer_bar_code: code(21, 'Google advertising above the footer.'),
    ads_below_topbar_code: code(22, 'Google advertising below the top bar.'),
    ads_enabled: flag(23, false, 'Pages show Google advertising.'),
    ads_footer_sticky_code: code(24, 'Google advertising that stays at the bottom of the screen.'),
    ads_in_post_comments_code: code(25, 'Google advertising between comments.'),
    ads_in_stream_code: code(26, 'Google advertising between the items of a feed.'),
    ads_manual_enabled: flag(27, false, 'Google advertising appears only where code for it is given.'),
    ads_only_for_anonymous_users_enabled: flag(28, false, 'Only visitors see Google advertising.'),
    ads_related_posts_column_code: code(29, 'Google advertising beside related posts.'),
    ads_tools_column_code: code(30, 'Google advertising in the side column.'),
    ads_verification_code: string(31, '', 'Code by which Google recognises the site.'),
    custom_adv_enabled: later('Advertisements of your own', flag(32, false, 'Pages show advertising of your own.')),
    custom_adv_only_for_anonymous_users_enabled: flag(33, false, 'Only visitors see your own advertising.'),
  },

  analytics: {
    google_analytics_stats_debug_enabled: flag(34, false, 'Google Analytics runs in debug mode.'),
    google_analytics_stats_enabled: flag(35, false, 'Visits are counted by Google Analytics.'),
    google_analytics_stats_property_id: string(36, '', 'Tracking id of the Google Analytics property.'),
    hotjar_stats_enabled: flag(37, false, 'Visits are recorded by Hotjar.'),
    hotjar_stats_tracking_code: string(38, '', 'Tracking code of the Hotjar account.'),
  },

  // Clients skip the navbar colour when the secondary colour is not valid, so none of these may be empty.
  colors: {
    boxcolorback: color(39, '#ffffff', 'Background of boxes; a dark one turns the whole theme dark.'),
    colorback: color(40, '#f5f5f4', 'Background of pages.'),
    colorprimary: color(41, '#1f5f5b', 'Main colour, of buttons for instance.'),
    colorsecondary: color(42, '#b4532a', 'Accent colour.'),
    font_color: color(43, '#292524', 'Text.'),
    font_color_secondary: color(44, '#57534e', 'Less important text.'),
    navbarback: color(45, '#ffffff', 'Background of the navigation bar.'),
    submenuback: color(46, '#fafaf9', 'Background of submenus.'),
  },

  configurations: {
    accepted_media_mimetypes: list(47, acceptedTypes, 'MIME types members may upload.'),
    app_url: url(48, 'Address of the site members use, without a slash at the end; empty means this server.'),
    category_follow_enabled: flag(49, true, 'Members may follow categories.'),
    comments_enabled: flag(50, true, 'Members may comment.'),
    connection_enabled: flag(51, true, 'Clients show connections; they count only while follow_enabled is off.'),
    contact_api_enabled: flag(52, false, 'Clients may offer a contact form.'),
    content_availability: flag(53, true, 'Content can be read without signing in.'),
    context_menu_enabled: flag(54, true, 'Contributions have a menu to edit, hide or report them.'),
    courses_advanced_enabled: flag(55, false, 'Courses may be of the structured and scheduled kinds.'),
    courses_enabled: later('Courses', flag(56, false, 'The community has courses.')),
    courses_only_staff_enabled: flag(57, false, 'Only staff may create courses.'),
    courses_private_enabled: flag(58, false, 'Courses may be private.'),
    courses_visibility_enabled: flag(59, false, 'Courses may be hidden from those who have not joined.'),
    custom_navbar_item_enabled: flag(60, false, 'The navigation bar has one more item.'),
    custom_navbar_item_image: image(61, 'Picture of the additional item in the navigation bar.'),
    custom_navbar_item_text: string(62, '', 'Tooltip of the additional item in the navigation bar.'),
    custom_navbar_item_url: url(63, 'Where the additional item in the navigation bar leads.'),
    discussion_type_enabled: flag(64, true, 'Members may publish discussions.'),
    email_password_login_enabled: flag(65, true, 'Members may sign in with e-mail address and password.'),
    events_enabled: later('Events', flag(66, false, 'The community has events.')),
    events_only_staff_enabled: flag(67, false, 'Only staff may create events.'),
    events_private_enabled: flag(68, false, 'Events may be private.'),
    events_visibility_enabled: flag(69, false, 'Events may be hidden from those who are not invited.'),
    explore_stream_enabled: flag(70, true, 'There is a feed of everything that is published.'),
    explore_stream_order_by: choice(71, 'recent', ['recent', 'last_activity'], 'Usual order of the explore feed.'),
    follow_enabled: flag(72, false, 'Members follow each other; off means they connect by request and consent.'),
    gdpr_cookie_consent_external_html: code(73, 'HTML of an external cookie banner.'),
    gdpr_signup_accept_html: code(74, 'HTML of the consent asked for at registration.'),
    groups_enabled: later('Groups', flag(75, false, 'The community has groups.')),
    groups_only_staff_enabled: flag(76, false, 'Only staff may create groups.'),
    groups_private_enabled: flag(77, false, 'Groups may be private.'),
    groups_visibility_enabled: flag(78, false, 'Groups may be hidden from those who are not members of them.'),
    home_stream_order_by: choice(79, 'recent', ['recent', 'last_activity'], 'Usual order of the home feed.'),
    live_stream_enabled: later('Live streams', flag(80, false, 'The community has live streams.')),
    live_stream_only_staff_enabled: flag(81, false, 'Only staff may start live streams.'),
    live_stream_video_conference_enabled: flag(82, false, 'A live stream may be a video conference.'),
    manual_categories_order_enabled: flag(83, false, 'Categories appear in an order set by hand.'),
    onboarding_enabled: flag(84, false, 'Whoever sets up the community is led through it.'),
    onboarding_hidden: flag(85, false, 'The guide through the setup is folded away.'),
    payments_enabled: later('Payments', flag(86, false, 'Access to content may be sold.')),
    people_card_with_cover_enabled: flag(87, false, 'Cards of members show their cover.'),
    people_search_enabled: later(
      'Communities without a search for members',
      flag(88, true, 'Members can be searched for.'),
    ),
    post_addressing_required_enabled: flag(89, false, 'A contribution must be addressed to someone.'),
    post_category_required_enabled: flag(90, false, 'A contribution must have a category.'),
    post_only_staff_enabled: flag(91, false, 'Only staff may publish contributions.'),
    post_type_enabled: flag(92, true, 'Members may publish posts.'),
    post_user_addressing_enabled: later(
      'Contributions for single members',
      flag(93, false, 'A contribution may be addressed to single members.'),
    ),
    post_with_categories_only_staff_enabled: flag(94, false, 'Only staff may publish in categories.'),
    scheduled_posts_enabled: flag(95, false, 'Contributions may be published at a later time.'),
    sidebar_show_all_categories_enabled: flag(96, false, 'The sidebar lists all categories, not only followed ones.'),
    signup_username_name_surname_enabled: flag(97, false, 'Registration asks for the real name too.'),
    status_type_enabled: flag(98, true, 'Members may publish statuses.'),
    stream_quality: later('Feeds by quality', flag(99, false, 'Feeds prefer contributions of quality.')),
    stripe_connected_account_id: string(100, '', 'Stripe account that receives payments.'),
    // Clients lock functions of lower tiers; nothing is for sale here, so nothing is locked.
    subscription_tier: choice(
      101,
      'ENTERPRISE',
      ['FREE_TRIAL', 'GO', 'PROFESSIONAL', 'ENTERPRISE'],
      'Tier clients assume when they decide what to unlock.',
    ),
    tag_manager_container_id: string(102, '', 'Container id of Google Tag Manager.'),
    url_template_categories_list: template(103, '/categories/', 'Page of all categories.'),
    url_template_category: template(104, '/category/{id}/{slug}/', 'Page of a category.'),
    url_template_comment: template(
      105,
      '/{contribution_type}/{contribution_id}/comment/{id}/',
      'Page of a comment.',
      'contribution_slug',
    ),
    url_template_discussion: template(106, '/discussion/{id}/', 'Page of a discussion.', 'slug'),
    url_template_email_settings: template(
      107,
      '/user/{id}/settings/notifications/?token={token}',
      'Page, linked in e-mails, where a member chooses which e-mails to receive.',
    ),
    url_template_email_unsubscribe: template(
      108,
      '/user/{id}/unsubscribe/?token={token}',
      'Page, linked in e-mails, where a member stops them.',
    ),
    url_template_incubator: template(109, '/incubator/{id}/', 'Page of a proposed category.', 'slug'),
    url_template_live_stream: template(110, '/live/{slug}/', 'Page of a live stream.', 'id'),
    url_template_notifications: template(111, '/notification/', 'Page of the notifications.'),
    url_template_password_recover: template(
      112,
      '/account/recover/password/?validation_code={validation_code}',
      'Page, linked in an e-mail, where a member sets a new password.',
    ),
    url_template_post: template(113, '/post/{id}/', 'Page of a post.', 'slug'),
    url_template_private_message: template(114, '/messages/{id}/', 'Page of the messages with a member.', 'username'),
    url_template_profile: template(115, '/user/{id}/', 'Page of a member.', 'username'),
    url_template_profile_settings: template(116, '/user/{id}/edit/', "Page of a member's own settings.", 'username'),
    url_template_status: template(117, '/status/{id}/', 'Page of a status.', 'slug'),
    url_template_verify_email: template(
      118,
      '/account/verify/?validation_code={validation_code}',
      'Page, linked in an e-mail, that confirms an address.',
    ),
    // Clients parse this text as JSON; an empty object says that there are no fields.
    user_metadata_definition: {
      ...json(119, '{}', 'Additional profile fields: an object of name, label and type.'),
      check: faultOfFields,
    },
    users_approval_enabled: flag(120, false, 'Who makes an account waits until an administrator lets them in.'),
    video_autoplay_enabled: flag(121, false, 'Videos start by themselves.'),
    video_play_tracking_delay_seconds: integer(122, 3, 'Seconds of playing after which a video counts as seen.', 3_600),
  },

  covers: {
    cover_1_hp_320: image(123, 'First cover of the home page, 320 pixels wide.'),
    cover_1_hp_480: image(124, 'First cover of the home page, 480 pixels wide.'),
    cover_1_hp_767: image(125, 'First cover of the home page, 767 pixels wide.'),
    cover_1_hp_m1920: image(126, 'First cover of the home page, 1920 pixels wide.'),
    cover_2_hp_320: image(127, 'Second cover of the home page, 320 pixels wide.'),
    cover_2_hp_480: image(128, 'Second cover of the home page, 480 pixels wide.'),
    cover_2_hp_767: image(129, 'Second cover of the home page, 767 pixels wide.'),
    cover_2_hp_m1920: image(130, 'Second cover of the home page, 1920 pixels wide.'),
    cover_3_hp_320: image(131, 'Third cover of the home page, 320 pixels wide.'),
    cover_3_hp_480: image(132, 'Third cover of the home page, 480 pixels wide.'),
    cover_3_hp_767: image(133, 'Third cover of the home page, 767 pixels wide.'),
    cover_3_hp_m1920: image(134, 'Third cover of the home page, 1920 pixels wide.'),
    cover_4_hp_320: image(135, 'Fourth cover of the home page, 320 pixels wide.'),
    cover_4_hp_480: image(136, 'Fourth cover of the home page, 480 pixels wide.'),
    cover_4_hp_767: image(137, 'Fourth cover of the home page, 767 pixels wide.'),
    cover_4_hp_m1920: image(138, 'Fourth cover of the home page, 1920 pixels wide.'),
    covers_visibility: integer(139, 1, 'How many covers the home page shows.', 4),
  },

  images: {
    app_icon: image(140, 'Icon of the app.'),
    error_404: image(141, 'Picture on the page for what does not exist.'),
    error_503: image(142, 'Picture on the page for what is not available.'),
    errorpages_image: image(143, 'Picture on other error pages.'),
    user_default_cover: picture(144, ownPictures.cover, 'Cover of members who have chosen none.'),
  },

  logo: {
    logo_dark: picture(145, ownPictures.logo, 'Dark logo, for light backgrounds.'),
    logo_light: picture(146, ownPictures.logo, 'Light logo, for dark backgrounds.'),
    navbar_logo: picture(147, ownPictures.logo, 'Logo in the navigation bar.'),
    navbar_logo_mobile: picture(148, ownPictures.logo, 'Logo in the navigation bar of small screens.'),
  },

  loyalty: {
    points_app_used: integer(149, 10, 'Points for using the app for the first time.'),
    points_connection_or_follower: integer(150, 2, 'Points for a new connection, or for a new follower.'),
    points_daily_visit: integer(151, 1, 'Points for the first visit of a day.'),
    points_make_comment: integer(152, 2, 'Points for a comment.'),
    points_make_discussion: integer(153, 5, 'Points for a discussion.'),
    points_make_post: integer(154, 5, 'Points for a post.'),
    points_receive_vote: integer(155, 1, 'Points for a vote received.'),
    points_social_share: integer(156, 1, 'Points for sharing a contribution elsewhere.'),
    prize_a_image: image(157, 'Picture of the first example prize.'),
    prize_b_image: image(158, 'Picture of the second example prize.'),
    prize_c_image: image(159, 'Picture of the third example prize.'),
  },

  providers: {
    apns_push_notifications_cert: secret(160, 'Certificate for push notifications to Apple devices.'),
    app_ios_bundle_id: string(161, '', 'Bundle id of the iOS app.'),
    app_ios_membership_team_id: string(162, '', 'Apple team id of the iOS app.'),
    app_schema_url: string(163, '', 'Scheme by which links open in the app.'),
    app_url_on_app_store: url(164, 'Page of the app in the App Store.'),
    app_url_on_google_play: url(165, 'Page of the app on Google Play.'),
    entraid_app_issuer: url(166, 'Issuer of Entra ID tokens.'),
    entraid_app_key: string(167, '', 'Client id at Entra ID.'),
    entraid_app_secret: secret(168, 'Client secret at Entra ID.'),
    entraid_app_tenant_id: string(169, '', 'Tenant id at Entra ID.'),
    entraid_signin_enabled: later(
      'Sign-ins with other services',
      flag(170, false, 'Members may sign in with Entra ID.'),
    ),
    facebook_app_key: string(171, '', 'App id at Facebook.'),
    facebook_app_secret: secret(172, 'App secret at Facebook.'),
    facebook_signin_enabled: later(
      'Sign-ins with other services',
      flag(173, false, 'Members may sign in with Facebook.'),
    ),
    fidelitycard_signin_enabled: later(
      'Sign-ins with other services',
      flag(174, false, 'Members may sign in with a loyalty card.'),
    ),
    google_app_key: string(175, '', 'Client id at Google.'),
    google_app_secret: secret(176, 'Client secret at Google.'),
    google_cloud_messaging_api_key: secret(177, 'Key for push notifications through Google.'),
    // Maps run in the browser, so this key is public; restrict it to your domain at Google.
    google_geocoding_api_key: string(178, '', 'Key for maps and places of Google; browsers see it.'),
    google_project_id: string(179, '', 'Id of the Google project.'),
    google_project_number: string(180, '', 'Number of the Google project.'),
    google_signin_enabled: later('Sign-ins with other services', flag(181, false, 'Members may sign in with Google.')),
    keycloak_app_issuer: url(182, 'Issuer of Keycloak tokens.'),
    keycloak_app_key: string(183, '', 'Client id at Keycloak.'),
    keycloak_app_secret: secret(184, 'Client secret at Keycloak.'),
    keycloak_signin_enabled: later(
      'Sign-ins with other services',
      flag(185, false, 'Members may sign in with Keycloak.'),
    ),
    linkedin_app_key: string(186, '', 'Client id at LinkedIn.'),
    linkedin_app_secret: secret(187, 'Client secret at LinkedIn.'),
    linkedin_signin_enabled: later(
      'Sign-ins with other services',
      flag(188, false, 'Members may sign in with LinkedIn.'),
    ),
    twitter_app_key: string(189, '', 'App key at Twitter.'),
    twitter_app_secret: secret(190, 'App secret at Twitter.'),
    twitter_signin_enabled: later(
      'Sign-ins with other services',
      flag(191, false, 'Members may sign in with Twitter.'),
    ),
    web_push_enabled: flag(192, true, 'Browsers may receive push notifications.'),
    web_push_public_key: {
      ...string(193, '', 'Public VAPID key for push notifications to browsers.'),
      check: (input) => (input ? 'This follows from the private key: set KITH_VAPID_KEY.' : undefined),
    },
  },

  staff: {
    staff_badge_icon: image(194, 'Badge shown beside the names of staff.'),
    staff_badge_label: string(195, 'Staff', 'Word shown beside the names of staff.'),
  },

  static: {
    env: choice(196, 'prod', ['prod', 'stage'], 'Whether this is the real community or one for trying things out.'),
    stackid: string(197, '', 'Name of this installation among several.'),
    stripe_public_key: string(198, '', 'Publishable key of Stripe; browsers see it.'),
  },

  style: {
    custom_css: code(199, 'CSS added to every page.'),
    font_family: string(200, 'system-ui, sans-serif', 'Fonts of the text, as in CSS.'),
  },

  text: {
    application_copyright: string(201, '', 'Copyright line.'),
    application_name: { ...string(202, 'Kith', 'Name of the community.'), required: true },
    application_slogan1: string(203, '', 'Title with which the community presents itself.'),
    application_slogan2: string(204, '', 'Slogan below that title.'),
    errorpages_subtitle: text(205, 'Please try again in a moment.', 'Explanation on error pages.'),
    errorpages_title: string(206, 'Something went wrong', 'Title of error pages.'),
  },

  webmaster: {
    google_sitemap_code: string(207, '', 'Code by which Google recognises the owner of the site.'),
    meta_description: text(208, '', 'What search engines say about the community.'),
    meta_robots: string(209, 'index, follow', 'What search engines may do, as in the robots meta tag.'),
    meta_title_home_not_logged: string(210, '', 'Title of the home page for visitors.'),
  },

  // Options of this server only. Clients do not ask for these, but see them like the others.
  kith: {
    connection_request_cooldown_days: integer(
      1001,
      30,
      'Days until a rejected member may ask again; 0 means a rejection stands until whoever rejected restores it.',
      36_500,
    ),
    connection_request_daily_quota: integer(1002, 0, 'Requests a member may send in a day; 0 means any number.'),
    connection_request_expiry_days: integer(1003, 0, 'Days until an open request expires; 0 means never.', 36_500),
    signup_email_confirmation: flag(
      1010,
      true,
      'People who make an account give an e-mail address, and are in once they have confirmed it.',
    ),
    new_contribution_notification_enabled: flag(
      1020,
      false,
      'Members are told when those publish whom they are connected with, or follow.',
    ),
    mutual_counts_enabled: flag(1004, true, 'Members see how many connections they share with others.'),
  },
} satisfies Record<string, Record<string, Rule<PreferenceValue>>>

type Declared = typeof declared

export type PreferenceSection = keyof Declared

export type PreferenceName = { [Section in PreferenceSection]: keyof Declared[Section] & string }[PreferenceSection]

/** `section.name`, as clients key their settings. */
export type PreferenceKey = {
  [Section in PreferenceSection]: `${Section}.${keyof Declared[Section] & string}`
}[PreferenceSection]

type ValueOf<Key> = Key extends `${infer Section extends PreferenceSection}.${infer Name}`
  ? Name extends keyof Declared[Section]
    ? Declared[Section][Name] extends Rule<infer Value>
      ? Value
      : never
    : never
  : never

/** The settings of one community: `preferences['configurations.follow_enabled']` is a boolean. */
export type Preferences = { [Key in PreferenceKey]: ValueOf<Key> }

export type PreferenceDefinition = Rule<PreferenceValue> & {
  key: PreferenceKey
  section: PreferenceSection
  name: PreferenceName
}

/** Every preference, in the order of ids. */
export const preferenceDefinitions: readonly PreferenceDefinition[] = Object.entries(declared)
  .flatMap(([section, rules]) =>
    Object.entries<Rule<PreferenceValue>>(rules).map(
      ([name, rule]) => ({ key: `${section}.${name}`, section, name, ...rule }) as PreferenceDefinition,
    ),
  )
  .sort((a, b) => a.id - b.id)

/** The settings of a new community. */
export const defaultPreferences = Object.freeze(
  Object.fromEntries(preferenceDefinitions.map(({ key, default: value }) => [key, value])),
) as Readonly<Preferences>

const byName = new Map<string, PreferenceDefinition>(preferenceDefinitions.map((each) => [each.name, each]))
const byKey = new Map<string, PreferenceDefinition>(preferenceDefinitions.map((each) => [each.key, each]))

/** Updates name a preference without its section; names are unique across sections. */
export function findPreferenceByName(name: string): PreferenceDefinition | undefined {
  return byName.get(name)
}

/** Finds a preference by `section.name`. */
export function findPreferenceByKey(key: string): PreferenceDefinition | undefined {
  return byKey.get(key)
}
