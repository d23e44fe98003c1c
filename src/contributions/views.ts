import { Category, renderCategory, renderWebhookCategory, WebhookCategory } from '../categories/views.ts'
import { everyFlags, type Flags, view } from '../community/flags.ts'
import { Media, mediasVersion, renderMedias, renderWebhookMedias, WebhookMedia } from '../media/views.ts'
import Type from '../platform/schema.ts'
import { namesSome, referred, referring } from '../platform/sql/referred.ts'
import { unusual } from '../platform/sql/usual.ts'
import {
  arraySql,
  boolean,
  type Field,
  inFragments,
  integer,
  isoSql,
  moment,
  nested,
  nullable,
  nullableMoment,
  own,
  renderOneOf,
  renderSql,
  text,
  type View,
  versionSql,
} from '../platform/sql/view.ts'
import { pollField, webhookPollField } from '../polls/views.ts'
import { ownReaction, reactions, reactionsCount } from '../reactions/views.ts'
import { inUseSql, renderTag, Tag, tagsField } from '../tags/views.ts'
import { ownTagsSql, whereNothingAddressed } from '../users/addressed.ts'
import { renderUser } from '../users/queries.ts'
import { User, WebhookAuthor, WebhookUser } from '../users/views.ts'
import { moderatesSql } from '../users/visibility.ts'
import { type ContributionName, capital, forEachKind, type Kind, kinds } from './kinds.ts'
import { veiled } from './withheld.ts'

// Every expression below reads a contribution named c. Views for members also read its author u, the viewer's
// relation to the author v, the viewer's mark m, and `veil`: whether it is withheld from the viewer. Views for
// receivers read the author from a CTE.

const Location = nullable(
  Type.Object(
    { location: Type.String(), lat: Type.Number(), lng: Type.Number() },
    { $id: 'Location', additionalProperties: false },
  ),
)

const location: Field<Flags> = nested(
  Location,
  `case when c.location is null then 'null' else json_build_object('location', c.location, 'lat', c.lat, 'lng', c.lng)::text end`,
)

/**
 * SQL of the categories of c, in order, for a viewer who follows some: `viewer` is their id. Each is looked up by id:
 * a join would read all categories for every contribution if there are only some tens.
 */
const categoriesSql = (rendered: string, viewer: string) =>
  `(select concat('[', string_agg(${rendered}, ',' order by named.nth), ']')
    from unnest(c.categories) with ordinality named(id, nth)
    cross join lateral (select k.*, k.xmin from category k where k.id = named.id limit 1) category
    left join category_follower f on f.category_id = category.id and f.member_id = ${viewer})`

/** Categories, as the viewer follows them: lists have each once, however many contributions are in it. */
const shownCategories = referred({
  name: 'Category',
  all: false,
  entries: (ids, viewer) => `select ids.id, case when category.id is not null then ${renderCategory} end as text
    from (${ids}) ids
    left join lateral (select k.*, k.xmin from category k where k.id = ids.id limit 1) category on true
    left join category_follower f on f.category_id = category.id and f.member_id = ${viewer}`,
})

const categoriesOf = referring(shownCategories, 'categories', (raw, page) => {
  let before = '['
  for (const id of raw === '' ? [] : raw.split(',').map(Number))
    if (page.has(id)) {
      page.json(before)
      page.thing(id)
      before = ','
    }
  page.json(before === '[' ? '[]' : ']')
})

/** In the joins of a list that shows contributions c: what these name by id. */
export const namedByContributions = (viewer: string) =>
  namesSome(shownCategories, 'c.categories', viewer) + namesSome(reactions, null, viewer)

/** A field of a feature that Kith does not have. */
const none = (): Field<Flags> => nested(Type.Null(), `'null'`)

const categories = (
  schema: Field<Flags>['schema'],
  sql: (flags: Flags, viewer: string) => string,
  named = false,
): Field<Flags> =>
  nested(Type.Array(schema), (flags, viewer) => {
    const rendered = `case when c.categories = '{}' then '[]' else ${sql(flags, viewer)} end`
    return named ? categoriesOf(`array_to_string(c.categories, ',')`, rendered) : rendered
  })

/**
 * The tags of members that c is addressed by, as clients read them. The author sees all of them, because clients send
 * them again when they edit; others see those in use that are public or their own.
 */
const addressing: Field<Flags> = nested(
  Type.Array(Tag.schema),
  (_, viewer) =>
    `case when c.addressing = '{}' then '[]' else ${whereNothingAddressed(
      unusual.sql,
      `(select ${arraySql(Tag, renderTag, 't.id')} from tag t where t.id = any(c.addressing)
      and (c.author_id is not distinct from ${viewer} or ${moderatesSql(viewer)}
        or ${inUseSql} and (t.visible or t.id = any(${ownTagsSql(viewer)}))))`,
    )} end`,
)

/**
 * SQL of whether the summary is shorter than the text: it then ends like this. A text that itself ends like this
 * counts as cut.
 */
const cut = `c.summary like '% ...'`

const counts = {
  comment_count: integer<Flags>('c.comment_count'),
  vote_count: integer<Flags>('c.vote_count'),
  flag_count: integer<Flags>('c.flag_count'),
  share_count: integer<Flags>('c.share_count'),
}

/** A contribution as members and visitors see it. */
function contributionOf(kind: Kind): View<Flags, ContributionName> {
  const shown = view(capital(kind.name), `A ${kind.name}.`, {
    id: integer('c.id'),
    type: { schema: Type.Literal(kind.name), sql: `'${kind.name}'`, kind: 'word' },
    ...(kind.titled && { title: veiled(text('c.title'), `''`) }),
    // A slug is made from the title, so a withheld contribution shows its id instead.
    slug: veiled(text('c.slug'), 'c.id::text'),
    html: veiled(text('c.html'), `''`),
    summary: veiled(text('c.summary'), `''`),
    // Missing in the documentation, but the client's feeds show it: with markup if the text is short, else the words
    // only.
    summary_html: veiled(text(`case when ${cut} then c.summary else c.html end`), `''`),
    summary_truncated: veiled(boolean(cut), 'false'),
    author: nested(User.schema, renderUser),
    categories: categories(Category.schema, (_, viewer) => categoriesSql(renderCategory, viewer), true),
    added_at: moment('c.added_at'),
    last_edited_at: nullableMoment('c.last_edited_at'),
    last_activity_at: moment('c.last_activity_at'),
    // An unpublished contribution is stored as a deleted one. Missing in the documentation: its clients have both.
    deleted: boolean('c.deleted and c.published'),
    draft: boolean('not c.published and c.scheduled_at is null'),
    scheduled_at: nullableMoment('c.scheduled_at'),
    collapsed: boolean('c.collapsed'),
    ...counts,
    view_count: integer('c.view_count'),
    follower_count: integer('c.follower_count'),
    reactions_count: reactionsCount,
    voted: own(boolean('m.reaction is not null')),
    reaction: ownReaction,
    followed: own(boolean('m.followed_at is not null')),
    suspended: own(boolean('m.suspended_at is not null')),
    medias: veiled(nested(Type.Array(Media.schema), renderMedias('c.medias')), `'[]'`),
    location: veiled(location, `'null'`),
    ...(kind.polled && { poll: own(veiled(pollField, `'null'`)), group: none(), event: none() }),
    addressing: own(addressing),
    // Missing in the documentation, and always empty: without it the official composer cannot edit if there are tags.
    recipients: nested(Type.Array(Type.Integer()), `'[]'`),
    tags: tagsField('c.tag_ids'),
  })
  return inFragments(shown, {
    from: (withheld) => `contribution c cross join (select ${withheld} as withheld) veil`,
    id: 'c.id',
    version: versionSql('c', mediasVersion('c.medias')),
    depends: 'veil.withheld',
    flags: everyFlags,
  })
}

/** A contribution as webhook receivers see it: the fields of the event documentation. */
function webhookOf(kind: Kind, within: boolean) {
  const called = capital(kind.name)
  return view(`Webhook${called}${within ? 'Within' : ''}`, `A ${kind.name}, as webhook receivers see it.`, {
    id: integer('c.id'),
    categories: categories(WebhookCategory.schema, () => categoriesSql(renderWebhookCategory, 'c.author_id')),
    medias: nested(Type.Array(WebhookMedia.schema), renderWebhookMedias('c.medias')),
    location,
    ...((kind.polled || within) && { poll: webhookPollField }),
    last_activity_at: moment('c.last_activity_at'),
    last_edited_at: nullableMoment('c.last_edited_at'),
    author: nested(WebhookAuthor.schema, (flags) => `(select ${renderSql(WebhookAuthor, flags)} from author u)`),
    added_at: moment('c.added_at'),
    html: text('c.html'),
    summary: text('c.summary'),
    deleted: boolean('c.deleted'),
    collapsed: boolean('c.collapsed'),
    ...counts,
    addressing: nested(Type.Array(Type.Integer()), 'array_to_json(c.addressing)::text'),
    tags: tagsField('c.tag_ids'),
    ...(kind.titled && {
      title: text<Flags>('c.title'),
      slug: text<Flags>('c.slug'),
      view_count: integer<Flags>('c.view_count'),
      follower_count: integer<Flags>('c.follower_count'),
    }),
  })
}

/** Views of a contribution: for members and visitors; in its own events; and within other events. */
export const contributionViews = forEachKind(contributionOf)
export const webhookViews = forEachKind((kind) => webhookOf(kind, false))
export const webhookWithinViews = forEachKind((kind) => webhookOf(kind, true))

/** Whether events about a contribution of this kind, and events of what contains it, show the same: both have its poll. */
export const shownAlike = ({ polled }: Kind) => polled

/** SQL of a contribution c of any kind, as members see it. */
export const renderAnyKind = (flags: Flags, viewer: string) =>
  renderOneOf(
    'c.kind',
    Object.values(kinds).map((kind) => [kind.id, contributionViews[kind.name]] as const),
    flags,
    viewer,
  )

/** SQL of the data of a contribution's own events. A CTE named author is its author, c the contribution. */
export const eventData = (kind: Kind, flags: Flags) => renderSql(webhookViews[kind.name], flags)

/** SQL of the data of events about a mark on a contribution. CTEs: author, and actor, who set the mark. */
export const markData = (kind: Kind, flags: Flags, addedAt: string) =>
  `concat('{"added_at":"', ${isoSql(addedAt)}, '","user":', (select ${renderSql(WebhookUser, flags)} from actor u),
    ',"${kind.name}":', ${renderSql(webhookWithinViews[kind.name], flags)}, '}')`
