import { createReadStream } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createComment } from '../comments/create.ts'
import { target as commentTarget } from '../comments/target.ts'
import { createContribution } from '../contributions/create.ts'
import type { Sent } from '../contributions/inputs.ts'
import { type Kind, kinds } from '../contributions/kinds.ts'
import { targets } from '../contributions/target.ts'
import type { Target } from '../marks/target.ts'
import { vote } from '../marks/vote.ts'
import { makeLink } from '../media/link.ts'
import { makeMedia, mostBytes } from '../media/make.ts'
import { statement } from '../platform/sql/statement.ts'
import { votePoll } from '../polls/vote.ts'
import { countOf, idOf, listOf, momentOf, textOf, withMentions } from './read.ts'
import { actingAs, inBatches, type Move, moved } from './shared.ts'
import type { Thing } from './source.ts'

/** How long a file may take to arrive, in ms. */
const patience = 60_000

const counting = statement({
  name: 'movein: what there is about a contribution',
  takes: { id: 'bigint' },
  gives: { comments: 'int', votes: 'int', poll: 'bigint?' },
  sql: ($) =>
    `select comment_count as comments, vote_count as votes, poll_id as poll from contribution where id = ${$.id}`,
})

const findingReaction = statement({
  name: 'movein: a reaction of that name',
  takes: { label: 'text' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from reaction where active and lower(label) = lower(${$.label}) order by id limit 1`,
})

const choosing = statement({
  name: 'movein: choices of a poll',
  takes: { poll: 'bigint' },
  gives: { id: 'bigint' },
  sql: ($) => `select id from poll_choice where poll_id = ${$.poll} order by position, id`,
})

const closing = statement({
  name: 'movein: close a poll',
  takes: { poll: 'bigint', expiration: 'timestamptz?' },
  gives: {},
  sql: ($) =>
    `update poll set closed = true, expiration_at = coalesce(expiration_at, ${$.expiration}) where id = ${$.poll}`,
})

/** A contribution, saved until its turn: when it was published, and its place in the file. */
type Place = { at: number; kind: Kind; from: number; length: number }

/** Moves contributions in the order of their publication, with comments and votes. */
export async function moveContributions(move: Move, categories: Map<number, number>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kith-move-'))
  const path = join(folder, 'contributions')
  const file = await open(path, 'wx+', 0o600)
  try {
    const places = await writeDown(move, file)
    places.sort((one, other) => one.at - other.at)
    let done = 0
    for await (const batch of inBatches(places, 50)) {
      const found = await Promise.all(batch.map(({ from, length }) => readBack(path, from, length)))
      const keys = batch.map(({ kind }, i) => `${kind.name}/${idOf(found[i])}`)
      const known = await moved(move, keys)
      for (const [i, { kind }] of batch.entries()) {
        const each = found[i] as Thing
        const key = keys[i] as string
        const there = known.get(key)
        if (there) move.report.count(kind.plural, 'there')
        const id = there ?? (known.has(key) ? null : await publish(move, kind, each, key, categories, folder))
        if (id) await follow(move, kind, each, id)
        move.tell('contributions', ++done, places.length)
      }
    }
  } finally {
    await file.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Lists change while they are read, and sources order them as they like. So all are read first, and then sorted. */
async function writeDown({ source, report, members, now, tell }: Move, file: FileHandle): Promise<Place[]> {
  const places: Place[] = []
  let from = 0
  for (const kind of Object.values(kinds)) {
    const all = await source.count(`/${kind.name}/`)
    if (all === null) {
      report.lacks(kind.plural, 'The source has none, or does not tell.', `/${kind.name}/`)
      continue
    }
    const seen = new Set<number>()
    for await (const each of source.list(`/${kind.name}/?ordering=added_at`)) {
      const id = idOf(each)
      tell(`looking at ${kind.plural}`, seen.size, all)
      if (id === null || seen.has(id) || each.deleted === true) continue
      seen.add(id)
      const author = idOf(each.author)
      const within = ['group', 'event', 'course'].find((name) => each[name])
      const few = Array.isArray(each.addressing) && each.addressing.length > 0
      if (within || few)
        // A contribution that was for some must not become visible to everybody.
        report.lacks(
          kind.plural,
          within
            ? `They are of a ${within}, which Kith has not.`
            : 'They are addressed by tags of members, which do not come.',
          `${kind.name}/${id}`,
        )
      else if (author === null || !members.has(author))
        report.lacks(kind.plural, 'Their author is not here.', `${kind.name}/${id}`)
      else {
        const line = Buffer.from(JSON.stringify(each))
        await file.write(line)
        places.push({ at: momentOf(each.added_at, now).getTime(), kind, from, length: line.length })
        from += line.length
        continue
      }
      report.count(kind.plural, 'failed')
    }
  }
  return places
}

async function readBack(path: string, from: number, length: number): Promise<Thing> {
  const pieces: Buffer[] = []
  for await (const piece of createReadStream(path, { start: from, end: from + length - 1 }))
    pieces.push(piece as Buffer)
  return JSON.parse(Buffer.concat(pieces).toString('utf8'))
}

const mentions = ({ members }: Move, html: unknown) => withMentions(textOf(html), (id) => members.get(id) ?? null)

async function publish(
  move: Move,
  kind: Kind,
  each: Thing,
  key: string,
  categories: Map<number, number>,
  folder: string,
): Promise<number | null> {
  const { report, members, now } = move
  const at = momentOf(each.added_at, now)
  const author = members.get(idOf(each.author) as number) as number
  const medias: number[] = []
  for (const media of listOf(each.medias)) {
    const id = await bring(move, media, author, at, folder, key)
    if (id) medias.push(id)
  }
  const title = textOf(each.title, 255).replace(/\s+/g, ' ').trim()
  const { lat, lng, location } = (each.location ?? {}) as Thing
  const sent: Sent = {
    ...(kind.titled && { title: title || 'Untitled' }),
    text: mentions(move, each.html ?? each.summary),
    categories: (Array.isArray(each.categories) ? each.categories : [])
      .flatMap((of) => categories.get(idOf(of) ?? 0) ?? [])
      .filter((id, i, all) => all.indexOf(id) === i)
      .slice(0, 100),
    medias,
    ...(Number.isFinite(lat) && Number.isFinite(lng) && textOf(location)
      ? { location: { location: textOf(location, 500), lat: lat as number, lng: lng as number } }
      : {}),
  }
  const { choices, title: asked, multiple_choices } = (each.poll ?? {}) as Thing
  const options = listOf(choices).filter(({ deleted }) => !deleted)
  if (kind.polled && options.length > 1)
    sent.poll = {
      title: textOf(asked, 255).replace(/\s+/g, ' ').trim() || '?',
      multiple_choices: multiple_choices === true,
      choices: options.map(({ choice }) => ({ choice: textOf(choice, 255) || '?' })),
    }
  const made = await report.trying(kind.plural, key, () =>
    createContribution(actingAs(move, move.quiet(key), author, at), kind, sent),
  )
  if (!made) return null
  report.count(kind.plural, 'new')
  return JSON.parse(made.json).id
}

/** A media of a contribution. It is fetched like members' links: from public addresses, unless others are allowed. */
async function bring(
  move: Move,
  media: Thing,
  author: number,
  at: Date,
  folder: string,
  of: string,
): Promise<number | null> {
  const { kith, report, source } = move
  const key = `media/${idOf(media)}`
  const known = (await moved(move, [key])).get(key)
  if (known) return known
  const ctx = actingAs(move, move.quiet(key), author, at)
  const url = textOf(media.type === 'image' || media.type === 'eimage' ? (media.image ?? media.url) : media.url, 2_000)
  if (!['image', 'eimage', 'doc', 'url'].includes(media.type as string) || !URL.canParse(url, source.base)) {
    report.lacks('medias', `Medias of the type ${textOf(media.type, 20) || '?'} do not come.`, of)
    return null
  }
  const where = new URL(url, source.base)
  const made = await report.trying('medias', key, async () => {
    if (media.type === 'url') return makeLink(ctx, where.href)
    const isDoc = media.type === 'doc'
    const asked = {
      accept: '*/*',
      bytes: isDoc ? mostBytes.doc : mostBytes.image,
      signal: AbortSignal.timeout(patience),
    }
    const fetched = await kith.files.fetch(where.href, asked).catch((error: Error) => {
      report.count('medias', 'failed')
      report.lacks('medias', `They could not be fetched from ${where.host}: ${error.message}`, where.href)
      return null
    })
    if (!fetched) return null
    const path = join(folder, 'media')
    await writeFile(path, fetched.body, { mode: 0o600 })
    const filename = textOf(media.title, 200) || decodeURIComponentSafe(where.pathname.split('/').at(-1) ?? 'file')
    return makeMedia(ctx, 'media', isDoc ? 'doc' : 'image', { filename, path, bytes: fetched.body.length })
  })
  if (!made) return null
  report.count('medias', 'new')
  return JSON.parse(made.json).id
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Comments and votes on a contribution that are not here yet. */
async function follow(move: Move, kind: Kind, each: Thing, id: number): Promise<void> {
  const { kith, now } = move
  const there = await counting.row(kith.db, { id })
  const source = `/${kind.name}/${idOf(each)}`
  const at = momentOf(each.added_at, now)
  if (there && countOf(each.vote_count) > there.votes) await moveVotes(move, targets[kind.name], source, id, at)
  if (there && countOf(each.comment_count) > there.comments) await moveComments(move, kind, each, id)
  if (there?.poll) await movePollVotes(move, kind, each, there.poll, at)
}

const reactions = new WeakMap<Move, Map<string, number>>()

/** The reaction with the same name, else the usual one. */
async function reactionOf(move: Move, found: unknown): Promise<number> {
  const known = reactions.get(move) ?? new Map<string, number>()
  reactions.set(move, known)
  const label = textOf((found as Thing | null)?.label, 100)
  if (!known.has(label)) {
    const id = label ? (await findingReaction.row(move.kith.db, { label }))?.id : 1
    if (!id) move.report.lacks('votes', `There is no reaction "${label}" here: the usual one stands for it.`, label)
    known.set(label, id ?? 1)
  }
  return known.get(label) as number
}

/** @param source the address of the voted thing in the source */
async function moveVotes(move: Move, target: Target, source: string, id: number, at: Date): Promise<void> {
  const { members, report, now } = move
  for await (const batch of inBatches(move.source.list(`${source}/vote/`), 200)) {
    const votes = batch.flatMap((each) => {
      const user = idOf(each.user ?? each)
      return user !== null && members.has(user) ? [{ each, user, key: `${source.slice(1)}/vote/${user}` }] : []
    })
    const known = await moved(
      move,
      votes.map(({ key }) => key),
    )
    // The list is last first; this gives the order in which they were made.
    for (const { each, user, key } of votes.reverse()) {
      if (known.has(key)) {
        report.count('votes', 'there')
        continue
      }
      const reaction = await reactionOf(move, each.reaction)
      const when = each.voted_at ? momentOf(each.voted_at, now) : at
      const ctx = actingAs(move, move.quiet(key, false), members.get(user) as number, when)
      const done = await report.trying('votes', key, async () => {
        await vote(ctx, target, id, reaction)
        return true
      })
      if (done) report.count('votes', 'new')
    }
  }
}

async function moveComments(move: Move, kind: Kind, on: Thing, id: number): Promise<void> {
  const { source, now } = move
  const about = `${kind.name}=${idOf(on)}`
  const found = new Map<number, Thing>()
  const keep = (each: Thing) => {
    const own = idOf(each)
    if (own !== null && !found.has(own)) found.set(own, each)
  }
  for await (const first of source.list(`/comment/?${about}&ordering=added_at`)) {
    keep(first)
    if (countOf(first.comment_count) === 0) continue
    for await (const reply of source.list(`/comment/?${about}&parent=${idOf(first)}&ordering=added_at`)) keep(reply)
  }
  // A reply comes behind its comment, whatever times the source gives.
  const timeOf = (each: Thing): number => {
    const own = momentOf(each.added_at, now).getTime()
    const parent = found.get(idOf(each.parent) ?? 0)
    return parent && parent !== each && idOf(parent.parent) === null ? Math.max(own, timeOf(parent)) : own
  }
  const isReply = ({ parent }: Thing) => Number(idOf(parent) !== null)
  const inOrder = [...found.values()].sort(
    (one, other) =>
      timeOf(one) - timeOf(other) || isReply(one) - isReply(other) || (idOf(one) ?? 0) - (idOf(other) ?? 0),
  )
  const key = (comment: unknown) => `comment/${idOf(comment)}`
  const here = await moved(move, inOrder.map(key))
  for (const each of inOrder) await comment(move, kind, id, each, { key: key(each), here })
}

type Where = { key: string; here: Map<string, number | null> }

async function comment(move: Move, kind: Kind, on: number, each: Thing, { key, here }: Where): Promise<void> {
  const { report, members, now } = move
  const at = momentOf(each.added_at, now)
  if (here.has(key)) report.count('comments', 'there')
  else {
    const author = members.get(idOf(each.author) ?? 0)
    const [parent, reply] = [each.parent, each.in_reply_to].map((of) =>
      idOf(of) === null ? null : here.get(`comment/${idOf(of)}`),
    )
    const why = each.deleted
      ? 'They were deleted.'
      : !author
        ? 'Their author is not here.'
        : parent === undefined
          ? 'What they reply to did not come.'
          : null
    if (why || !author) {
      report.count('comments', 'failed')
      report.lacks('comments', why ?? '', key)
      return
    }
    const sent = {
      [kind.name]: on,
      text: mentions(move, each.html ?? each.summary),
      parent,
      in_reply_to: parent ? (reply ?? null) : null,
    }
    const made = await report.trying('comments', key, () =>
      createComment(actingAs(move, move.quiet(key), author, at), sent as never),
    )
    if (!made) return
    report.count('comments', 'new')
    here.set(key, JSON.parse(made.json).id)
  }
  const id = here.get(key)
  if (id && countOf(each.vote_count)) await moveVotes(move, commentTarget, `/comment/${idOf(each)}`, id, at)
}

async function movePollVotes(move: Move, kind: Kind, each: Thing, poll: number, at: Date): Promise<void> {
  const { kith, source, report, members } = move
  const { choices, closed, expiration_at } = (each.poll ?? {}) as Thing
  const there = listOf(choices).filter(({ deleted }) => !deleted)
  const here = (await choosing.rows(kith.db, { poll })).map(({ id }) => id)
  if (there.some(({ vote_count }) => countOf(vote_count)))
    for await (const { choice, user } of source.list(`/${kind.name}/${idOf(each)}/poll/vote/`)) {
      const [which, who] = [there.findIndex(({ id }) => id === idOf(choice)), idOf(user)]
      const member = members.get(who ?? 0)
      const local = here[which]
      const key = `${kind.name}/${idOf(each)}/poll/${idOf(choice)}/${who}`
      if (!member || !local) continue
      if ((await moved(move, [key])).has(key)) {
        report.count('votes in polls', 'there')
        continue
      }
      const quiet = move.quiet(key, false)
      const ctx = actingAs(move, quiet, member, at)
      const done = await report.trying('votes in polls', key, async () => {
        await quiet.db.transaction((tx) => votePoll(tx, ctx, ctx.community, poll, local))
        return true
      })
      if (done) report.count('votes in polls', 'new')
    }
  const over = typeof expiration_at === 'string' && Date.parse(expiration_at) <= Date.now()
  if (closed === true || over)
    await closing.rows(kith.db, { poll, expiration: over ? new Date(Date.parse(expiration_at as string)) : null })
}
