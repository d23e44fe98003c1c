import type { Static } from 'typebox'
import { isStaff } from '../auth/actor.ts'
import type { MemberCtx } from '../context.ts'
import { findMedias, tokensIn } from '../media/attach.ts'
import { badField, forbidden, Refusal, readAll } from '../platform/errors.ts'
import { line, notYet } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { statement } from '../platform/sql/statement.ts'
import { nullable } from '../platform/sql/view.ts'
import { faultOfLine, isBlank, trimLine } from '../platform/text.ts'
import { pollInput, type ReadPoll, readPoll, type SentPoll } from '../polls/inputs.ts'
import { cleanHtml } from '../texts/clean.ts'
import { addressingInput, readAddressing } from './addressing.ts'
import type { Kind } from './kinds.ts'
import { titleWords } from './searched.ts'
import { readTiming, type Timing, type TimingSent, timingInputs } from './timing.ts'

const ids = (description: string) =>
  Type.Optional(
    nullable(
      Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), { maxItems: 100, description }),
    ),
  )

const Location = Type.Object({
  location: Type.String({ maxLength: 500 }),
  lat: Type.Number({ minimum: -90, maximum: 90 }),
  lng: Type.Number({ minimum: -180, maximum: 180 }),
})

const inputs = {
  action: Type.Optional(nullable(Type.String({ maxLength: 100, description: 'Taken and ignored.' }))),
  text: Type.Optional(Type.String({ description: 'HTML as the editor makes it; other elements are dropped.' })),
  categories: ids('Ids of categories; those above them are added.'),
  location: Type.Optional(nullable(Location)),
  medias: ids('Ids of medias you have uploaded, in the order they are shown.'),
  addressing: addressingInput,
  tags: notYet('Tags that authors give to contributions'),
  // Missing in the tables of the documentation, but its clients have them.
  ...timingInputs,
  recipients: notYet('Contributions for single members'),
}
const title = line({ minLength: 1, maxLength: 255 })
const later = {
  poll: pollInput,
  group: notYet('Groups'),
  event: notYet('Events'),
}

/** The inputs of a contribution of a kind. */
export const contributionInputs = (kind: Kind) => ({
  ...inputs,
  ...(kind.titled && { title }),
  ...(kind.polled && later),
})

export type Sent = TimingSent & {
  title?: string
  text?: string
  categories?: number[] | null
  location?: Static<typeof Location> | null
  medias?: number[] | null
  addressing?: number[] | null
  poll?: SentPoll | null
}

/** A contribution as it is stored. */
export type Content = {
  title: string
  html: string
  summary: string
  words: string
  /** Its words for the search: those of its title, and those of its text. */
  title_words: string
  text_words: string
  /** Those that the author names, each once: whether they are there is found out where it is written. */
  categories: number[]
  location: Static<typeof Location> | null
  timing: Timing | undefined
  addressing: number[]
  medias: number[]
  /** The tokens of pictures in the text. */
  pictures: string[]
  poll: ReadPoll | null
}

export const onlyStaff = () => forbidden('Only the staff of this community may publish.', 'only_staff')

/**
 * Reads what was sent, or refuses it. Writes nothing.
 * @param id of the contribution that is changed
 */
export async function readContent(ctx: MemberCtx, sent: Sent, id: number | null = null): Promise<Content> {
  const { options } = ctx.community
  if (options['configurations.post_only_staff_enabled'] && !isStaff(ctx.actor)) throw onlyStaff()
  const { title = '' } = sent
  const named = [...new Set(sent.categories ?? [])]
  const { text, location, categories, medias, addressing, poll, timing } = await readAll({
    text: () => readText(ctx, sent),
    location: () => readLocation(ctx, sent.location ?? null),
    categories: () => readCategories(ctx, named),
    medias: () => findMedias(ctx.db, ctx.actor.id, sent.medias ?? [], id),
    addressing: () => readAddressing(ctx, sent.addressing ?? [], id),
    poll: () => readPoll(sent.poll ?? null),
    timing: () => readTiming(ctx, sent),
  }).catch((error) => {
    if (!(error instanceof Refusal) || error.status !== 400) throw error
    // Everything that is wrong is told at once.
    return readAll({ categories: () => placeIn(ctx, named) }, error) as Promise<never>
  })
  const { html, summary, words, vector } = text
  const searched = { title_words: titleWords(title), text_words: vector }
  const carried = { medias, pictures: tokensIn(html), poll }
  return { title, html, summary, words, ...searched, categories, location, ...carried, addressing, timing }
}

/** Refuses whatever `readContent` refuses, and categories that are not there. */
export const checkContent = async (ctx: MemberCtx, sent: Sent, id: number | null = null): Promise<void> =>
  void (await placeIn(ctx, (await readContent(ctx, sent, id)).categories))

async function readText(ctx: MemberCtx, { title, text = '', medias, poll }: Sent) {
  const written = await cleanHtml(ctx, 'text', text)
  // With a title, pictures or a poll, the text may be empty.
  if (title === undefined && !medias?.length && !poll && isBlank(written.text) && !written.html.includes('<img'))
    throw badField('text', 'required', 'Write something: the text is empty.')
  return written
}

function readLocation({ community }: MemberCtx, sent: Content['location']): Content['location'] {
  if (sent && !community.options['addons.post_geolocation_enabled'])
    throw badField('location', 'disabled', 'Places are off in this community: leave the location out.')
  return sent && { ...sent, location: readPlace(sent.location) }
}

function readPlace(sent: string): string {
  const fault = faultOfLine(trimLine(sent))
  if (fault) throw badField('location', 'invalid', fault)
  return trimLine(sent)
}

/**
 * SQL of where a contribution lies in that is published in some categories, each named once: these in order, each followed
 * by those above it. Null if one of them is not there, or only for the staff.
 * @param ids SQL of their ids
 * @param staff SQL of whether the author is of the staff
 */
export const placedSql = (
  ids: string,
  staff: string,
) => `(select case when coalesce(sum(found.named), 0) = cardinality(${ids})
      then coalesce(array_agg(found.id order by found.place), '{}') end
    from (select above.id, min(array[named.nth, above.nth]) as place, count(*) filter (where above.nth = 1) as named
      from unnest(${ids}) with ordinality named(id, nth)
      cross join lateral (select k.ancestors from category k where k.id = named.id and k.active and not k.deleted
        and (${staff} or not k.content_only_staff) limit 1) k
      cross join lateral unnest(named.id || k.ancestors) with ordinality above(id, nth)
      group by above.id) found)`

const placing = statement({
  name: 'contributions: categories to publish in',
  takes: { ids: 'bigint[]', staff: 'boolean' },
  gives: { placed: 'bigint[]?', there: 'bigint[]', only_staff: 'bigint[]' },
  sql: ($) => `with there as materialized (
      select id, content_only_staff from category where id = any(${$.ids}) and active and not deleted
    ) select ${placedSql($.ids, $.staff)} as placed, array(select id from there) as there,
      array(select id from there where content_only_staff) as only_staff`,
})

/** The categories that somebody names, if the options let them. */
function readCategories({ actor, community: { options } }: MemberCtx, named: number[]): number[] {
  if (!named.length && options['configurations.post_category_required_enabled'])
    throw badField('categories', 'required', 'Name at least one category.')
  if (named.length && options['configurations.post_with_categories_only_staff_enabled'] && !isStaff(actor))
    throw forbidden('Only the staff of this community may publish in categories.', 'only_staff')
  return named
}

/** Where a contribution lies in that the caller publishes in some categories: see `placedSql`. Or says why it cannot. */
export async function placeIn({ actor, db }: MemberCtx, ids: number[]): Promise<number[]> {
  if (!ids.length) return []
  const row = await placing.row(db, { ids, staff: isStaff(actor) })
  const { placed, there, only_staff } = row as NonNullable<typeof row>
  if (placed) return placed
  const unknown = ids.find((id) => !there.includes(id))
  if (unknown !== undefined) throw badField('categories', 'unknown', `There is no category ${unknown}.`)
  const closed = ids.find((id) => only_staff.includes(id))
  throw badField('categories', 'only_staff', `Only the staff may publish in category ${closed}.`)
}
