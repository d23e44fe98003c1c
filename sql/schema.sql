-- Printed by `npm run sql`. What all migrations together make.

create table addressed (
  contribution_id bigint not null,
  kind smallint not null,
  author_id bigint not null,
  tags bigint[] not null,
  categories bigint[] not null,
  uncommented boolean not null,
  constraint addressed_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint addressed_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint addressed_pkey PRIMARY KEY (contribution_id),
  constraint addressed_tags_check CHECK ((tags <> '{}'::bigint[]))
);

create table addressed_feed (
  contribution_id bigint not null,
  place bigint not null,
  reader bigint not null,
  kind smallint not null,
  author_id bigint not null,
  categories bigint[] not null,
  uncommented boolean not null,
  added_at timestamp with time zone not null,
  last_activity_at timestamp with time zone not null,
  relevant_at timestamp with time zone not null,
  constraint addressed_feed_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint addressed_feed_pkey PRIMARY KEY (contribution_id, place, reader)
);

create table addressed_total (
  place bigint not null,
  kind smallint not null,
  tags bigint[] not null,
  part smallint not null,
  n integer not null default 0,
  uncommented integer not null default 0,
  constraint addressed_total_n_check CHECK ((n >= 0)),
  constraint addressed_total_pkey PRIMARY KEY (place, kind, tags, part),
  constraint addressed_total_uncommented_check CHECK ((uncommented >= 0))
);

create table archive (
  member_id bigint not null,
  requested_at timestamp with time zone not null,
  attempt integer not null default 0,
  worked_at timestamp with time zone,
  generated_at timestamp with time zone,
  bytes bigint not null default 0,
  downloaded_at timestamp with time zone,
  language text not null default 'en'::text,
  email_sent_at timestamp with time zone,
  constraint archive_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint archive_pkey PRIMARY KEY (member_id)
);

create table archive_part (
  member_id bigint not null,
  attempt integer not null,
  n integer not null,
  file_id bigint not null,
  constraint archive_part_file_id_fkey FOREIGN KEY (file_id) REFERENCES file(id),
  constraint archive_part_file_id_key UNIQUE (file_id),
  constraint archive_part_member_id_fkey FOREIGN KEY (member_id) REFERENCES archive(member_id) ON DELETE CASCADE,
  constraint archive_part_pkey PRIMARY KEY (member_id, attempt, n)
);

create table audit (
  id bigint not null,
  asked uuid not null,
  at timestamp with time zone not null,
  actor_id bigint,
  operator text,
  address text,
  act text not null,
  target bigint,
  fields text[] not null,
  constraint audit_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES users(id),
  constraint audit_asked_key UNIQUE (asked),
  constraint audit_pkey PRIMARY KEY (id)
);

create table avatar (
  id bigint not null,
  user_id bigint not null,
  file_id bigint not null,
  path text not null,
  uploaded_at timestamp with time zone not null,
  constraint avatar_file_id_fkey FOREIGN KEY (file_id) REFERENCES file(id),
  constraint avatar_file_id_key UNIQUE (file_id),
  constraint avatar_pkey PRIMARY KEY (id),
  constraint avatar_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

create table avatar_fetch (
  user_id bigint not null,
  url text not null,
  due timestamp with time zone not null,
  tries integer not null default 0,
  constraint avatar_fetch_pkey PRIMARY KEY (user_id),
  constraint avatar_fetch_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

create table banner (
  id bigint not null,
  title text not null,
  body_text text not null,
  link_text text not null,
  link text,
  image text,
  open_in_new_tab boolean not null,
  added_at timestamp with time zone not null,
  made_by bigint,
  constraint banner_made_by_fkey FOREIGN KEY (made_by) REFERENCES users(id),
  constraint banner_pkey PRIMARY KEY (id)
);

create table banner_reader (
  member_id bigint not null,
  banner_id bigint not null,
  viewed_at timestamp with time zone,
  disposed_at timestamp with time zone,
  constraint banner_reader_banner_id_fkey FOREIGN KEY (banner_id) REFERENCES banner(id),
  constraint banner_reader_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint banner_reader_pkey PRIMARY KEY (member_id, banner_id)
);

create table block (
  member_id bigint not null,
  blocked_at timestamp with time zone not null,
  days integer,
  expire_at timestamp with time zone,
  reputation_delta integer not null,
  blocked_by bigint,
  constraint block_blocked_by_fkey FOREIGN KEY (blocked_by) REFERENCES users(id),
  constraint block_check CHECK (((days IS NULL) = (expire_at IS NULL))),
  constraint block_days_check CHECK ((days > 0)),
  constraint block_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint block_pkey PRIMARY KEY (member_id)
);

create table category (
  id bigint not null,
  name text not null,
  name_synonyms text default ''::text,
  slug text not null,
  slogan text default ''::text,
  html_info text,
  seo_title text default ''::text,
  seo_description text default ''::text,
  auto_follow text not null default 'none'::text,
  content_only_staff boolean not null default false,
  active boolean not null default true,
  deleted boolean not null default false,
  "position" integer not null default 0,
  image_original text,
  emotional_image_original text,
  emotional_image_position integer not null default 50,
  stream_order_by text not null default 'recent'::text,
  lastmod_datetime timestamp with time zone not null,
  created_at timestamp with time zone not null,
  parents bigint[] not null default '{}'::bigint[],
  ancestors bigint[] not null default '{}'::bigint[],
  followers integer not null default 0,
  folded_name text not null default ''::text,
  folded_synonyms text not null default ''::text,
  sort_name text not null default ''::text,
  search_rules smallint not null default 0,
  tag_ids bigint[] not null default '{}'::bigint[],
  shown_json text not null generated always as (category_shown_json(id, "position", name, name_synonyms, slug, slogan, html_info, seo_title, seo_description, auto_follow, content_only_staff, active, image_original, emotional_image_original, emotional_image_position, lastmod_datetime, stream_order_by)) stored,
  constraint category_auto_follow_check CHECK ((auto_follow = ANY (ARRAY['none'::text, 'default'::text, 'forced'::text]))),
  constraint category_check CHECK ((NOT (id = ANY (ancestors)))),
  constraint category_check1 CHECK (((followers = 0) OR (NOT deleted))),
  constraint category_followers_check CHECK ((followers >= 0)),
  constraint category_name_check CHECK (((octet_length(name) >= 1) AND (octet_length(name) <= 1600))) NOT VALID,
  constraint category_pkey PRIMARY KEY (id),
  constraint category_slug_check CHECK ((slug ~ '^[A-Za-z0-9_-]{1,255}$'::text)),
  constraint category_stream_order_by_check CHECK ((stream_order_by = ANY (ARRAY['recent'::text, 'last_activity'::text, 'relevance'::text])))
);

create table category_feed (
  category_id bigint not null,
  contribution_id bigint not null,
  kind smallint not null,
  author_id bigint not null,
  added_at timestamp with time zone not null,
  last_activity_at timestamp with time zone not null,
  relevant_at timestamp with time zone not null,
  constraint category_feed_category_id_fkey FOREIGN KEY (category_id) REFERENCES category(id),
  constraint category_feed_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint category_feed_pkey PRIMARY KEY (category_id, author_id, contribution_id)
);

create table category_feed_total (
  category_id bigint not null,
  kind smallint not null,
  part smallint not null,
  n integer not null default 0,
  constraint category_feed_total_category_id_fkey FOREIGN KEY (category_id) REFERENCES category(id),
  constraint category_feed_total_pkey PRIMARY KEY (category_id, kind, part)
);

create table category_follower (
  category_id bigint not null,
  member_id bigint not null,
  added_at timestamp with time zone not null,
  place bigint not null,
  constraint category_follower_category_id_fkey FOREIGN KEY (category_id) REFERENCES category(id),
  constraint category_follower_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint category_follower_pkey PRIMARY KEY (category_id, member_id)
);

create table comment (
  id bigint not null,
  contribution_id bigint not null,
  kind smallint not null,
  parent_id bigint,
  in_reply_to_id bigint,
  author_id bigint not null,
  html text not null,
  summary text not null,
  added_at timestamp with time zone not null,
  last_edited_at timestamp with time zone,
  deleted boolean not null default false,
  collapsed boolean not null default false,
  erased boolean not null default false,
  comment_count integer not null default 0,
  vote_count integer not null default 0,
  flag_count integer not null default 0,
  reactions jsonb not null default '{}'::jsonb,
  moderated boolean not null default false,
  constraint comment_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint comment_check CHECK (((in_reply_to_id IS NULL) OR (parent_id IS NOT NULL))),
  constraint comment_comment_count_check CHECK ((comment_count >= 0)),
  constraint comment_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint comment_flag_count_check CHECK ((flag_count >= 0)),
  constraint comment_in_reply_to_id_fkey FOREIGN KEY (in_reply_to_id) REFERENCES comment(id),
  constraint comment_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES comment(id),
  constraint comment_pkey PRIMARY KEY (id),
  constraint comment_vote_count_check CHECK ((vote_count >= 0))
);

create table community (
  singleton boolean not null default true,
  version integer not null default 1,
  members integer not null default 0,
  constraint community_members_check CHECK ((members >= 0)),
  constraint community_pkey PRIMARY KEY (singleton),
  constraint community_singleton_check CHECK (singleton)
);

create table contribution (
  id bigint not null,
  kind smallint not null,
  author_id bigint not null,
  title text not null default ''::text,
  slug text not null,
  html text not null,
  summary text not null,
  words text not null,
  categories bigint[] not null default '{}'::bigint[],
  location text,
  lat double precision,
  lng double precision,
  added_at timestamp with time zone not null,
  last_edited_at timestamp with time zone,
  last_activity_at timestamp with time zone not null,
  deleted boolean not null default false,
  collapsed boolean not null default false,
  comment_count integer not null default 0,
  view_count integer not null default 0,
  vote_count integer not null default 0,
  follower_count integer not null default 0,
  flag_count integer not null default 0,
  share_count integer not null default 0,
  search tsvector,
  search_rules smallint not null default 0,
  erased boolean not null default false,
  medias bigint[] not null default '{}'::bigint[],
  tag_ids bigint[] not null default '{}'::bigint[],
  thread_count integer not null default 0,
  reactions jsonb not null default '{}'::jsonb,
  poll_id bigint,
  published boolean not null default true,
  scheduled_at timestamp with time zone,
  moderated boolean not null default false,
  sharer_count integer not null default 0,
  addressing bigint[] not null default '{}'::bigint[],
  constraint contribution_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint contribution_check CHECK ((((location IS NULL) = (lat IS NULL)) AND ((lat IS NULL) = (lng IS NULL)))),
  constraint contribution_comment_count_check CHECK ((comment_count >= 0)),
  constraint contribution_flag_count_check CHECK ((flag_count >= 0)),
  constraint contribution_follower_count_check CHECK ((follower_count >= 0)),
  constraint contribution_kind_check CHECK ((kind = ANY (ARRAY[1, 2, 3]))),
  constraint contribution_kind_slug_key UNIQUE (kind, slug),
  constraint contribution_pkey PRIMARY KEY (id),
  constraint contribution_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES poll(id),
  constraint contribution_published CHECK ((published OR deleted)) NOT VALID,
  constraint contribution_share_count_check CHECK ((share_count >= 0)),
  constraint contribution_sharer_count_check CHECK ((sharer_count >= 0)) NOT VALID,
  constraint contribution_thread_count_check CHECK ((thread_count >= 0)) NOT VALID,
  constraint contribution_vote_count_check CHECK ((vote_count >= 0))
);

create table contribution_total (
  kind smallint not null,
  part smallint not null,
  n integer not null default 0,
  uncommented integer not null default 0,
  constraint contribution_total_n_check CHECK ((n >= 0)),
  constraint contribution_total_pkey PRIMARY KEY (kind, part),
  constraint contribution_total_uncommented_check CHECK ((uncommented >= 0))
);

create table contributor (
  contribution_id bigint not null,
  author_id bigint not null,
  comments integer not null,
  place bigint not null default nextval('contribution_place'::regclass),
  constraint contributor_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint contributor_comments_check CHECK ((comments >= 0)),
  constraint contributor_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint contributor_pkey PRIMARY KEY (contribution_id, author_id)
);

create table credential (
  user_id bigint not null,
  password_hash text not null,
  changed_at timestamp with time zone,
  constraint credential_pkey PRIMARY KEY (user_id),
  constraint credential_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table custom_menu (
  id integer not null,
  items jsonb not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint custom_menu_pkey PRIMARY KEY (id)
);

create table custom_page (
  id bigint not null,
  slug text not null,
  title text not null,
  html_summary text,
  html_body text,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone,
  active boolean not null default true,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  created_by bigint not null,
  updated_by bigint,
  folded_title text not null,
  sort_title text not null,
  search_rules smallint not null,
  constraint custom_page_check CHECK ((valid_to > valid_from)),
  constraint custom_page_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
  constraint custom_page_pkey PRIMARY KEY (id),
  constraint custom_page_slug_check CHECK (((slug ~ '^[a-z0-9_-]{1,100}$'::text) AND (slug !~ '^[0-9]+$'::text))),
  constraint custom_page_slug_key UNIQUE (slug),
  constraint custom_page_title_check CHECK ((title <> ''::text)),
  constraint custom_page_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users(id)
);

create table device (
  id bigint not null,
  member_id bigint not null,
  type text not null,
  registration_id text not null,
  name text not null default ''::text,
  device_id text,
  cloud_message_type text,
  endpoint text,
  p256dh text,
  auth text,
  created_at timestamp with time zone not null,
  constraint device_check CHECK (((type <> 'wp'::text) OR ((endpoint IS NOT NULL) AND (p256dh IS NOT NULL) AND (auth IS NOT NULL)))),
  constraint device_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint device_pkey PRIMARY KEY (id),
  constraint device_type_check CHECK ((type = ANY (ARRAY['wp'::text, 'gcm'::text, 'fcm'::text, 'apns'::text]))),
  constraint device_type_registration_id_key UNIQUE (type, registration_id)
);

create table embed (
  id bigint not null,
  embed_type text not null,
  embed_id text not null,
  url text,
  metadata jsonb not null default '{}'::jsonb,
  constraint embed_embed_type_embed_id_key UNIQUE (embed_type, embed_id),
  constraint embed_pkey PRIMARY KEY (id)
);

create table embed_feed (
  embed_id bigint not null,
  contribution_id bigint not null,
  kind smallint not null,
  author_id bigint not null,
  added_at timestamp with time zone not null,
  last_activity_at timestamp with time zone not null,
  constraint embed_feed_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint embed_feed_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint embed_feed_embed_id_fkey FOREIGN KEY (embed_id) REFERENCES embed(id),
  constraint embed_feed_pkey PRIMARY KEY (contribution_id, embed_id)
);

create table erasure (
  member_id bigint not null,
  began timestamp with time zone not null,
  fence xid8,
  "position" bigint,
  until bigint,
  done timestamp with time zone,
  constraint erasure_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint erasure_pkey PRIMARY KEY (member_id)
);

create table event (
  id bigint not null,
  type text not null,
  created timestamp with time zone not null,
  body json not null,
  txid xid8 not null,
  audience integer,
  trace text default NULLIF(current_setting('kith.trace'::text, true), ''::text),
  constraint event_pkey PRIMARY KEY (id)
);

create table event_break (
  id bigint not null,
  at timestamp with time zone not null default clock_timestamp(),
  cause text not null,
  missing_from bigint not null,
  last_known bigint,
  resumed_at bigint not null,
  told boolean not null default false,
  acknowledged timestamp with time zone,
  constraint event_break_cause_check CHECK ((cause = ANY (ARRAY['timeline'::text, 'server'::text, 'lost'::text]))),
  constraint event_break_pkey PRIMARY KEY (id)
);

create table event_day (
  day date not null,
  type text not null,
  n bigint not null,
  constraint event_day_pkey PRIMARY KEY (day, type)
);

create table event_day_counted (
  singleton boolean not null default true,
  upto xid8 not null default '0'::xid8,
  constraint event_day_counted_pkey PRIMARY KEY (singleton),
  constraint event_day_counted_singleton_check CHECK (singleton)
);

create table event_removed (
  singleton boolean not null default true,
  upto bigint not null default 0,
  before timestamp with time zone,
  held text,
  constraint event_removed_pkey PRIMARY KEY (singleton),
  constraint event_removed_singleton_check CHECK (singleton)
);

create table event_source (
  singleton boolean not null default true,
  system text,
  timeline integer,
  constraint event_source_pkey PRIMARY KEY (singleton),
  constraint event_source_singleton_check CHECK (singleton)
);

create table event_tallied (
  singleton boolean not null default true,
  upto bigint not null default 0,
  constraint event_tallied_pkey PRIMARY KEY (singleton),
  constraint event_tallied_singleton_check CHECK (singleton)
);

create table event_tally (
  block bigint not null,
  type text not null,
  n integer not null,
  constraint event_tally_pkey PRIMARY KEY (block, type)
);

create table feed_reader (
  member_id bigint not null,
  read_before timestamp with time zone,
  read bigint[] not null default '{}'::bigint[],
  constraint feed_reader_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint feed_reader_pkey PRIMARY KEY (member_id),
  constraint feed_reader_read_check CHECK ((cardinality(read) <= 250))
);

create table file (
  id bigint not null,
  token text not null,
  owner_id bigint,
  state text not null default 'pending'::text,
  parts json not null,
  sha256 text,
  created_at timestamp with time zone not null,
  shared boolean not null default false,
  constraint file_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id),
  constraint file_pkey PRIMARY KEY (id),
  constraint file_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'kept'::text, 'gone'::text]))),
  constraint file_token_check CHECK ((token ~ '^[A-Za-z0-9_-]{27}$'::text)),
  constraint file_token_key UNIQUE (token)
);

create table hidden_author (
  member_id bigint not null,
  author_id bigint not null,
  constraint hidden_author_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint hidden_author_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint hidden_author_pkey PRIMARY KEY (member_id, author_id)
);

create table incubator (
  id bigint not null,
  author_id bigint not null,
  name text not null,
  slug text not null,
  slogan text,
  status smallint not null,
  subscribers integer not null default 0,
  threshold integer not null,
  category_id bigint,
  added_at timestamp with time zone not null,
  folded_name text not null,
  folded_slogan text not null,
  sort_name text not null,
  search_rules smallint not null,
  constraint incubator_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint incubator_category_id_fkey FOREIGN KEY (category_id) REFERENCES category(id),
  constraint incubator_check CHECK (((status > 1) OR ((status = 1) = (subscribers >= threshold)))),
  constraint incubator_check1 CHECK (((status = 2) = (category_id IS NOT NULL))),
  constraint incubator_name_check CHECK (((octet_length(name) >= 1) AND (octet_length(name) <= 1600))),
  constraint incubator_pkey PRIMARY KEY (id),
  constraint incubator_slug_check CHECK ((slug ~ '^[A-Za-z0-9_-]{1,255}$'::text)),
  constraint incubator_status_check CHECK (((status >= 0) AND (status <= 3))),
  constraint incubator_subscribers_check CHECK ((subscribers >= 0)),
  constraint incubator_threshold_check CHECK ((threshold >= 0))
);

create table incubator_subscriber (
  incubator_id bigint not null,
  member_id bigint not null,
  added_at timestamp with time zone not null,
  place bigint not null,
  constraint incubator_subscriber_incubator_id_fkey FOREIGN KEY (incubator_id) REFERENCES incubator(id) ON DELETE CASCADE,
  constraint incubator_subscriber_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint incubator_subscriber_pkey PRIMARY KEY (incubator_id, member_id)
);

create table incubator_total (
  singleton boolean not null default true,
  pending integer not null default 0,
  proposals integer not null default 0,
  approved integer not null default 0,
  ignored integer not null default 0,
  constraint incubator_total_pkey PRIMARY KEY (singleton),
  constraint incubator_total_singleton_check CHECK (singleton)
);

create table legal_page (
  id bigint not null,
  policy text not null,
  revision integer not null,
  title text not null,
  html_summary text,
  html_body text,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone,
  active boolean not null default true,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone,
  created_by bigint not null,
  updated_by bigint,
  folded_title text not null,
  sort_title text not null,
  search_rules smallint not null,
  constraint legal_page_check CHECK ((valid_to > valid_from)),
  constraint legal_page_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
  constraint legal_page_pkey PRIMARY KEY (id),
  constraint legal_page_policy_check CHECK ((policy = ANY (ARRAY['tec'::text, 'privacy'::text, 'cookies'::text]))),
  constraint legal_page_policy_revision_key UNIQUE (policy, revision),
  constraint legal_page_revision_check CHECK ((revision > 0)),
  constraint legal_page_title_check CHECK ((title <> ''::text)),
  constraint legal_page_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users(id)
);

create table legal_page_ack (
  id bigint not null,
  page_id bigint not null,
  member_id bigint not null,
  accepted_at timestamp with time zone,
  not_accepted_at timestamp with time zone,
  constraint legal_page_ack_check CHECK (((accepted_at IS NULL) <> (not_accepted_at IS NULL))),
  constraint legal_page_ack_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint legal_page_ack_member_id_page_id_key UNIQUE (member_id, page_id),
  constraint legal_page_ack_page_id_fkey FOREIGN KEY (page_id) REFERENCES legal_page(id),
  constraint legal_page_ack_pkey PRIMARY KEY (id)
);

create table locality (
  id bigint not null,
  full_address text not null,
  postal_code text not null,
  town text not null,
  province text not null,
  province_short text not null,
  region text not null,
  country text not null,
  lat double precision not null,
  lng double precision not null,
  folded text not null,
  constraint locality_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
  constraint locality_lng_check CHECK (((lng >= ('-180'::integer)::double precision) AND (lng <= (180)::double precision))),
  constraint locality_pkey PRIMARY KEY (id)
);

create table locality_source (
  one boolean not null default true,
  digest text not null default ''::text,
  localities integer not null default 0,
  constraint locality_source_one_check CHECK (one),
  constraint locality_source_pkey PRIMARY KEY (one)
);

create table mail (
  id bigint not null,
  member_id bigint,
  kind text not null,
  sender_name text not null,
  recipient text not null,
  subject text not null,
  body text not null,
  html text not null,
  unsubscribe text,
  created_at timestamp with time zone not null,
  due_at timestamp with time zone,
  attempts integer not null default 0,
  good_until timestamp with time zone,
  settled_at timestamp with time zone,
  fault text,
  constraint mail_check CHECK (((due_at IS NULL) = (settled_at IS NOT NULL))),
  constraint mail_check1 CHECK (((settled_at IS NULL) OR ((body = ''::text) AND (html = ''::text)))),
  constraint mail_kind_check CHECK ((kind ~ '^[a-z_]{1,40}$'::text)),
  constraint mail_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id) ON DELETE CASCADE,
  constraint mail_pkey PRIMARY KEY (id),
  constraint mail_recipient_check CHECK ((length(recipient) <= 320))
);

create table mark (
  target_id bigint not null,
  member_id bigint not null,
  kind smallint not null,
  followed_at timestamp with time zone,
  follow_place bigint,
  suspended_at timestamp with time zone,
  suspend_place bigint,
  reaction bigint,
  voted_at timestamp with time zone,
  vote_place bigint,
  flag_type smallint,
  flagged_at timestamp with time zone,
  flag_place bigint,
  hidden boolean not null default false,
  constraint mark_flag_type_check CHECK (((flag_type >= 0) AND (flag_type <= 4))),
  constraint mark_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint mark_pkey PRIMARY KEY (target_id, member_id, kind),
  constraint mark_reaction_fkey FOREIGN KEY (reaction) REFERENCES reaction(id) NOT VALID
);

create table media (
  id bigint not null,
  owner_id bigint not null,
  type text not null,
  file_id bigint,
  added_at timestamp with time zone not null,
  title text not null default ''::text,
  description text not null default ''::text,
  url text,
  image text,
  image_width integer,
  image_height integer,
  thumbnail json,
  mimetype text,
  size bigint,
  embed_type text,
  embed_id text,
  metadata json,
  contribution_id bigint,
  loose_since timestamp with time zone,
  clicks bigint not null default 0,
  shared_id bigint,
  embedded_id bigint,
  constraint media_check CHECK (((contribution_id IS NULL) = (loose_since IS NOT NULL))),
  constraint media_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint media_embedded CHECK (((type = 'embed'::text) = (embedded_id IS NOT NULL))) NOT VALID,
  constraint media_embedded_id_fkey FOREIGN KEY (embedded_id) REFERENCES embed(id),
  constraint media_file_id_fkey FOREIGN KEY (file_id) REFERENCES file(id),
  constraint media_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id),
  constraint media_pkey PRIMARY KEY (id),
  constraint media_shared CHECK (((type = 'share'::text) = (shared_id IS NOT NULL))) NOT VALID,
  constraint media_shared_id_fkey FOREIGN KEY (shared_id) REFERENCES contribution(id),
  constraint media_type_check CHECK ((type = ANY (ARRAY['image'::text, 'eimage'::text, 'doc'::text, 'url'::text, 'share'::text, 'embed'::text]))) NOT VALID
);

create table member_place (
  member_id bigint not null,
  place point not null,
  constraint member_place_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id) ON DELETE CASCADE,
  constraint member_place_pkey PRIMARY KEY (member_id)
);

create table message (
  id bigint not null,
  thread_id bigint not null,
  sender_id bigint not null,
  receiver_id bigint not null,
  html text not null,
  summary text not null,
  created_at timestamp with time zone not null,
  hidden boolean not null default false,
  file_uuid text,
  constraint message_file_uuid_fkey FOREIGN KEY (file_uuid) REFERENCES message_file(uuid),
  constraint message_pkey PRIMARY KEY (id),
  constraint message_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES users(id),
  constraint message_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES users(id),
  constraint message_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES message_thread(id)
);

create table message_box (
  member_id bigint not null,
  threads integer not null default 0,
  constraint message_box_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint message_box_pkey PRIMARY KEY (member_id),
  constraint message_box_threads_check CHECK ((threads >= 0))
);

create table message_file (
  uuid text not null,
  owner_id bigint not null,
  file_id bigint,
  thumbnail_id bigint,
  parts integer,
  filename text not null default ''::text,
  mimetype text not null default ''::text,
  bytes bigint not null default 0,
  duration integer,
  url text,
  thumbnail text,
  loose_since timestamp with time zone,
  constraint message_file_check CHECK (((file_id IS NULL) = (url IS NULL))),
  constraint message_file_file_id_fkey FOREIGN KEY (file_id) REFERENCES file(id),
  constraint message_file_file_id_key UNIQUE (file_id),
  constraint message_file_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id),
  constraint message_file_pkey PRIMARY KEY (uuid),
  constraint message_file_thumbnail_id_fkey FOREIGN KEY (thumbnail_id) REFERENCES file(id),
  constraint message_file_thumbnail_id_key UNIQUE (thumbnail_id)
);

create table message_piece (
  uuid text not null,
  part integer not null,
  bytes integer not null,
  constraint message_piece_pkey PRIMARY KEY (uuid, part)
);

create table message_side (
  member_id bigint not null,
  other_id bigint not null,
  thread_id bigint not null,
  cleared_to bigint not null default 0,
  read_to bigint not null default 0,
  messages integer not null default 0,
  unread integer not null default 0,
  last_id bigint,
  constraint message_side_check CHECK (((last_id IS NULL) = (messages = 0))),
  constraint message_side_check1 CHECK ((unread <= messages)),
  constraint message_side_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint message_side_messages_check CHECK ((messages >= 0)),
  constraint message_side_other_id_fkey FOREIGN KEY (other_id) REFERENCES users(id),
  constraint message_side_pkey PRIMARY KEY (member_id, other_id),
  constraint message_side_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES message_thread(id),
  constraint message_side_thread_id_member_id_key UNIQUE (thread_id, member_id),
  constraint message_side_unread_check CHECK ((unread >= 0))
);

create table message_thread (
  id bigint not null,
  low_id bigint not null,
  high_id bigint not null,
  created_at timestamp with time zone not null,
  purge_to bigint,
  constraint message_thread_check CHECK ((low_id < high_id)),
  constraint message_thread_high_id_fkey FOREIGN KEY (high_id) REFERENCES users(id),
  constraint message_thread_low_id_fkey FOREIGN KEY (low_id) REFERENCES users(id),
  constraint message_thread_low_id_high_id_key UNIQUE (low_id, high_id),
  constraint message_thread_pkey PRIMARY KEY (id)
);

create table moderation_case (
  kind smallint not null,
  target_id bigint not null,
  author_id bigint not null,
  flags integer not null default 0,
  by_type integer[] not null default '{0,0,0,0,0}'::integer[],
  flagged_at timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
  status "char" not null default 'o'::"char",
  reason smallint,
  moderated_by bigint,
  moderated_at timestamp with time zone not null default '1970-01-01 00:00:00+00'::timestamp with time zone,
  constraint moderation_case_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint moderation_case_check CHECK (((status = ANY (ARRAY['h'::"char", 'd'::"char"])) = (reason IS NOT NULL))),
  constraint moderation_case_flags_check CHECK ((flags >= 0)),
  constraint moderation_case_moderated_by_fkey FOREIGN KEY (moderated_by) REFERENCES users(id),
  constraint moderation_case_pkey PRIMARY KEY (target_id, kind),
  constraint moderation_case_reason_check CHECK (((reason >= 0) AND (reason <= 4))),
  constraint moderation_case_status_check CHECK ((status = ANY (ARRAY['o'::"char", 'i'::"char", 'h'::"char", 'd'::"char"])))
);

create table moved (
  source text not null,
  key text not null,
  id bigint,
  constraint moved_pkey PRIMARY KEY (source, key)
);

create table notification (
  id bigint not null,
  member_id bigint not null,
  group_id bigint not null,
  notice_id bigint not null,
  "position" bigint not null,
  read boolean not null default false,
  actor_id bigint,
  owner_id bigint,
  constraint notification_group_id_fkey FOREIGN KEY (group_id) REFERENCES notification_group(id),
  constraint notification_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES notification_notice(id),
  constraint notification_notice_id_member_id_key UNIQUE (notice_id, member_id),
  constraint notification_pkey PRIMARY KEY (id)
);

create table notification_box (
  member_id bigint not null,
  last bigint not null default 0,
  unseen integer not null default 0,
  mailed_to bigint not null default 0,
  mailed_at timestamp with time zone,
  due_at timestamp with time zone,
  language text not null default 'en'::text,
  closed boolean not null default false,
  constraint notification_box_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint notification_box_pkey PRIMARY KEY (member_id),
  constraint notification_box_unseen_check CHECK ((unseen >= 0))
);

create table notification_event (
  event_id bigint not null,
  notice_id bigint not null,
  constraint notification_event_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES notification_notice(id) ON DELETE CASCADE,
  constraint notification_event_pkey PRIMARY KEY (event_id)
);

create table notification_group (
  id bigint not null,
  member_id bigint not null,
  kind smallint not null,
  subject_id bigint not null,
  alone bigint not null,
  last bigint not null,
  n integer not null,
  unseen integer not null,
  seen bigint not null default 0,
  constraint notification_group_check CHECK (((unseen >= 0) AND (unseen <= n))),
  constraint notification_group_member_id_fkey FOREIGN KEY (member_id) REFERENCES notification_box(member_id),
  constraint notification_group_member_id_kind_subject_id_alone_key UNIQUE (member_id, kind, subject_id, alone),
  constraint notification_group_n_check CHECK ((n >= 0)),
  constraint notification_group_pkey PRIMARY KEY (id)
);

create table notification_notice (
  id bigint not null,
  type smallint not null,
  actor_id bigint,
  kind smallint not null default 0,
  subject_id bigint not null default 0,
  owner_id bigint,
  under_owner_id bigint,
  part_kind smallint not null default 0,
  part_id bigint not null default 0,
  under_id bigint not null default 0,
  once boolean not null,
  data jsonb,
  at timestamp with time zone not null,
  constraint notification_notice_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES users(id),
  constraint notification_notice_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id),
  constraint notification_notice_pkey PRIMARY KEY (id)
);

create table notification_task (
  id bigint not null,
  task text not null,
  of bigint[] not null,
  after bigint not null default 0,
  constraint notification_task_pkey PRIMARY KEY (id)
);

create table oauth_app (
  id bigint not null,
  client_id text not null,
  secret_hash text,
  name text not null,
  description text not null default ''::text,
  grants text[] not null,
  redirect_uris text[] not null default '{}'::text[],
  scopes text[] not null,
  trusted boolean not null default false,
  member_id bigint,
  created_at timestamp with time zone not null,
  constraint oauth_app_check CHECK (((secret_hash IS NOT NULL) OR (NOT ('client_credentials'::text = ANY (grants))))),
  constraint oauth_app_client_id_key UNIQUE (client_id),
  constraint oauth_app_description_check CHECK ((length(description) <= 1020)),
  constraint oauth_app_grants_check CHECK (((cardinality(grants) > 0) AND (grants <@ ARRAY['authorization_code'::text, 'implicit'::text, 'password'::text, 'client_credentials'::text]))),
  constraint oauth_app_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id) ON DELETE SET NULL,
  constraint oauth_app_name_check CHECK (((length(name) >= 1) AND (length(name) <= 1020))),
  constraint oauth_app_pkey PRIMARY KEY (id),
  constraint oauth_app_scopes_check CHECK (((cardinality(scopes) > 0) AND (scopes <@ ARRAY['read'::text, 'write'::text])))
);

create table oauth_code (
  hash text not null,
  grant_id bigint not null,
  redirect_uri text,
  challenge text,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint oauth_code_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES oauth_grant(id) ON DELETE CASCADE,
  constraint oauth_code_pkey PRIMARY KEY (hash)
);

create table oauth_consent (
  user_id bigint not null,
  app_id bigint not null,
  scopes text[] not null,
  constraint oauth_consent_app_id_fkey FOREIGN KEY (app_id) REFERENCES oauth_app(id) ON DELETE CASCADE,
  constraint oauth_consent_pkey PRIMARY KEY (user_id, app_id),
  constraint oauth_consent_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table oauth_grant (
  id bigint not null,
  app_id bigint not null,
  user_id bigint not null,
  scopes text[] not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint oauth_grant_app_id_fkey FOREIGN KEY (app_id) REFERENCES oauth_app(id) ON DELETE CASCADE,
  constraint oauth_grant_pkey PRIMARY KEY (id),
  constraint oauth_grant_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table oauth_token (
  hash text not null,
  grant_id bigint not null,
  kind "char" not null,
  scopes text[] not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint oauth_token_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES oauth_grant(id) ON DELETE CASCADE,
  constraint oauth_token_kind_check CHECK ((kind = ANY (ARRAY['a'::"char", 'r'::"char"]))),
  constraint oauth_token_pkey PRIMARY KEY (hash)
);

create table onboarding_step (
  id smallint not null,
  status text not null,
  wanted integer,
  constraint onboarding_step_id_check CHECK (((id >= 1) AND (id <= 6))),
  constraint onboarding_step_pkey PRIMARY KEY (id),
  constraint onboarding_step_status_check CHECK ((status = ANY (ARRAY['in_progress'::text, 'completed'::text, 'failed'::text])))
);

create table poll (
  id bigint not null,
  author_id bigint not null,
  title text not null,
  multiple_choices boolean not null default false,
  closed boolean not null default false,
  expiration_at timestamp with time zone,
  added_at timestamp with time zone not null,
  modified_at timestamp with time zone not null,
  constraint poll_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint poll_pkey PRIMARY KEY (id)
);

create table poll_choice (
  id bigint not null,
  poll_id bigint not null,
  choice text not null,
  "position" smallint not null,
  added_at timestamp with time zone not null,
  vote_count integer not null default 0,
  constraint poll_choice_pkey PRIMARY KEY (id),
  constraint poll_choice_poll_id_fkey FOREIGN KEY (poll_id) REFERENCES poll(id),
  constraint poll_choice_poll_id_id_key UNIQUE (poll_id, id),
  constraint poll_choice_vote_count_check CHECK ((vote_count >= 0))
);

create table poll_vote (
  id bigint not null,
  poll_id bigint not null,
  choice_id bigint not null,
  member_id bigint not null,
  single boolean not null,
  voted_at timestamp with time zone,
  constraint poll_vote_choice_id_member_id_key UNIQUE (choice_id, member_id),
  constraint poll_vote_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint poll_vote_pkey PRIMARY KEY (id),
  constraint poll_vote_poll_id_choice_id_fkey FOREIGN KEY (poll_id, choice_id) REFERENCES poll_choice(poll_id, id)
);

create table postponed_event (
  id bigint not null,
  type text not null,
  from_id bigint not null,
  to_id bigint not null,
  constraint postponed_event_from_id_fkey FOREIGN KEY (from_id) REFERENCES users(id),
  constraint postponed_event_pkey PRIMARY KEY (id),
  constraint postponed_event_to_id_fkey FOREIGN KEY (to_id) REFERENCES users(id)
);

create table preference (
  name text not null,
  value jsonb not null,
  updated_at timestamp with time zone not null,
  constraint preference_pkey PRIMARY KEY (name)
);

create table public_address (
  singleton boolean not null default true,
  base text not null default ''::text,
  constraint public_address_base_check CHECK ((base ~ '^(https?://[A-Za-z0-9._:\[\]-]+)?$'::text)),
  constraint public_address_pkey PRIMARY KEY (singleton),
  constraint public_address_singleton_check CHECK (singleton)
);

create table push (
  id bigint not null,
  device_id bigint not null,
  event_id bigint not null,
  attempts integer not null default 0,
  due_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  constraint push_device_id_event_id_key UNIQUE (device_id, event_id),
  constraint push_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint push_pkey PRIMARY KEY (id)
);

create table push_place (
  singleton boolean not null default true,
  txid xid8 not null default pg_current_xact_id(),
  id bigint not null default 0,
  constraint push_place_pkey PRIMARY KEY (singleton),
  constraint push_place_singleton_check CHECK (singleton)
);

create table reaction (
  id bigint not null,
  label text not null,
  sentiment smallint not null,
  image text not null,
  active boolean not null default true,
  constraint reaction_label_check CHECK ((label <> ''::text)),
  constraint reaction_pkey PRIMARY KEY (id),
  constraint reaction_sentiment_check CHECK (((sentiment >= '-1'::integer) AND (sentiment <= 1)))
);

create table recovery (
  id bigint not null,
  email text not null,
  language text not null,
  asked_at timestamp with time zone not null,
  constraint recovery_pkey PRIMARY KEY (id)
);

create table relation (
  member_id bigint not null,
  other_id bigint not null,
  version integer not null,
  state smallint not null,
  place bigint not null,
  request_id bigint,
  asked boolean not null,
  created timestamp with time zone,
  viewed timestamp with time zone,
  rejected timestamp with time zone,
  following_place bigint,
  follower_place bigint,
  hidden_place bigint,
  hidden_by boolean not null default false,
  changed timestamp with time zone,
  sleeping_state smallint not null default 0,
  sleeping_following bigint,
  sleeping_follower bigint,
  constraint relation_check CHECK ((member_id <> other_id)),
  constraint relation_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint relation_other_id_fkey FOREIGN KEY (other_id) REFERENCES users(id),
  constraint relation_pkey PRIMARY KEY (member_id, other_id) INCLUDE (state, place, following_place, follower_place, hidden_place, hidden_by),
  constraint relation_sleeps CHECK (
CASE
    WHEN ((hidden_place IS NOT NULL) OR hidden_by) THEN ((state = 0) AND (following_place IS NULL) AND (follower_place IS NULL))
    ELSE ((sleeping_state = 0) AND (sleeping_following IS NULL) AND (sleeping_follower IS NULL))
END),
  constraint relation_state_check CHECK (((state >= 0) AND (state <= 4)))
);

create table score (
  id bigint not null,
  member_id bigint not null,
  points integer not null,
  type smallint not null,
  comment text,
  context text,
  created_by bigint,
  at timestamp with time zone not null,
  constraint score_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
  constraint score_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint score_pkey PRIMARY KEY (id),
  constraint score_points_check CHECK ((points <> 0))
);

create table score_count (
  part smallint not null,
  members integer not null default 0,
  entries bigint not null default 0,
  constraint score_count_entries_check CHECK ((entries >= 0)),
  constraint score_count_members_check CHECK ((members >= 0)),
  constraint score_count_pkey PRIMARY KEY (part)
);

create table score_due (
  id bigint not null,
  member_id bigint not null,
  type smallint not null,
  n integer not null,
  quiet boolean not null default COALESCE((current_setting('kith.quiet'::text, true) = 'on'::text), false),
  constraint score_due_n_check CHECK ((n > 0)),
  constraint score_due_pkey PRIMARY KEY (id)
);

create table score_total (
  member_id bigint not null,
  points integer not null default 0,
  entries integer not null default 0,
  listed boolean not null default true,
  constraint score_total_entries_check CHECK ((entries >= 0)),
  constraint score_total_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint score_total_pkey PRIMARY KEY (member_id)
);

create table sending_hold (
  singleton boolean not null default true,
  since timestamp with time zone not null,
  constraint sending_hold_pkey PRIMARY KEY (singleton),
  constraint sending_hold_singleton_check CHECK (singleton)
);

create table session (
  hash text not null,
  user_id bigint not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint session_pkey PRIMARY KEY (hash),
  constraint session_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table share (
  shared_id bigint not null,
  contribution_id bigint not null,
  kind smallint not null,
  author_id bigint not null,
  added_at timestamp with time zone not null,
  constraint share_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint share_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint share_pkey PRIMARY KEY (contribution_id, shared_id),
  constraint share_shared_id_fkey FOREIGN KEY (shared_id) REFERENCES contribution(id)
);

create table sharer (
  contribution_id bigint not null,
  author_id bigint not null,
  shares integer not null,
  place bigint not null default nextval('contribution_place'::regclass),
  constraint sharer_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id),
  constraint sharer_contribution_id_fkey FOREIGN KEY (contribution_id) REFERENCES contribution(id),
  constraint sharer_pkey PRIMARY KEY (contribution_id, author_id),
  constraint sharer_shares_check CHECK ((shares > 0))
);

create table sign_up (
  member_id bigint not null,
  email text,
  language text not null,
  created_at timestamp with time zone not null,
  unconfirmed boolean not null,
  unapproved boolean not null,
  constraint sign_up_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id) ON DELETE CASCADE,
  constraint sign_up_pkey PRIMARY KEY (member_id)
);

create table signal (
  id bigint not null,
  kind text not null,
  member_id bigint not null,
  about_id bigint not null,
  within_id bigint not null,
  created_at timestamp with time zone not null,
  constraint signal_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint signal_pkey PRIMARY KEY (id)
);

create table signup_code (
  id bigint not null,
  kind "char" not null,
  code text not null,
  name text not null default ''::text,
  email text,
  role text,
  made_by bigint,
  max_uses integer,
  uses integer not null default 0,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  constraint signup_code_check CHECK (((uses >= 0) AND ((max_uses IS NULL) OR (uses <= max_uses)))),
  constraint signup_code_code_check CHECK (((code ~ '^[A-Za-z0-9_-]{3,40}$'::text) AND (code !~ '^[0-9]+$'::text))),
  constraint signup_code_kind_check CHECK ((kind = ANY (ARRAY['i'::"char", 'p'::"char"]))),
  constraint signup_code_made_by_fkey FOREIGN KEY (made_by) REFERENCES users(id),
  constraint signup_code_max_uses_check CHECK ((max_uses > 0)),
  constraint signup_code_name_check CHECK ((length(name) <= 255)),
  constraint signup_code_pkey PRIMARY KEY (id),
  constraint signup_code_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'moderator'::text, 'editor'::text, 'publisher'::text])))
);

create table signup_code_use (
  code_id bigint not null,
  member_id bigint not null,
  used_at timestamp with time zone not null,
  constraint signup_code_use_code_id_fkey FOREIGN KEY (code_id) REFERENCES signup_code(id) ON DELETE CASCADE,
  constraint signup_code_use_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id) ON DELETE CASCADE,
  constraint signup_code_use_pkey PRIMARY KEY (code_id, member_id)
);

create table tag (
  id bigint not null,
  type text not null,
  name text not null,
  description text,
  color text not null,
  visible boolean not null default true,
  visibility_boost boolean not null default false,
  active boolean not null default true,
  deleted boolean not null default false,
  created_at timestamp with time zone not null,
  folded_name text not null,
  sort_name text not null,
  search_rules smallint not null,
  constraint tag_name_check CHECK ((name <> ''::text)),
  constraint tag_pkey PRIMARY KEY (id),
  constraint tag_type_check CHECK ((type = ANY (ARRAY['user'::text, 'category'::text, 'contribution'::text])))
);

create table upload (
  id text not null,
  owner_id bigint not null,
  filename text not null,
  total bigint not null,
  received bigint not null default 0,
  expires_at timestamp with time zone not null,
  media_id bigint,
  constraint upload_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id),
  constraint upload_pkey PRIMARY KEY (id),
  constraint upload_total_check CHECK ((total > 0))
);

create table upload_piece (
  upload_id text not null,
  start bigint not null,
  bytes integer not null,
  constraint upload_piece_pkey PRIMARY KEY (upload_id, start),
  constraint upload_piece_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES upload(id) ON DELETE CASCADE
);

create table user_preference (
  id bigint not null,
  member_id bigint not null,
  key text not null,
  value jsonb not null,
  created_at timestamp with time zone not null,
  last_updated_at timestamp with time zone not null,
  constraint user_preference_key UNIQUE (member_id, key),
  constraint user_preference_key_check CHECK ((key <> ''::text)),
  constraint user_preference_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint user_preference_pkey PRIMARY KEY (id)
);

create table user_provider (
  member_id bigint not null,
  provider text not null,
  ext_id text not null,
  profile_url text,
  show_in_profile boolean not null,
  metadata jsonb,
  constraint user_provider_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id),
  constraint user_provider_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
  constraint user_provider_pkey PRIMARY KEY (member_id, provider, ext_id)
);

create table users (
  id bigint not null,
  username text not null,
  real_name text not null default ''::text,
  email text,
  email_isvalid boolean not null default false,
  ext_id text,
  role text,
  status "char" not null default 'a'::"char",
  date_joined timestamp with time zone not null,
  deleted_at timestamp with time zone,
  bio text not null default ''::text,
  location text not null default ''::text,
  location_lat_lng text not null default ''::text,
  position_lat_lng text not null default ''::text,
  date_of_birth date,
  description text not null default ''::text,
  gender text not null default 'Unspecified'::text,
  website text not null default ''::text,
  avatar text,
  cover text,
  reputation integer not null default 0,
  community_badge boolean not null default false,
  reg_approved boolean not null default true,
  company_name text not null default ''::text,
  company_role text not null default ''::text,
  connections integer not null default 0,
  requests_sent integer not null default 0,
  requests_received integer not null default 0,
  requests_rejected integer not null default 0,
  followings integer not null default 0,
  followers integer not null default 0,
  hidden integer not null default 0,
  posts integer not null default 0,
  discussions integer not null default 0,
  statuses integer not null default 0,
  polls integer not null default 0,
  categories integer not null default 0,
  quota_day date,
  quota_used integer not null default 0,
  connection_requests text not null default 'ask'::text,
  connections_visibility text not null default 'everyone'::text,
  qa_frequency smallint not null default 0,
  email_notification_not_qa smallint not null default 1,
  mobile_notifications_scmty smallint not null default 1,
  show_toast_notifications smallint not null default 1,
  toast_notifications_emit_sound smallint not null default 1,
  profile_json text not null generated always as (member_profile_json(id, username, real_name, avatar, cover, ext_id, date_joined, bio, location, location_lat_lng, position_lat_lng, date_of_birth, description, gender, status, website, reputation)) stored,
  standing_json text not null generated always as (member_standing_json(role, community_badge, reg_approved, company_name, company_role, status, deleted_at)) stored,
  folded_real_name text not null default ''::text,
  folded_location text not null default ''::text,
  folded_description text not null default ''::text,
  sort_name text not null default ''::text,
  search_rules smallint not null default 0,
  metadata jsonb not null default '{}'::jsonb,
  tag_ids bigint[] not null default '{}'::bigint[],
  constraint users_categories_check CHECK ((categories >= 0)),
  constraint users_connection_requests_check CHECK ((connection_requests = ANY (ARRAY['ask'::text, 'refuse'::text, 'accept'::text]))),
  constraint users_connections_check CHECK ((connections >= 0)),
  constraint users_connections_visibility_check CHECK ((connections_visibility = ANY (ARRAY['everyone'::text, 'connections'::text, 'self'::text]))),
  constraint users_discussions_check CHECK ((discussions >= 0)),
  constraint users_followers_check CHECK ((followers >= 0)),
  constraint users_followings_check CHECK ((followings >= 0)),
  constraint users_gender_check CHECK ((gender = ANY (ARRAY['Male'::text, 'Female'::text, 'Unspecified'::text]))),
  constraint users_hidden_check CHECK ((hidden >= 0)),
  constraint users_pkey PRIMARY KEY (id),
  constraint users_polls_check CHECK ((polls >= 0)),
  constraint users_posts_check CHECK ((posts >= 0)),
  constraint users_real_name_check CHECK ((octet_length(real_name) <= 4080)) NOT VALID,
  constraint users_requests_received_check CHECK ((requests_received >= 0)),
  constraint users_requests_rejected_check CHECK ((requests_rejected >= 0)),
  constraint users_requests_sent_check CHECK ((requests_sent >= 0)),
  constraint users_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'moderator'::text, 'editor'::text, 'publisher'::text]))),
  constraint users_status_check CHECK ((status = ANY (ARRAY['a'::"char", 'b'::"char", 'd'::"char", 'u'::"char", 'w'::"char"]))) NOT VALID,
  constraint users_statuses_check CHECK ((statuses >= 0)),
  constraint users_username_check CHECK ((username ~ '^[A-Za-z0-9_-]{1,255}$'::text))
);

create table validation_code (
  hash text not null,
  member_id bigint not null,
  purpose "char" not null,
  email text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint validation_code_member_id_fkey FOREIGN KEY (member_id) REFERENCES users(id) ON DELETE CASCADE,
  constraint validation_code_pkey PRIMARY KEY (hash),
  constraint validation_code_purpose_check CHECK ((purpose = ANY (ARRAY['s'::"char", 'c'::"char", 'r'::"char"])))
);

create table webhook_attempt (
  id bigint not null,
  endpoint_id bigint not null,
  event_id bigint not null,
  sent_at timestamp with time zone not null,
  digests bytea not null,
  code smallint,
  response text not null,
  ms integer not null,
  next_retry timestamp with time zone,
  version integer,
  standard bytea
);

create table webhook_delivery (
  endpoint_id bigint not null,
  event_id bigint not null,
  replay boolean not null,
  run integer not null,
  attempts smallint not null,
  due_at timestamp with time zone not null,
  constraint webhook_delivery_pkey PRIMARY KEY (endpoint_id, event_id)
);

create table webhook_endpoint (
  id bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  is_active boolean not null,
  target text not null,
  description text not null,
  events json not null,
  ssl_cert_verification boolean not null,
  secret text not null,
  old_secret text,
  old_secret_until timestamp with time zone,
  rate_limit integer,
  concurrency integer,
  standard_headers boolean not null default false,
  version integer not null,
  deleted boolean not null default false,
  constraint webhook_endpoint_concurrency_check CHECK (((concurrency >= 1) AND (concurrency <= 256))),
  constraint webhook_endpoint_pkey PRIMARY KEY (id),
  constraint webhook_endpoint_rate_limit_check CHECK ((rate_limit > 0))
);

create table webhook_lane (
  endpoint_id bigint not null,
  owner text,
  epoch integer not null default 0,
  written bigint not null default 0,
  "position" bigint not null,
  holes int8multirange not null default '{}'::int8multirange,
  attempts bigint not null default 0,
  failures integer not null default 0,
  failing_since timestamp with time zone,
  succeeded_at timestamp with time zone,
  paused boolean not null default false,
  probe_at timestamp with time zone,
  constraint webhook_lane_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoint(id) ON DELETE CASCADE,
  constraint webhook_lane_pkey PRIMARY KEY (endpoint_id)
);

create table webhook_listening (
  singleton boolean not null default true,
  version integer not null default 1,
  types text[] not null default '{}'::text[],
  constraint webhook_listening_pkey PRIMARY KEY (singleton),
  constraint webhook_listening_singleton_check CHECK (singleton)
);

create table webhook_node (
  id text not null,
  until timestamp with time zone not null,
  backend integer,
  backend_start timestamp with time zone,
  constraint webhook_node_pkey PRIMARY KEY (id)
);

create table webhook_outcome (
  at timestamp with time zone not null,
  piece bigint not null,
  delivered bigint not null,
  refused bigint not null,
  unanswered bigint not null,
  constraint webhook_outcome_pkey PRIMARY KEY (at, piece)
);

create table webhook_recovery (
  id bigint not null,
  endpoint_id bigint not null,
  kind text not null,
  created_at timestamp with time zone not null,
  since timestamp with time zone not null,
  "position" bigint not null,
  until bigint not null,
  queued bigint not null default 0,
  constraint webhook_recovery_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoint(id) ON DELETE CASCADE,
  constraint webhook_recovery_kind_check CHECK ((kind = ANY (ARRAY['failed'::text, 'missed'::text, 'all'::text]))),
  constraint webhook_recovery_pkey PRIMARY KEY (id)
);

create table webhook_recovery_ended (
  id bigint not null,
  endpoint_id bigint not null,
  kind text not null,
  created_at timestamp with time zone not null,
  since timestamp with time zone not null,
  until bigint not null,
  queued bigint not null,
  ended_at timestamp with time zone not null,
  constraint webhook_recovery_ended_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoint(id) ON DELETE CASCADE,
  constraint webhook_recovery_ended_kind_check CHECK ((kind = ANY (ARRAY['failed'::text, 'missed'::text, 'all'::text]))),
  constraint webhook_recovery_ended_pkey PRIMARY KEY (id)
);

create table webhook_span (
  endpoint_id bigint not null,
  since integer not null,
  until integer,
  types text[] not null,
  constraint webhook_span_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoint(id) ON DELETE CASCADE,
  constraint webhook_span_pkey PRIMARY KEY (endpoint_id, since)
);

create table webhook_tail (
  singleton boolean not null default true,
  "position" bigint not null,
  gaps int8multirange not null default '{}'::int8multirange,
  constraint webhook_tail_pkey PRIMARY KEY (singleton),
  constraint webhook_tail_singleton_check CHECK (singleton)
);

create table webhook_target (
  endpoint_id bigint not null,
  version integer not null,
  target text not null,
  constraint webhook_target_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoint(id) ON DELETE CASCADE,
  constraint webhook_target_pkey PRIMARY KEY (endpoint_id, version)
);

create sequence category_place;

create sequence contribution_place;

create sequence custom_menu_item_id;

create sequence event_id;

create sequence relation_place;

create sequence signal_id;

create sequence webhook_attempt_id;

CREATE INDEX addressed_author ON public.addressed USING btree (author_id);

CREATE INDEX addressed_feed_active ON public.addressed_feed USING btree (place, reader, kind, last_activity_at, contribution_id);

CREATE INDEX addressed_feed_added ON public.addressed_feed USING btree (place, reader, kind, added_at, contribution_id);

CREATE INDEX addressed_feed_author_moved ON public.addressed_feed USING btree (reader, author_id, last_activity_at, contribution_id) WHERE (place = 0);

CREATE INDEX addressed_feed_author_recent ON public.addressed_feed USING btree (reader, author_id, added_at, contribution_id) WHERE (place = 0);

CREATE INDEX addressed_feed_relevant ON public.addressed_feed USING btree (place, reader, kind, relevant_at, contribution_id) WHERE (place > 0);

CREATE INDEX addressed_feed_uncommented ON public.addressed_feed USING btree (reader, kind, added_at, contribution_id) WHERE ((place = 0) AND uncommented);

CREATE INDEX archive_due ON public.archive USING btree (requested_at) WHERE (generated_at IS NULL);

CREATE INDEX audit_actor ON public.audit USING btree (actor_id, at, id);

CREATE INDEX audit_at ON public.audit USING btree (at, id);

CREATE INDEX audit_target ON public.audit USING btree (target, at, id);

CREATE INDEX avatar_fetch_due ON public.avatar_fetch USING btree (due);

CREATE INDEX avatar_user ON public.avatar USING btree (user_id, id);

CREATE INDEX banner_reader_of ON public.banner_reader USING btree (banner_id);

CREATE INDEX block_began ON public.block USING btree (blocked_at, member_id);

CREATE INDEX block_by ON public.block USING btree (blocked_by) WHERE (blocked_by IS NOT NULL);

CREATE INDEX block_expire ON public.block USING btree (expire_at, member_id) WHERE (expire_at IS NOT NULL);

CREATE INDEX category_feed_active ON public.category_feed USING btree (category_id, last_activity_at, contribution_id) INCLUDE (kind, author_id);

CREATE INDEX category_feed_added ON public.category_feed USING btree (category_id, added_at, contribution_id) INCLUDE (kind, author_id);

CREATE INDEX category_feed_kind ON public.category_feed USING btree (category_id, kind, added_at, contribution_id) INCLUDE (author_id);

CREATE INDEX category_feed_relevant ON public.category_feed USING btree (category_id, relevant_at, contribution_id) INCLUDE (kind, author_id);

CREATE INDEX category_follower_category ON public.category_follower USING btree (category_id, place DESC) INCLUDE (member_id, added_at);

CREATE INDEX category_follower_member ON public.category_follower USING btree (member_id, place DESC);

CREATE INDEX category_listed ON public.category USING btree ("position", sort_name, id) WHERE (NOT deleted);

CREATE INDEX category_parents ON public.category USING gin (parents);

CREATE UNIQUE INDEX category_slug ON public.category USING btree (lower(slug)) WHERE (NOT deleted);

CREATE INDEX comment_author ON public.comment USING btree (author_id, added_at, id) WHERE (NOT erased);

CREATE INDEX comment_by ON public.comment USING btree (contribution_id, author_id) WHERE (NOT erased);

CREATE INDEX comment_deleted ON public.comment USING btree (contribution_id) WHERE (deleted AND (NOT erased));

CREATE INDEX comment_first ON public.comment USING btree (contribution_id, added_at, id) WHERE ((parent_id IS NULL) AND (NOT erased));

CREATE INDEX comment_replies ON public.comment USING btree (parent_id, added_at, id) WHERE ((parent_id IS NOT NULL) AND (NOT erased));

CREATE INDEX contribution_author ON public.contribution USING btree (author_id, kind, added_at, id) WHERE (NOT deleted);

CREATE INDEX contribution_open_active ON public.contribution USING btree (kind, last_activity_at, id) WHERE ((NOT deleted) AND (addressing = '{}'::bigint[]));

CREATE INDEX contribution_open_added ON public.contribution USING btree (kind, added_at, id) WHERE ((NOT deleted) AND (addressing = '{}'::bigint[]));

CREATE INDEX contribution_open_author_moved ON public.contribution USING btree (author_id, last_activity_at, id) INCLUDE (kind) WHERE ((NOT deleted) AND (addressing = '{}'::bigint[]));

CREATE INDEX contribution_open_author_recent ON public.contribution USING btree (author_id, added_at, id) INCLUDE (kind) WHERE ((NOT deleted) AND (addressing = '{}'::bigint[]));

CREATE INDEX contribution_open_moved ON public.contribution USING btree (last_activity_at, id) WHERE ((NOT deleted) AND (addressing = '{}'::bigint[]));

CREATE INDEX contribution_open_recent ON public.contribution USING btree (added_at, id) WHERE ((NOT deleted) AND (addressing = '{}'::bigint[]));

CREATE INDEX contribution_open_uncommented ON public.contribution USING btree (kind, added_at, id) WHERE ((NOT deleted) AND (comment_count = 0) AND (addressing = '{}'::bigint[]));

CREATE UNIQUE INDEX contribution_poll ON public.contribution USING btree (poll_id) WHERE (poll_id IS NOT NULL);

CREATE INDEX contribution_scheduled ON public.contribution USING btree (scheduled_at, id) WHERE ((NOT published) AND (scheduled_at IS NOT NULL));

CREATE INDEX contribution_search_due ON public.contribution USING btree (id) WHERE (search_rules < 1);

CREATE INDEX contribution_tags ON public.contribution USING gin (tag_ids) WHERE (tag_ids <> '{}'::bigint[]);

CREATE INDEX contribution_to_erase ON public.contribution USING btree (author_id, id) WHERE (deleted AND (NOT erased));

CREATE INDEX contribution_unpublished ON public.contribution USING btree (author_id, kind, id) WHERE ((NOT published) AND (NOT erased));

CREATE INDEX contribution_words ON public.contribution USING gin (tier_words(search, kind, id)) WITH (gin_pending_list_limit='1024') WHERE ((NOT deleted) AND (search_rules <> 0));

CREATE INDEX contributor_author ON public.contributor USING btree (author_id);

CREATE INDEX contributor_place ON public.contributor USING btree (contribution_id, place) WHERE (comments > 0);

CREATE INDEX custom_page_sorted ON public.custom_page USING btree (sort_title, id);

CREATE INDEX device_member ON public.device USING btree (member_id, id);

CREATE INDEX embed_feed_moved ON public.embed_feed USING btree (embed_id, last_activity_at, contribution_id);

CREATE INDEX embed_feed_recent ON public.embed_feed USING btree (embed_id, added_at, contribution_id);

CREATE INDEX embed_metadata ON public.embed USING gin (metadata jsonb_path_ops);

CREATE INDEX embed_named ON public.embed USING btree (embed_id);

CREATE INDEX event_created ON public.event USING brin (created);

CREATE INDEX event_order ON public.event USING btree (txid, id);

CREATE INDEX event_type ON public.event USING btree (type text_pattern_ops, id);

CREATE INDEX file_owner ON public.file USING btree (owner_id) WHERE (owner_id IS NOT NULL);

CREATE INDEX file_same ON public.file USING btree (owner_id, sha256) WHERE ((state = 'kept'::text) AND (sha256 IS NOT NULL));

CREATE INDEX file_unkept ON public.file USING btree (created_at) WHERE (state <> 'kept'::text);

CREATE INDEX incubator_author ON public.incubator USING btree (author_id, id) INCLUDE (status);

CREATE UNIQUE INDEX incubator_name ON public.incubator USING btree (name_key(name)) WHERE (status <> 2);

CREATE INDEX incubator_open ON public.incubator USING btree (subscribers, id) WHERE (status < 2);

CREATE INDEX incubator_searched ON public.incubator USING gin (grams(((folded_name || ' '::text) || folded_slogan)));

CREATE UNIQUE INDEX incubator_slug ON public.incubator USING btree (lower(slug)) WHERE (status <> 2);

CREATE INDEX incubator_sorted ON public.incubator USING btree (sort_name, id);

CREATE INDEX incubator_status ON public.incubator USING btree (status, id);

CREATE INDEX incubator_status_sorted ON public.incubator USING btree (status, sort_name, id);

CREATE INDEX incubator_status_supported ON public.incubator USING btree (status, subscribers, id);

CREATE INDEX incubator_subscriber_in ON public.incubator_subscriber USING btree (incubator_id, place DESC) INCLUDE (member_id);

CREATE INDEX incubator_subscriber_member ON public.incubator_subscriber USING btree (member_id, place);

CREATE INDEX incubator_supported ON public.incubator USING btree (subscribers, id);

CREATE INDEX legal_page_ack_page ON public.legal_page_ack USING btree (page_id);

CREATE INDEX locality_searched ON public.locality USING gin (grams(folded));

CREATE INDEX mail_due ON public.mail USING btree (due_at, id) WHERE (due_at IS NOT NULL);

CREATE INDEX mail_member ON public.mail USING btree (member_id) WHERE (member_id IS NOT NULL);

CREATE INDEX mail_recipient ON public.mail USING btree (lower(recipient), created_at);

CREATE INDEX mail_settled ON public.mail USING btree (settled_at) WHERE (settled_at IS NOT NULL);

CREATE INDEX mark_flagged ON public.mark USING btree (target_id, kind, flag_place) WHERE (flag_place IS NOT NULL);

CREATE INDEX mark_flags_given ON public.mark USING btree (member_id) WHERE (flag_type IS NOT NULL);

CREATE INDEX mark_followed ON public.mark USING btree (member_id, kind, follow_place) WHERE (follow_place IS NOT NULL);

CREATE INDEX mark_followers ON public.mark USING btree (target_id, kind, follow_place) WHERE (follow_place IS NOT NULL);

CREATE INDEX mark_following ON public.mark USING btree (target_id, kind, member_id) WHERE (followed_at IS NOT NULL);

CREATE INDEX mark_hidden ON public.mark USING btree (member_id, kind) WHERE hidden;

CREATE INDEX mark_member ON public.mark USING btree (member_id, kind, target_id);

CREATE INDEX mark_suspended ON public.mark USING btree (member_id, kind, suspend_place) WHERE (suspend_place IS NOT NULL);

CREATE INDEX mark_voted ON public.mark USING btree (target_id, kind, vote_place) INCLUDE (member_id, reaction) WHERE (vote_place IS NOT NULL);

CREATE INDEX media_file ON public.media USING btree (file_id) WHERE (file_id IS NOT NULL);

CREATE INDEX media_loose ON public.media USING btree (loose_since) WHERE (loose_since IS NOT NULL);

CREATE INDEX media_of ON public.media USING btree (contribution_id) WHERE (contribution_id IS NOT NULL);

CREATE INDEX media_owner ON public.media USING btree (owner_id, id);

CREATE INDEX member_place_near ON public.member_place USING gist (place) INCLUDE (member_id);

CREATE INDEX message_file_loose ON public.message_file USING btree (loose_since) WHERE (loose_since IS NOT NULL);

CREATE INDEX message_file_owner ON public.message_file USING btree (owner_id);

CREATE INDEX message_of ON public.message USING btree (thread_id, id);

CREATE INDEX message_receiver ON public.message USING btree (receiver_id, id);

CREATE INDEX message_sender ON public.message USING btree (sender_id, id);

CREATE INDEX message_side_last ON public.message_side USING btree (member_id, last_id DESC) WHERE (last_id IS NOT NULL);

CREATE INDEX message_thread_high ON public.message_thread USING btree (high_id);

CREATE INDEX message_thread_purge ON public.message_thread USING btree (id) WHERE (purge_to IS NOT NULL);

CREATE INDEX message_with ON public.message USING btree (file_uuid) WHERE (file_uuid IS NOT NULL);

CREATE INDEX moderation_case_author ON public.moderation_case USING btree (author_id) INCLUDE (flags);

CREATE INDEX moderation_case_by ON public.moderation_case USING btree (moderated_by) WHERE (moderated_by IS NOT NULL);

CREATE INDEX moderation_case_flagged ON public.moderation_case USING btree (flagged_at, target_id, kind);

CREATE INDEX moderation_case_flags ON public.moderation_case USING btree (flags, target_id, kind);

CREATE INDEX moderation_case_moderated ON public.moderation_case USING btree (moderated_at, target_id, kind);

CREATE INDEX notification_actor ON public.notification USING btree (member_id, actor_id) WHERE (actor_id IS NOT NULL);

CREATE INDEX notification_box_due ON public.notification_box USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX notification_event_notice ON public.notification_event USING btree (notice_id);

CREATE INDEX notification_group_last ON public.notification_group USING btree (member_id, last DESC);

CREATE INDEX notification_in_group ON public.notification USING btree (group_id, "position" DESC);

CREATE INDEX notification_notice_about ON public.notification_notice USING btree (kind, subject_id) WHERE (kind <> 0);

CREATE INDEX notification_notice_act ON public.notification_notice USING btree (actor_id, type, kind, subject_id, part_kind, part_id);

CREATE UNIQUE INDEX notification_notice_once ON public.notification_notice USING btree (type, actor_id, kind, subject_id, part_kind, part_id) WHERE once;

CREATE INDEX notification_notice_owner ON public.notification_notice USING btree (owner_id) WHERE (owner_id IS NOT NULL);

CREATE INDEX notification_notice_part ON public.notification_notice USING btree (part_kind, part_id) WHERE (part_kind <> 0);

CREATE INDEX notification_notice_under ON public.notification_notice USING btree (part_kind, under_id) WHERE (under_id <> 0);

CREATE INDEX notification_of ON public.notification USING btree (member_id, "position");

CREATE INDEX notification_owner ON public.notification USING btree (member_id, owner_id) WHERE (owner_id <> member_id);

CREATE INDEX notification_task_of ON public.notification_task USING btree (of);

CREATE INDEX oauth_app_member ON public.oauth_app USING btree (member_id) WHERE (member_id IS NOT NULL);

CREATE INDEX oauth_code_grant ON public.oauth_code USING btree (grant_id);

CREATE INDEX oauth_consent_app ON public.oauth_consent USING btree (app_id);

CREATE INDEX oauth_grant_app ON public.oauth_grant USING btree (app_id);

CREATE INDEX oauth_grant_expires ON public.oauth_grant USING btree (expires_at);

CREATE INDEX oauth_grant_user ON public.oauth_grant USING btree (user_id);

CREATE INDEX oauth_token_grant ON public.oauth_token USING btree (grant_id);

CREATE INDEX poll_author ON public.poll USING btree (author_id);

CREATE INDEX poll_vote_choice ON public.poll_vote USING btree (choice_id, id) INCLUDE (poll_id, member_id);

CREATE INDEX poll_vote_member ON public.poll_vote USING btree (member_id, id);

CREATE INDEX poll_vote_poll ON public.poll_vote USING btree (poll_id, id) INCLUDE (member_id, choice_id, voted_at);

CREATE UNIQUE INDEX poll_vote_single ON public.poll_vote USING btree (poll_id, member_id) WHERE single;

CREATE INDEX push_due ON public.push USING btree (due_at, id);

CREATE INDEX relation_changed ON public.relation USING btree ((
CASE
    WHEN (state = 4) THEN 0
    WHEN (rejected IS NULL) THEN 1
    ELSE 2
END), COALESCE(changed, created, '1970-01-01 00:00:00+00'::timestamp with time zone), place) WHERE (asked AND (state > 0));

CREATE INDEX relation_connected ON public.relation USING btree (member_id, other_id) WHERE (state = 4);

CREATE INDEX relation_expiry ON public.relation USING btree (created) WHERE (state = 1);

CREATE INDEX relation_followed ON public.relation USING btree (member_id, other_id) WHERE (following_place IS NOT NULL);

CREATE INDEX relation_follower ON public.relation USING btree (member_id, follower_place DESC) INCLUDE (other_id, state, following_place) WHERE (follower_place IS NOT NULL);

CREATE INDEX relation_followers ON public.relation USING btree (member_id, other_id) WHERE (follower_place IS NOT NULL);

CREATE INDEX relation_following ON public.relation USING btree (member_id, following_place DESC) INCLUDE (other_id, state) WHERE (following_place IS NOT NULL);

CREATE INDEX relation_hidden ON public.relation USING btree (member_id, hidden_place DESC) INCLUDE (other_id, state, following_place, hidden_by) WHERE ((hidden_place IS NOT NULL) OR hidden_by);

CREATE INDEX relation_hidden_others ON public.relation USING btree (member_id, other_id) INCLUDE (hidden_place, hidden_by) WHERE ((hidden_place IS NOT NULL) OR hidden_by);

CREATE INDEX relation_state ON public.relation USING btree (member_id, state, place DESC) INCLUDE (other_id, following_place) WHERE (state > 0);

CREATE INDEX score_at ON public.score USING btree (at, id) INCLUDE (member_id, points, type);

CREATE INDEX score_by ON public.score USING btree (created_by) WHERE (created_by IS NOT NULL);

CREATE INDEX score_due_member ON public.score_due USING btree (member_id);

CREATE INDEX score_due_told ON public.score_due USING btree (id) WHERE (NOT quiet);

CREATE INDEX score_leaders ON public.score_total USING btree (points DESC, member_id) WHERE listed;

CREATE INDEX score_member ON public.score USING btree (member_id, at, id);

CREATE INDEX session_expires ON public.session USING btree (expires_at);

CREATE INDEX session_member ON public.session USING btree (user_id);

CREATE INDEX share_author ON public.share USING btree (shared_id, author_id);

CREATE INDEX share_recent ON public.share USING btree (shared_id, added_at, contribution_id) INCLUDE (kind);

CREATE INDEX sharer_place ON public.sharer USING btree (contribution_id, place);

CREATE INDEX sign_up_unapproved ON public.sign_up USING btree (created_at, member_id) WHERE unapproved;

CREATE INDEX sign_up_unconfirmed ON public.sign_up USING btree (created_at) WHERE unconfirmed;

CREATE INDEX signal_created ON public.signal USING brin (created_at);

CREATE INDEX signal_member ON public.signal USING btree (member_id);

CREATE UNIQUE INDEX signup_code_code ON public.signup_code USING btree (kind, lower(code));

CREATE INDEX signup_code_list ON public.signup_code USING btree (kind, id);

CREATE INDEX signup_code_maker ON public.signup_code USING btree (made_by) WHERE (made_by IS NOT NULL);

CREATE INDEX signup_code_use_member ON public.signup_code_use USING btree (member_id);

CREATE UNIQUE INDEX tag_name ON public.tag USING btree (type, name_key(name)) WHERE (NOT deleted);

CREATE INDEX upload_expires ON public.upload USING btree (expires_at);

CREATE INDEX upload_owner ON public.upload USING btree (owner_id);

CREATE INDEX users_date_joined ON public.users USING btree (date_joined, id);

CREATE UNIQUE INDEX users_email ON public.users USING btree (lower(email)) WHERE ((email IS NOT NULL) AND (status <> 'u'::"char"));

CREATE UNIQUE INDEX users_ext_id ON public.users USING btree (ext_id) WHERE ((ext_id IS NOT NULL) AND (status <> 'u'::"char"));

CREATE INDEX users_location ON public.users USING btree ("left"(folded_location, 60), id) WHERE (status = ANY (ARRAY['a'::"char", 'b'::"char"]));

CREATE INDEX users_names ON public.users USING gin (grams(((lower((username COLLATE "C")) || ' '::text) || folded_real_name))) WITH (gin_pending_list_limit='128') WHERE (search_rules <> 0);

CREATE INDEX users_roles ON public.users USING btree (date_joined, id) WHERE (role IS NOT NULL);

CREATE INDEX users_search_due ON public.users USING btree (id) WHERE (search_rules < 1);

CREATE INDEX users_sort_name ON public.users USING btree (sort_name, id) WHERE (status = ANY (ARRAY['a'::"char", 'b'::"char"]));

CREATE INDEX users_tags ON public.users USING gin (tag_ids) WHERE (tag_ids <> '{}'::bigint[]);

CREATE UNIQUE INDEX users_username ON public.users USING btree (lower(username)) WHERE (status <> 'u'::"char");

CREATE INDEX validation_code_expires ON public.validation_code USING btree (expires_at);

CREATE INDEX validation_code_member ON public.validation_code USING btree (member_id, purpose, created_at);

CREATE INDEX webhook_attempt_event ON ONLY public.webhook_attempt USING btree (event_id, endpoint_id);

CREATE INDEX webhook_attempt_retry ON ONLY public.webhook_attempt USING btree (endpoint_id, next_retry, id) WHERE (next_retry IS NOT NULL);

CREATE INDEX webhook_attempt_sent ON ONLY public.webhook_attempt USING btree (endpoint_id, sent_at, id);

CREATE INDEX webhook_delivery_due ON public.webhook_delivery USING btree (endpoint_id, replay, due_at);

CREATE INDEX webhook_endpoint_active ON public.webhook_endpoint USING btree (is_active, id) WHERE (NOT deleted);

CREATE INDEX webhook_endpoint_created ON public.webhook_endpoint USING btree (created_at, id) WHERE (NOT deleted);

CREATE INDEX webhook_endpoint_updated ON public.webhook_endpoint USING btree (updated_at, id) WHERE (NOT deleted);

CREATE INDEX webhook_endpoint_version ON public.webhook_endpoint USING btree (version);

CREATE INDEX webhook_recovery_ended_endpoint ON public.webhook_recovery_ended USING btree (endpoint_id, id);

CREATE UNIQUE INDEX webhook_recovery_kind ON public.webhook_recovery USING btree (endpoint_id, kind);

CREATE UNIQUE INDEX webhook_span_open ON public.webhook_span USING btree (endpoint_id) WHERE (until IS NULL);

CREATE OR REPLACE FUNCTION public.addressed_places(c contribution)
 RETURNS SETOF addressed_feed
 LANGUAGE sql
 STABLE
AS $function$
  select c.id, place, reader, c.kind, c.author_id, c.categories, c.comment_count = 0, c.added_at, c.last_activity_at,
    relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
  from (select 0::bigint as place union select unnest(c.categories)) places
  cross join (select 0::bigint as reader union select -c.author_id union select unnest(c.addressing)) readers
  where not c.deleted and c.addressing <> '{}'
$function$
;

CREATE OR REPLACE FUNCTION public.archive_part_gone()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update file set state = 'gone' where id = old.file_id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.author_of_mark(kind smallint, target bigint)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select case when kind = 16 then (select author_id from comment where id = target)
    when kind between 1 and 3 then (select author_id from contribution where id = target) end
$function$
;

CREATE OR REPLACE FUNCTION public.blank_members(given json, members bigint[])
 RETURNS json
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
AS $function$
declare
  member boolean;
  content boolean;
begin
  if json_typeof(given) = 'array' then
    return (select concat('[', string_agg(blank_members(value, members)::text, ',' order by nth), ']')::json
      from json_array_elements(given) with ordinality each(value, nth));
  elsif json_typeof(given) <> 'object' then
    return given;
  end if;
  member := given ->> 'id' = any(members::text[]) and given ->> 'username' is not null;
  content := case when json_typeof(given -> 'author') = 'object' then given -> 'author' ->> 'id' = any(members::text[]) end;
  return (
    select concat('{', string_agg(concat(to_json(key), ':', case
      when json_typeof(value) in ('number', 'null') then value::text
      when member then case key
        when 'username' then concat('"user-', given ->> 'id', '"')
        when 'status' then '"u"'
        when 'gender' then '"Unspecified"'
        when 'email_isvalid' then 'false'
        when 'date_joined' then value::text
        -- The one that Kith draws, which is the same for everybody who is gone.
        when 'avatar' then to_json(concat((select base from public_address), '/api/v2/avatar/', given ->> 'id'))::text
        else case when key in ('cover', 'ext_id', 'email', 'date_of_birth') then 'null'
          else case json_typeof(value) when 'boolean' then value::text when 'string' then '""' when 'array' then '[]'
            else 'null' end end end
      when json_typeof(value) = 'boolean' then value::text
      when content then case json_typeof(value)
        when 'string' then case
          when key in ('type', 'object_type') or value::text ~ '^"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"$' then value::text
          else '""' end
        when 'array' then '[]'
        else case when value -> 'author' is not null or value -> 'username' is not null
          then blank_members(value, members)::text else 'null' end end
      else blank_members(value, members)::text
    end), ',' order by nth), '}')::json
    from json_each(given) with ordinality each(key, value, nth)
  );
end
$function$
;

CREATE OR REPLACE FUNCTION public.carry_medias()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  shown bigint[] := case when new.deleted then '{}' else new.medias end;
  sharing bigint[] := case when new.addressing = '{}' then shown else '{}' end;
  had bigint[] := array(select shared_id from share where contribution_id = new.id);
  has bigint[] := array(select distinct shared_id from media where id = any(sharing) and shared_id is not null);
  embeds bigint[] := array(select distinct embedded_id from media where id = any(shown) and embedded_id is not null);
  changed bigint;
begin
  -- Two who share the same thing do it one after the other; of several things the lower id goes first.
  for changed in select id from unnest(had || has) id group by id having count(*) = 1 order by id loop
    perform from contribution where id = changed for no key update;
    if changed = any(has) then
      insert into share values (changed, new.id, new.kind, new.author_id, new.added_at);
      update sharer set shares = shares + 1 where contribution_id = changed and author_id = new.author_id;
      update contribution set share_count = share_count + 1, sharer_count = sharer_count + (not found)::int where id = changed;
      insert into sharer (contribution_id, author_id, shares) values (changed, new.author_id, 1) on conflict do nothing;
    else
      delete from share where contribution_id = new.id and shared_id = changed;
      delete from sharer where contribution_id = changed and author_id = new.author_id and shares = 1;
      update contribution set share_count = share_count - 1, sharer_count = sharer_count - found::int where id = changed;
      update sharer set shares = shares - 1 where contribution_id = changed and author_id = new.author_id;
    end if;
  end loop;
  delete from embed_feed where contribution_id = new.id and embed_id <> all(embeds);
  insert into embed_feed as f select id, new.id, new.kind, new.author_id, new.added_at, new.last_activity_at from unnest(embeds) id
  on conflict (contribution_id, embed_id) do update set last_activity_at = excluded.last_activity_at
    where f.last_activity_at <> excluded.last_activity_at;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.category_shown_json(id bigint, "position" integer, name text, name_synonyms text, slug text, slogan text, html_info text, seo_title text, seo_description text, auto_follow text, content_only_staff boolean, active boolean, image_original text, emotional_image_original text, emotional_image_position integer, lastmod_datetime timestamp with time zone, stream_order_by text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select regexp_replace(substr(json, 2, length(json) - 2),
    '("(?:emotional_image_original|image_(?:original|bigger|big|medium|small))":")/', e'\\1\x04/', 'g')
  from (select row_to_json(shown)::text as json from (
    select "position" as "order", name, name_synonyms, slug, slogan, html_info, seo_title, seo_description, auto_follow,
      content_only_staff, active, image_original,
      coalesce(replace(image_original, '/original.', '/bigger.'), drawn) as image_bigger,
      coalesce(replace(image_original, '/original.', '/big.'), drawn) as image_big,
      coalesce(replace(image_original, '/original.', '/medium.'), drawn) as image_medium,
      coalesce(replace(image_original, '/original.', '/small.'), drawn) as image_small,
      coalesce(emotional_image_original, '') as emotional_image_original, emotional_image_position,
      to_char(lastmod_datetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as lastmod_datetime,
      stream_order_by
    from concat('/api/v2/picture/category/', id, '.svg') drawn
  ) shown) rendered
$function$
;

CREATE OR REPLACE FUNCTION public.check_event_source()
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  seen integer := (select timeline from event_source);
begin
  if seen <> event_timeline() then perform continue_event_log('timeline', null); end if;
  return true;
end
$function$
;

CREATE OR REPLACE FUNCTION public.continue_event_log(why text, known bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  here integer := event_timeline();
  server text := (select system_identifier::text from pg_control_system());
  source event_source;
  ends bigint;
  reached bigint;
  missing bigint;
  young bigint;
begin
  select * into source from event_source for update;
  ends := coalesce((select max(id) from event), 0);
  -- Somebody else was quicker.
  if why = 'timeline' and source.timeline is not distinct from here
    or why = 'server' and source.system is not distinct from server
    or why = 'lost' and greatest(ends, (select max(resumed_at) - 1 from event_break)) >= known then return; end if;
  -- A transaction with a lower id may have been committed after the last one that is here: an id that none has, among those
  -- of the last minutes, may be missing as well. Nothing was told between the end and where the log went on the last time.
  young := coalesce((select min(id) from event
    where id > ends - 10000 and created > (select created from event where id = ends) - interval '2 minutes'), ends + 1);
  missing := greatest((select min(id) from generate_series(young, ends + 1) id where not exists (select from event e where e.id = id.id)),
    (select max(resumed_at) from event_break));
  reached := greatest((select last_value from event_id), ends, known, (select max(position) from webhook_lane),
    (select max(position) from webhook_tail), (select max(event_id) from webhook_attempt));
  perform setval('event_id', reached + 16777216);
  -- What open pages are told has no ends that anybody knows of.
  perform setval('signal_id', (select last_value from signal_id) + 16777216);
  insert into event_break (cause, missing_from, last_known, resumed_at)
    values (why, missing, case when known >= missing then known end, reached + 16777217);
  update event_source set system = server, timeline = here;
  update webhook_lane set owner = null, epoch = epoch + 1, position = least(position, ends),
    holes = holes * int8multirange(int8range(null, ends, '[]'));
  update webhook_tail set position = least(position, ends), gaps = gaps * int8multirange(int8range(null, ends, '[]'));
  -- To be tried again, and there no more.
  delete from webhook_delivery where event_id > ends;
end
$function$
;

CREATE OR REPLACE FUNCTION public.event_timeline()
 RETURNS integer
 LANGUAGE sql
AS $function$
  select case when not pg_is_in_recovery()
    then ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer end
$function$
;

CREATE OR REPLACE FUNCTION public.feed_addressed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'UPDATE' and (old.addressing, old.deleted, old.categories) = (new.addressing, new.deleted, new.categories) then
    update addressed_feed f
    set (uncommented, last_activity_at, relevant_at) = (n.uncommented, n.last_activity_at, n.relevant_at)
    from addressed_places(new) n where f.contribution_id = new.id and f.place = n.place and f.reader = n.reader
      and (f.uncommented, f.last_activity_at, f.relevant_at)
        is distinct from (n.uncommented, n.last_activity_at, n.relevant_at);
    return null;
  end if;
  delete from addressed_feed where contribution_id = new.id;
  insert into addressed_feed select * from addressed_places(new);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.flag_moved()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  m record := coalesce(new, old);
  before smallint := case when tg_op <> 'INSERT' then old.flag_type end;
  after smallint := case when tg_op <> 'DELETE' then new.flag_type end;
begin
  insert into moderation_case (kind, target_id, author_id)
  select m.kind, m.target_id, author from author_of_mark(m.kind, m.target_id) author where author is not null
  on conflict do nothing;
  update moderation_case set flags = flags + (after is not null)::int - (before is not null)::int,
    by_type = array(select by_type[i + 1] + (i is not distinct from after)::int - (i is not distinct from before)::int
      from generate_series(0, 4) i order by i),
    flagged_at = case when after is null then flagged_at else greatest(flagged_at, new.flagged_at) end
  where kind = m.kind and target_id = m.target_id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.grams(text)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select array_to_tsvector(array(select distinct substr($1, i, 3) from generate_series(1, length($1)) i))
$function$
;

CREATE OR REPLACE FUNCTION public.keep_addressed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  -- What counted in a circle does so no longer; what is to count, does.
  if tg_op = 'UPDATE' and not old.deleted and old.addressing <> '{}' then
    update addressed_total t set n = t.n - 1, uncommented = t.uncommented - (old.comment_count = 0)::int
    where t.place in (select 0 union select unnest(old.categories)) and t.kind = old.kind and t.tags = old.addressing
      and t.part = old.author_id % 16;
    -- Of circles nobody is addressed as any more nothing is left: each list asks all there are.
    delete from addressed_total t
    where t.place in (select 0 union select unnest(old.categories)) and t.kind = old.kind and t.tags = old.addressing
      and t.part = old.author_id % 16 and t.n = 0;
  end if;
  if new.deleted or new.addressing = '{}' then
    delete from addressed where contribution_id = new.id;
    return null;
  end if;
  insert into addressed as a values (new.id, new.kind, new.author_id, new.addressing, new.categories, new.comment_count = 0)
  on conflict (contribution_id) do update
    set tags = excluded.tags, categories = excluded.categories, uncommented = excluded.uncommented;
  insert into addressed_total as t
  select place, new.kind, new.addressing, new.author_id % 16, 1, (new.comment_count = 0)::int
  from (select 0 as place union select unnest(new.categories)) places order by place
  on conflict (place, kind, tags, part) do update set n = t.n + excluded.n, uncommented = t.uncommented + excluded.uncommented;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_place()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  place point := case when new.status in ('a', 'b') then place_of(new.position_lat_lng, new.location_lat_lng) end;
begin
  if place is null then
    delete from member_place where member_id = new.id;
  else
    insert into member_place values (new.id, place) on conflict (member_id) do update set place = excluded.place;
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.member_profile_json(id bigint, username text, real_name text, avatar text, cover text, ext_id text, date_joined timestamp with time zone, bio text, location text, location_lat_lng text, position_lat_lng text, date_of_birth date, description text, gender text, status "char", website text, reputation integer)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select substr(json, 2, length(json) - 2) from (select row_to_json(profile)::text as json from (
    select id, username, real_name, avatar, cover, ext_id,
      to_char(date_joined at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as date_joined, bio, location,
      location_lat_lng, position_lat_lng, date_of_birth, description, gender,
      case status when 'w' then 'a' else status::text end as status, website, '[]'::json as tags, reputation
  ) profile) rendered
$function$
;

CREATE OR REPLACE FUNCTION public.member_standing_json(role text, community_badge boolean, reg_approved boolean, company_name text, company_role text, status "char", deleted_at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select substr(json, 2, length(json) - 2) from (select row_to_json(standing)::text as json from (
    select role, community_badge, reg_approved, company_name, company_role, status in ('d', 'u') as deleted,
      to_char(deleted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as deleted_at
  ) standing) rendered
$function$
;

CREATE OR REPLACE FUNCTION public.metres_between(a point, b point)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select round(2 * 6371008.8 * asin(least(1, sqrt(
    sin(radians(b[1] - a[1]) / 2) ^ 2
    + cos(radians(a[1])) * cos(radians(b[1])) * sin(radians(b[0] - a[0]) / 2) ^ 2))))::bigint
$function$
;

CREATE OR REPLACE FUNCTION public.move_contribution()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  gone bigint[] := case when old.deleted then '{}' else old.categories end;
  there bigint[] := case when new.deleted then '{}' else new.categories end;
  relevant timestamptz := relevant_at(new.added_at, new.vote_count, new.follower_count, new.comment_count, new.share_count);
begin
  if gone = there and (old.addressing = '{}') = (new.addressing = '{}') then
    if new.addressing = '{}' then
      update category_feed set last_activity_at = new.last_activity_at, relevant_at = relevant
      where category_id = any(there) and author_id = new.author_id and contribution_id = new.id
        and (last_activity_at, relevant_at) is distinct from (new.last_activity_at, relevant);
    end if;
    return null;
  end if;
  delete from category_feed
  where category_id = any(gone) and author_id = old.author_id and contribution_id = old.id;
  insert into category_feed
  select distinct id, new.id, new.kind, new.author_id, new.added_at, new.last_activity_at, relevant from unnest(there) id
  where new.addressing = '{}';
  insert into category_feed_total as t
  select id, new.kind, new.author_id % 16, sum(n) from (
    select distinct id, 1 as n from unnest(there) id union all select distinct id, -1 from unnest(gone) id
  ) each group by id having sum(n) <> 0 order by id
  on conflict (category_id, kind, part) do update set n = t.n + excluded.n;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.name_key(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select lower(normalize(regexp_replace(name,
    U&'[\00ad\034f\061c\115f\1160\17b4\17b5\180b-\180f\200b-\200f\202a-\202e\2060-\206f\3164\fe00-\fe0f\feff\ffa0\fff0-\fff8]|[\+01bca0-\+01bca3\+01d173-\+01d17a\+0e0000-\+0e001f\+0e0080-\+0e0fff]',
    '', 'g'), nfkd))
$function$
;

CREATE OR REPLACE FUNCTION public.names_members(body json, members bigint[])
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select case cardinality(members)
    -- As it nearly always is, and several times as fast.
    when 1 then strpos(body::text collate "C", concat('"id":', members[1], ',"username":')) > 0
    else exists (select from regexp_matches(body::text, '"id":(\d{1,18}),"username":', 'g') found
      where found[1]::bigint = any(members)) end
    or poll_is_of(body, members)
$function$
;

CREATE OR REPLACE FUNCTION public.place_contributions()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into category_feed
  select placed.id, c.id, c.kind, c.author_id, c.added_at, c.last_activity_at,
    relevant_at(c.added_at, c.vote_count, c.follower_count, c.comment_count, c.share_count)
  from fresh c cross join lateral (select distinct unnest(c.categories) as id) placed
  where not c.deleted and c.addressing = '{}';
  -- In order, so that members who publish at once do not wait for each other in a circle.
  insert into category_feed_total as t
  select placed.id, c.kind, c.author_id % 16, count(*)
  from fresh c cross join lateral (select distinct unnest(c.categories) as id) placed where not c.deleted
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (category_id, kind, part) do update set n = t.n + excluded.n;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.place_of(position_lat_lng text, location_lat_lng text)
 RETURNS point
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case when t ~ '^[-+]?\d{1,3}(\.\d+)?,[-+]?\d{1,3}(\.\d+)?$'
      and split_part(t, ',', 1)::float8 between -90 and 90 and split_part(t, ',', 2)::float8 between -180 and 180
    then point(split_part(t, ',', 2)::float8, split_part(t, ',', 1)::float8) end
  from (select case when position_lat_lng <> '' then position_lat_lng else location_lat_lng end as t) one
$function$
;

CREATE OR REPLACE FUNCTION public.poll_is_of(body json, members bigint[])
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select left(body::text, 80) like '%,"type":"poll\_vote.%' and exists (
    select from poll where id = (body #>> '{data,choice,poll,id}')::bigint and author_id = any(members))
$function$
;

CREATE OR REPLACE FUNCTION public.public_base()
 RETURNS text
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE COST 1
AS $function$ begin return (select base from public_address); end $function$
;

CREATE OR REPLACE FUNCTION public.raise_conflict()
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'changed meanwhile' using errcode = 'KT001';
end $function$
;

CREATE OR REPLACE FUNCTION public.reactions_moved(counts jsonb, ended bigint, begun bigint)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case when coalesce(ended, 1) = 1 and coalesce(begun, 1) = 1 then counts else (
    select coalesce(jsonb_object_agg(id, n) filter (where n <> 0), '{}') from (
      select id, sum(n)::int as n from (
        select key::bigint as id, value::int as n from jsonb_each_text(counts)
        union all select ended, -1 where ended > 1
        union all select begun, 1 where begun > 1
      ) each group by id
    ) sums
  ) end
$function$
;

CREATE OR REPLACE FUNCTION public.relevant_at(added_at timestamp with time zone, votes integer, followers integer, comments integer, shares integer)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select added_at + make_interval(hours => round(24 * ln(1 + votes::float8 + followers + comments + shares) / ln(2::float8))::int)
$function$
;

CREATE OR REPLACE FUNCTION public.score_comment()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into score_due (member_id, type, n) values
    (new.author_id, (case when new.parent_id is null then 13 else 14 end) * case when new.deleted then -1 else 1 end, 1);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.score_comments()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into score_due (member_id, type, n)
  select author_id, case when parent_id is null then 13 else 14 end, count(*) from fresh where not deleted group by 1, 2;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.score_counters()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into score_due (member_id, type, n)
  select new.id, sign(n) * type, abs(n) from (values
    (12, new.posts + new.discussions + new.statuses - old.posts - old.discussions - old.statuses),
    (15, new.connections - old.connections),
    (19, new.followers - old.followers)
  ) each (type, n) where n <> 0;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.score_vote()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  m record := coalesce(new, old);
begin
  insert into score_due (member_id, type, n)
  select author, case when tg_op <> 'DELETE' and new.reaction is not null then 1 else -1 end, 1
  from author_of_mark(m.kind, m.target_id) author where author <> m.member_id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.search_is_due()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  execute format('update %I set search_rules = -search_rules where id = $1 and search_rules > 0', tg_table_name) using new.id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.tags_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update public_address set base = base;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.tier_words(search tsvector, kind smallint, id bigint)
 RETURNS tsvector
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select array_to_tsvector(array(select (($3 >> 14) * 16 + $2) || ' ' || word from unnest(tsvector_to_array($1)) word))
$function$
;

CREATE OR REPLACE FUNCTION public.without_members(body json, members bigint[])
 RETURNS json
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select case when not names_members(body, members) then body
    when poll_is_of(body, members) then
      regexp_replace(blank_members(body, members)::text, '"(title|choice)":"([^"\\]|\\.)*"', '"\1":""', 'g')::json
    when left(body::text, 80) like '%,"type":"user.score\_updated"%' then
      regexp_replace(blank_members(body, members)::text, '"comment":"([^"\\]|\\.)*"', '"comment":""')::json
    else blank_members(body, members) end
$function$
;

CREATE TRIGGER archive_part_gone AFTER DELETE ON public.archive_part FOR EACH ROW EXECUTE FUNCTION archive_part_gone();

CREATE TRIGGER contribution_addressed AFTER INSERT ON public.contribution FOR EACH ROW WHEN (((new.addressing <> '{}'::bigint[]) AND (NOT new.deleted))) EXECUTE FUNCTION keep_addressed();

CREATE TRIGGER contribution_addressed_feed AFTER INSERT ON public.contribution FOR EACH ROW WHEN (((new.addressing <> '{}'::bigint[]) AND (NOT new.deleted))) EXECUTE FUNCTION feed_addressed();

CREATE TRIGGER contribution_carried AFTER UPDATE OF medias, deleted, last_activity_at, addressing ON public.contribution FOR EACH ROW WHEN ((((old.medias || new.medias) <> '{}'::bigint[]) AND ((((old.medias IS DISTINCT FROM new.medias) OR (old.deleted IS DISTINCT FROM new.deleted)) OR (old.last_activity_at IS DISTINCT FROM new.last_activity_at)) OR (old.addressing IS DISTINCT FROM new.addressing)))) EXECUTE FUNCTION carry_medias();

CREATE TRIGGER contribution_carries AFTER INSERT ON public.contribution FOR EACH ROW WHEN (((new.medias <> '{}'::bigint[]) AND (NOT new.deleted))) EXECUTE FUNCTION carry_medias();

CREATE TRIGGER contribution_moved AFTER UPDATE OF categories, deleted, addressing, last_activity_at, vote_count, follower_count, comment_count, share_count ON public.contribution FOR EACH ROW WHEN ((((old.categories || new.categories) <> '{}'::bigint[]) AND ((((((((old.categories IS DISTINCT FROM new.categories) OR (old.deleted IS DISTINCT FROM new.deleted)) OR (old.addressing IS DISTINCT FROM new.addressing)) OR (old.last_activity_at IS DISTINCT FROM new.last_activity_at)) OR (old.vote_count IS DISTINCT FROM new.vote_count)) OR (old.follower_count IS DISTINCT FROM new.follower_count)) OR (old.comment_count IS DISTINCT FROM new.comment_count)) OR (old.share_count IS DISTINCT FROM new.share_count)))) EXECUTE FUNCTION move_contribution();

CREATE TRIGGER contribution_placed AFTER INSERT ON public.contribution REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION place_contributions();

CREATE TRIGGER contribution_readdressed AFTER UPDATE OF addressing, deleted, categories, comment_count ON public.contribution FOR EACH ROW WHEN ((((old.addressing || new.addressing) <> '{}'::bigint[]) AND ((((old.addressing IS DISTINCT FROM new.addressing) OR (old.deleted IS DISTINCT FROM new.deleted)) OR (old.categories IS DISTINCT FROM new.categories)) OR ((old.comment_count = 0) IS DISTINCT FROM (new.comment_count = 0))))) EXECUTE FUNCTION keep_addressed();

CREATE TRIGGER contribution_readdressed_feed AFTER UPDATE OF addressing, deleted, categories, last_activity_at, vote_count, follower_count, comment_count, share_count ON public.contribution FOR EACH ROW WHEN ((((old.addressing || new.addressing) <> '{}'::bigint[]) AND ((((((((old.addressing IS DISTINCT FROM new.addressing) OR (old.deleted IS DISTINCT FROM new.deleted)) OR (old.categories IS DISTINCT FROM new.categories)) OR (old.last_activity_at IS DISTINCT FROM new.last_activity_at)) OR (old.vote_count IS DISTINCT FROM new.vote_count)) OR (old.follower_count IS DISTINCT FROM new.follower_count)) OR (old.comment_count IS DISTINCT FROM new.comment_count)) OR (old.share_count IS DISTINCT FROM new.share_count)))) EXECUTE FUNCTION feed_addressed();

CREATE TRIGGER flag_changed AFTER UPDATE OF flag_type ON public.mark FOR EACH ROW WHEN ((old.flag_type IS DISTINCT FROM new.flag_type)) EXECUTE FUNCTION flag_moved();

CREATE TRIGGER flag_ended AFTER DELETE ON public.mark FOR EACH ROW WHEN ((old.flag_type IS NOT NULL)) EXECUTE FUNCTION flag_moved();

CREATE TRIGGER flag_raised AFTER INSERT ON public.mark FOR EACH ROW WHEN ((new.flag_type IS NOT NULL)) EXECUTE FUNCTION flag_moved();

CREATE TRIGGER score_comment AFTER UPDATE OF deleted ON public.comment FOR EACH ROW WHEN ((old.deleted <> new.deleted)) EXECUTE FUNCTION score_comment();

CREATE TRIGGER score_comments AFTER INSERT ON public.comment REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION score_comments();

CREATE TRIGGER score_counters AFTER UPDATE OF posts, discussions, statuses, connections, followers ON public.users FOR EACH ROW WHEN ((((((old.posts + old.discussions) + old.statuses) IS DISTINCT FROM ((new.posts + new.discussions) + new.statuses)) OR (old.connections IS DISTINCT FROM new.connections)) OR (old.followers IS DISTINCT FROM new.followers))) EXECUTE FUNCTION score_counters();

CREATE TRIGGER score_vote_changed AFTER UPDATE OF reaction ON public.mark FOR EACH ROW WHEN (((old.reaction IS NULL) <> (new.reaction IS NULL))) EXECUTE FUNCTION score_vote();

CREATE TRIGGER score_vote_ended AFTER DELETE ON public.mark FOR EACH ROW WHEN ((old.reaction IS NOT NULL)) EXECUTE FUNCTION score_vote();

CREATE TRIGGER score_voted AFTER INSERT ON public.mark FOR EACH ROW WHEN ((new.reaction IS NOT NULL)) EXECUTE FUNCTION score_vote();

CREATE TRIGGER search_is_due AFTER UPDATE OF name, name_synonyms ON public.category FOR EACH ROW WHEN ((((new.name <> old.name) AND (new.folded_name = old.folded_name)) OR ((new.name_synonyms IS DISTINCT FROM old.name_synonyms) AND (new.folded_synonyms = old.folded_synonyms)))) EXECUTE FUNCTION search_is_due();

CREATE TRIGGER search_is_due AFTER UPDATE OF real_name, location, description ON public.users FOR EACH ROW WHEN ((((new.real_name <> old.real_name) AND (new.folded_real_name = old.folded_real_name)) OR ((new.location <> old.location) AND (new.folded_location = old.folded_location)) OR ((new.description <> old.description) AND (new.folded_description = old.folded_description)))) EXECUTE FUNCTION search_is_due();

CREATE TRIGGER search_is_due AFTER UPDATE OF title, words ON public.contribution FOR EACH ROW WHEN ((((new.title IS DISTINCT FROM old.title) OR (new.words IS DISTINCT FROM old.words)) AND (NOT (new.search IS DISTINCT FROM old.search)))) EXECUTE FUNCTION search_is_due();

CREATE TRIGGER tags_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.tag FOR EACH STATEMENT EXECUTE FUNCTION tags_changed();

CREATE TRIGGER users_moved AFTER UPDATE OF position_lat_lng, location_lat_lng, status ON public.users FOR EACH ROW WHEN ((((old.position_lat_lng IS DISTINCT FROM new.position_lat_lng) OR (old.location_lat_lng IS DISTINCT FROM new.location_lat_lng)) OR (old.status IS DISTINCT FROM new.status))) EXECUTE FUNCTION keep_place();

CREATE TRIGGER users_placed AFTER INSERT ON public.users FOR EACH ROW WHEN (((new.position_lat_lng <> ''::text) OR (new.location_lat_lng <> ''::text))) EXECUTE FUNCTION keep_place();
