import type { Db } from '../../src/platform/db/database.ts'
import { dice } from '../../torture/storm.ts'
import type { Told } from '../support/world.ts'

/**
 * What members do with contributions, written from the rules in words and from nothing else: the server is compared
 * with it. `play` says what an act has to answer and tell; `startReplay` believes nothing but what was told, and finds
 * where the log contradicts itself.
 */
export const kinds = ['status', 'post', 'discussion'] as const
export type Kind = (typeof kinds)[number]
export const plural = { status: 'statuses', post: 'posts', discussion: 'discussions' } as const

export type Act =
  | { does: 'create'; by: number; kind: Kind; text: number; to: number[] }
  | { does: 'update'; by: number; on: number; kind: Kind; text: number; to: number[] }
  | { does: 'delete' | 'restore' | 'follow' | 'suspend' | 'hide'; by: number; on: number; kind: Kind }
  | { does: 'vote'; by: number; on: number; kind: Kind; reaction: number }
  | { does: 'flag'; by: number; on: number; kind: Kind; flag: number }
  | { does: 'comment'; by: number; on: number; kind: Kind; text: number; parent: number | null }
  | { does: 'delete comment' | 'restore comment'; by: number; comment: number }
  | { does: 'vote comment'; by: number; comment: number; reaction: number }
  | { does: 'hide member'; by: number; to: number }
  | { does: 'leave'; by: number }
  /** By an administrator: a member is given the tag, or it is taken; it is switched off or on, deleted or restored. */
  | { does: 'give tag' | 'take tag'; by: 0; tag: number; who: number }
  | { does: 'switch tag' | 'delete tag'; by: 0; tag: number; use: boolean }

export type Thing = {
  kind: Kind
  author: number
  text: number
  /** Tags it is addressed by. */
  to: number[]
  deleted: boolean
  follows: Set<number>
  suspends: Set<number>
  votes: Map<number, number>
  flags: Map<number, number>
  hidden: Set<number>
}

/** A comment: what it is on, and a reply to. */
export type Said = { on: number; author: number; parent: number | null; deleted: boolean; votes: Map<number, number> }

/** A tag that contributions are addressed by, and who has it. */
export type Circle = { active: boolean; deleted: boolean; has: Set<number> }

export type Community = {
  circles: Map<number, Circle>
  here: Set<number>
  /** "alice bob": alice hides bob. */
  hides: Set<string>
  things: Map<number, Thing>
  comments: Map<number, Said>
}

export const content = (kind: Kind, text: number) => ({
  text: `<p>Good morning ${text}</p>`,
  ...(kind === 'discussion' && { title: `About ${text}` }),
})

/** How an act is sent: method, path, body. */
export function wire(act: Act): { method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string; body?: unknown } {
  switch (act.does) {
    case 'create':
      return { method: 'POST', path: `/${act.kind}/`, body: { ...content(act.kind, act.text), addressing: act.to } }
    case 'update':
      return {
        method: 'PUT',
        path: `/${act.kind}/${act.on}/`,
        body: { ...content(act.kind, act.text), addressing: act.to },
      }
    case 'delete':
      return { method: 'DELETE', path: `/${act.kind}/${act.on}/` }
    case 'vote':
      return { method: 'POST', path: `/${act.kind}/${act.on}/vote/`, body: { reaction: act.reaction } }
    case 'flag':
      return { method: 'POST', path: `/${act.kind}/${act.on}/flag/`, body: { flag_type: act.flag } }
    case 'comment':
      return {
        method: 'POST',
        path: '/comment/',
        body: { [act.kind]: act.on, text: `I say ${act.text}`, parent: act.parent },
      }
    case 'delete comment':
      return { method: 'DELETE', path: `/comment/${act.comment}/` }
    case 'restore comment':
      return { method: 'POST', path: `/comment/${act.comment}/restore/` }
    case 'vote comment':
      return { method: 'POST', path: `/comment/${act.comment}/vote/?reaction=${act.reaction}` }
    case 'hide member':
      return { method: 'POST', path: `/user/${act.to}/hide/` }
    case 'give tag':
    case 'take tag':
      return { method: 'POST', path: `/tag/${act.tag}/${act.does === 'give tag' ? 'add' : 'remove'}/?user=${act.who}` }
    case 'switch tag':
      return { method: 'PATCH', path: `/tag/${act.tag}/`, body: { active: act.use } }
    case 'delete tag':
      return { method: 'PATCH', path: `/tag/${act.tag}/`, body: { deleted: !act.use } }
    case 'leave':
      return { method: 'DELETE', path: `/user/${act.by}/` }
    default:
      return { method: 'POST', path: `/${act.kind}/${act.on}/${act.does}/` }
  }
}

export const published = (kind: Kind, author: number, text: number, to: number[] = []): Thing => ({
  ...{ kind, author, text, to, deleted: false, follows: new Set(), suspends: new Set() },
  ...{ votes: new Map(), flags: new Map(), hidden: new Set() },
})

export type Outcome = { answer: string; tells: string[] }

/** Does one act, and says what the server has to answer (status, and code if it refuses) and to tell. */
export function play(community: Community, act: Act): Outcome {
  const refusal = refuse(community, act)
  if (refusal) return { answer: refusal, tells: [] }
  const answer =
    act.does === 'create' || act.does === 'comment' ? '201' : act.does === 'update' || 'use' in act ? '200' : '204'
  return { answer, tells: change(community, act) }
}

/** Why an act cannot be done as things stand: status and code. */
function refuse(community: Community, act: Act): string | null {
  const { here, hides, things } = community
  const { by } = act
  if ('tag' in act) return refuseOfTag(community, act)
  if (!here.has(by)) return '401 not_authenticated'
  if (act.does === 'create') return addresses(community, by, act.to) ? null : '400 unknown'
  if (act.does === 'leave') return null
  if (act.does === 'hide member') return act.to === by ? '400 self' : here.has(act.to) ? null : '404 not_found'
  if ('comment' in act) return refuseOnComment(community, act)
  const thing = things.get(act.on)
  // What is sent is read before what it is about.
  if (act.does === 'update' && !addresses(community, by, act.to, thing?.author === by ? thing.to : []))
    return '400 unknown'
  if (!thing || thing.kind !== act.kind) return '404 not_found'
  const { author, deleted } = thing
  const own = author === by
  if (deleted && !own) return '404 not_found'
  if (!isFor(community, thing, by)) return '404 not_found'
  if (hides.has(`${by} ${author}`) || hides.has(`${author} ${by}`)) return '403 permission_denied'
  switch (act.does) {
    case 'update':
      return own ? (deleted ? '400 deleted' : null) : '403 permission_denied'
    case 'delete':
      return own ? (deleted ? '400 already_deleted' : null) : '403 permission_denied'
    case 'restore':
      return own ? (deleted ? null : '400 not_deleted') : '403 permission_denied'
    case 'comment':
      return deleted ? '400 deleted' : refuseParent(community, act)
    case 'suspend':
    case 'vote':
      return deleted ? '400 deleted' : null
    case 'hide':
      return null
    default:
      return own ? '400 own' : null
  }
}

/** Why a tag is not given or taken. */
function refuseOfTag({ circles, here }: Community, act: Act & { tag: number }): string | null {
  const circle = circles.get(act.tag) as Circle
  if (!('who' in act)) return null
  if (!here.has(act.who)) return '404 not_found'
  // What is so already stays so.
  if (act.does === 'take tag' || circle.has.has(act.who)) return null
  return inUse(circle) ? null : '400 inactive'
}

const inUse = (circle: Circle | undefined) => circle?.active && !circle.deleted

/** Whether a member may address by these tags: by their own, and by those that it is addressed by already. */
const addresses = ({ circles }: Community, by: number, to: number[], had: number[] = []) =>
  to.every((tag) => had.includes(tag) || (inUse(circles.get(tag)) && circles.get(tag)?.has.has(by)))

/** Whether a contribution is for a member, or a visitor, by whom it is addressed to. */
export const isFor = ({ circles }: Community, { author, to }: Thing, viewer: number) =>
  !to.length || author === viewer || to.some((tag) => inUse(circles.get(tag)) && circles.get(tag)?.has.has(viewer))

const apart = ({ hides }: Community, one: number, two: number) =>
  hides.has(`${one} ${two}`) || hides.has(`${two} ${one}`)

/** Why a comment cannot be a reply to what it names. */
function refuseParent(community: Community, { by, on, parent }: Act & { does: 'comment' }): string | null {
  if (parent === null) return null
  const replied = community.comments.get(parent)
  if (!replied || replied.deleted || replied.on !== on) return '400 unknown'
  if (apart(community, by, replied.author)) return '403 permission_denied'
  return replied.parent === null ? null : '400 invalid'
}

/** Why an act on a comment cannot be done. */
function refuseOnComment(community: Community, { does, by, comment }: Act & { comment: number }): string | null {
  const said = community.comments.get(comment)
  if (!said) return '404 not_found'
  if (!isFor(community, community.things.get(said.on) as Thing, by)) return '404 not_found'
  const around = [said, community.things.get(said.on) as Thing, community.comments.get(said.parent ?? 0) ?? said]
  if (around.some(({ deleted, author }) => deleted && author !== by)) return '404 not_found'
  if (apart(community, by, said.author) || apart(community, by, around[1]?.author ?? 0)) return '403 permission_denied'
  if (does !== 'vote comment' && said.author !== by) return '403 permission_denied'
  if (around.some((each) => each !== said && each.deleted)) return '400 deleted'
  if (does === 'restore comment') return said.deleted ? null : '400 not_deleted'
  return said.deleted ? (does === 'vote comment' ? '400 deleted' : '400 already_deleted') : null
}

/** How many comments on a contribution are there: neither they nor what they are replies to is deleted. */
export const countComments = (comments: Map<number, Pick<Said, 'on' | 'parent' | 'deleted'>>, on: number) =>
  [...comments.values()].filter(
    (each) => each.on === on && !each.deleted && !(each.parent && comments.get(each.parent)?.deleted),
  ).length

/** A vote, or the end of one: what is told of it. */
function switchVote(votes: Map<number, number>, by: number, reaction: number, on: number | string): string[] {
  const before = votes.get(by)
  const ends = before === undefined ? [] : [`vote.deleted ${on} by ${by}`]
  if (before === reaction) {
    votes.delete(by)
    return ends
  }
  votes.set(by, reaction)
  return [...ends, `vote.created ${on} by ${by}`]
}

/** What comes of an act that nothing forbids; gives what it tells. A creation has no id yet: that is said elsewhere. */
export function change({ here, hides, things, comments, circles }: Community, act: Act): string[] {
  const { by } = act
  if ('tag' in act) {
    const circle = circles.get(act.tag) as Circle
    if (act.does === 'switch tag') circle.active = act.use
    else if (act.does === 'delete tag') circle.deleted = !act.use
    else if (act.does === 'give tag') {
      if (circle.has.has(act.who)) return []
      circle.has.add(act.who)
      return ['user.updated']
    } else if (act.does === 'take tag') return circle.has.delete(act.who) ? ['user.updated'] : []
    return []
  }
  if (act.does === 'create') return [`${act.kind}.created`]
  if (act.does === 'comment') return ['comment.created']
  if (act.does === 'hide member') {
    const pair = `${by} ${act.to}`
    if (!hides.delete(pair)) hides.add(pair)
    return []
  }
  if (act.does === 'leave') {
    here.delete(by)
    // What they wrote stays hidden from those who hid them.
    for (const pair of hides) if (pair.startsWith(`${by} `)) hides.delete(pair)
    return ['user.deleted']
  }
  if ('comment' in act) {
    const said = comments.get(act.comment) as Said
    if (act.does === 'vote comment') return switchVote(said.votes, by, act.reaction, `comment ${act.comment}`)
    said.deleted = act.does === 'delete comment'
    return [`comment.${said.deleted ? 'deleted' : 'restored'} ${act.comment}`]
  }
  const thing = things.get(act.on) as Thing
  const { kind } = thing
  const switched = (set: Set<number>, name: string) => {
    const on = !set.delete(by)
    if (on) set.add(by)
    return [`${kind}.${on ? '' : 'un'}${name} ${act.on} by ${by}`]
  }
  switch (act.does) {
    case 'update':
      if (thing.text === act.text && String(thing.to) === String(act.to)) return []
      thing.text = act.text
      thing.to = act.to
      return [`${kind}.updated ${act.on}`]
    case 'delete':
    case 'restore':
      thing.deleted = act.does === 'delete'
      return [`${kind}.${act.does}d ${act.on}`]
    case 'follow':
    case 'suspend':
      return switched(act.does === 'follow' ? thing.follows : thing.suspends, act.does)
    case 'vote':
      return switchVote(thing.votes, by, act.reaction, act.on)
    case 'flag':
      thing.flags.set(by, act.flag)
      return []
    case 'hide':
      if (!thing.hidden.delete(by)) thing.hidden.add(by)
      return []
  }
}

/** The marks and contributions as the tables have them, in words that two of them can be compared in. */
export type Row = Pick<Thing, 'kind' | 'author' | 'text' | 'to' | 'deleted'> & {
  [Marks in 'follows' | 'suspends' | 'hidden']: number[]
} & { [Marks in 'votes' | 'flags']: [number, number][] }

export async function readRows(db: Db): Promise<Map<number, Row>> {
  const rows = await db.query<{
    id: number
    kind: number
    author_id: number
    html: string
    deleted: boolean
    addressing: number[]
  }>('select id, kind, author_id, html, deleted, addressing from contribution order by id')
  const marks = await db.query<{
    target_id: number
    member_id: number
    followed_at: string | null
    suspended_at: string | null
    reaction: number | null
    flag_type: number | null
    hidden: boolean
  }>('select * from mark where kind < 16 order by member_id')
  const marksOf = Map.groupBy(marks, (mark) => mark.target_id)
  return new Map(
    rows.map(({ id, kind, author_id, html, deleted, addressing }) => {
      const mine = marksOf.get(id) ?? []
      const who = (has: (mark: (typeof marks)[number]) => unknown) => mine.filter(has).map((mark) => mark.member_id)
      const row: Row = {
        kind: kinds[kind - 1] as Kind,
        author: author_id,
        text: Number(/\d+/.exec(html)?.[0]),
        to: addressing,
        deleted,
        follows: who((mark) => mark.followed_at),
        suspends: who((mark) => mark.suspended_at),
        votes: mine.flatMap(({ member_id, reaction }) => (reaction === null ? [] : [[member_id, reaction]])),
        flags: mine.flatMap(({ member_id, flag_type }) => (flag_type === null ? [] : [[member_id, flag_type]])),
        hidden: who((mark) => mark.hidden),
      }
      return [id, row]
    }),
  )
}

export const sorted = (ids: Iterable<number>) => [...ids].sort((a, b) => a - b)
const byMember = (marks: Map<number, number>) => [...marks].sort(([a], [b]) => a - b)

/** The same, of a community as the model has it. */
export const asRow = ({ follows, suspends, votes, flags, hidden, ...thing }: Thing): Row => ({
  ...thing,
  follows: sorted(follows),
  suspends: sorted(suspends),
  votes: byMember(votes),
  flags: byMember(flags),
  hidden: sorted(hidden),
})
export const asRows = ({ things }: Community) => new Map([...things].map(([id, thing]) => [id, asRow(thing)]))

export const known = ({ things }: Community) => [...things].map(([id, { kind, author }]) => ({ id, kind, author }))

/** Whether a contribution is in the lists of a member, or of a visitor. */
export const isListed = (community: Community, thing: Thing, viewer: number, staff = false) =>
  !thing.deleted &&
  !thing.hidden.has(viewer) &&
  !apart(community, viewer, thing.author) &&
  (staff || isFor(community, thing, viewer))

/** Whether its own address shows it. */
export const isSaid = (community: Community, { author, deleted }: Said, viewer: number, staff: boolean) =>
  (!deleted || author === viewer || staff) && !apart(community, viewer, author)

export const isShown = (community: Community, thing: Thing, viewer: number, staff: boolean) =>
  (!thing.deleted || thing.author === viewer || staff) &&
  !apart(community, viewer, thing.author) &&
  (staff || isFor(community, thing, viewer))

type Lots = Partial<Record<Act['does'], number>>
const usual: Lots = {
  ...{ create: 6, update: 6, delete: 7, restore: 8, follow: 18, suspend: 8, vote: 24, flag: 8, hide: 6 },
  ...{ 'hide member': 5, leave: 0.4 },
}

const addressing: Lots = { 'give tag': 3, 'take tag': 2, 'switch tag': 1.4, 'delete tag': 1 }

/** The same, with comments, and with tags that change hands. */
export const talking: Lots = {
  ...addressing,
  ...usual,
  comment: 24,
  'delete comment': 8,
  'restore comment': 8,
  'vote comment': 12,
}

/** Draws acts among members, on contributions that are there: a few of both meet most. */
export function startDrawing(seed: number, members: number[], lots: Lots = usual, tags: number[] = []) {
  const roll = dice(seed)
  const upTo = (n: number) => Math.floor(roll() * n)
  const oneOf = <T>(items: readonly T[]) => items[upTo(items.length)] as T
  const hat = (Object.entries(lots) as [Act['does'], number][]).flatMap(([does, weight]) =>
    Array<Act['does']>(weight * 5).fill(does),
  )
  /** A third is addressed, by one tag or two. */
  const some = () => (roll() < 0.35 ? sorted(new Set([oneOf(tags), oneOf(tags)])) : [])
  const to = () => (tags.length ? some() : [])
  return (
    things: { id: number; kind: Kind; author: number }[],
    by = oneOf(members),
    comments: { id: number; on: number; author: number }[] = [],
  ): Act => {
    const does = things.length < 3 ? 'create' : oneOf(hat)
    if (does === 'leave') return { does, by }
    if (does === 'give tag' || does === 'take tag') return { does, by: 0, tag: oneOf(tags), who: oneOf(members) }
    if (does === 'switch tag' || does === 'delete tag') return { does, by: 0, tag: oneOf(tags), use: roll() < 0.7 }
    if (does === 'hide member') return { does, by, to: roll() < 0.05 ? by : oneOf(members) }
    if (does === 'create') return { does, by, kind: oneOf(kinds), text: upTo(5), to: to() }
    if (does === 'delete comment' || does === 'restore comment' || does === 'vote comment') {
      const mine = comments.filter((each) => each.author === by)
      const from = does !== 'vote comment' && mine.length && roll() < 0.8 ? mine : comments
      const comment = from.length ? oneOf(from).id : 900_000_000
      return does === 'vote comment' ? { does, by, comment, reaction: 1 + upTo(3) } : { does, by, comment }
    }
    // What is the author's own is mostly drawn from what is theirs.
    const mine = things.filter((thing) => thing.author === by)
    const isOwn = ['update', 'delete', 'restore'].includes(does) ? roll() < 0.8 : roll() < 0.1
    const from = isOwn && mine.length ? mine : things
    const thing = from[roll() < 0.5 ? upTo(Math.min(5, from.length)) : upTo(from.length)] as (typeof things)[number]
    const on = roll() < 0.02 ? 900_000_000 : thing.id
    const kind = roll() < 0.03 ? oneOf(kinds) : thing.kind
    if (does === 'comment') {
      const here = comments.filter((each) => each.on === on || roll() < 0.02)
      return { does, by, on, kind, text: upTo(5), parent: here.length && roll() < 0.5 ? oneOf(here).id : null }
    }
    if (does === 'update') return { does, by, on, kind, text: upTo(5), to: to() }
    if (does === 'vote') return { does, by, on, kind, reaction: roll() < 0.6 ? 1 : 2 + upTo(2) }
    if (does === 'flag') return { does, by, on, kind, flag: upTo(5) }
    return { does, by, on, kind }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: events are read as they come
type Loose = any

/** An event in a word: what happened to which contribution, and by whom if that is not its author. */
export function brief({ type, data }: Told): string {
  const { id, user, object_type, ...rest } = data as Loose
  const kind = object_type ?? type.split('.')[0]
  const of = kind === 'comment' && user ? 'comment ' : ''
  if (type === 'user.updated') return type
  return user ? `${type} ${of}${rest[kind].id} by ${user.id}` : type === 'user.deleted' ? type : `${type} ${id}`
}

export type Believed = {
  kind: Kind
  author: number
  deleted: boolean
  follows: Map<number, string>
  suspends: Map<number, string>
  votes: Map<number, string>
  flags: number
  /** Who has just taken a vote back, to vote otherwise. */
  changing: number | null
  updated: number
}

type BelievedSaid = Omit<Said, 'votes'> & { votes: Set<number>; changing: number | null }

/** Hears one event after the other, and throws where one does not follow from those before. */
export function startReplay() {
  const things = new Map<number, Believed>()
  const counters = new Map<string, number>()
  const comments = new Map<number, BelievedSaid>()

  function hearOfComment({ event_id, type, data }: Told): void {
    const sent = data as Loose
    const shown = sent.comment ?? sent
    const must = (fits: boolean, why: string) => {
      if (!fits) throw new Error(`Event ${event_id}, ${type} of comment ${shown.id} by ${sent.user?.id}: ${why}`)
    }
    const verb = `${type.split('.')[1]}${sent.user ? ' vote' : ''}`
    must(comments.has(shown.id) === (verb !== 'created'), 'not the first, or too early')
    const on = shown.post ?? shown.status ?? shown.discussion
    const { author, parent } = shown
    const said = comments.get(shown.id) ?? {
      on,
      author: author.id,
      parent,
      deleted: false,
      votes: new Set(),
      changing: null,
    }
    comments.set(shown.id, said)
    must(said.on === on && said.author === author.id && said.parent === parent, 'another, or of somebody else')
    must(
      said.changing === null || (verb === 'created vote' && sent.user.id === said.changing),
      'between two of a change',
    )
    said.changing = null
    if (verb === 'created vote') must(!!said.votes.add(sent.user.id), 'again')
    else if (verb === 'deleted vote') {
      must(said.votes.delete(sent.user.id), 'of none')
      if (shown.vote_count === said.votes.size + 1) said.changing = sent.user.id
    } else if (verb !== 'created') {
      must(said.deleted === (verb === 'restored'), 'twice')
      said.deleted = verb === 'deleted'
    }
    must(shown.deleted === said.deleted, `told as deleted: ${shown.deleted}`)
    must(shown.vote_count === said.votes.size + (said.changing === null ? 0 : 1), `told with ${shown.vote_count} votes`)
    const replies = [...comments.values()].filter((each) => each.parent === shown.id && !each.deleted).length
    must(shown.comment_count === replies, `told with ${shown.comment_count} replies, not ${replies}`)
  }

  function hear({ event_id, type, data }: Told): void {
    const [of, verb] = type.split('.') as [string, string]
    const sent = data as Loose
    if (of === 'comment' || sent.object_type === 'comment') {
      hearOfComment({ event_id, type, data } as Told)
      return
    }
    if (of !== 'vote' && !kinds.includes(of as Kind)) return
    const kind = (of === 'vote' ? sent.object_type : of) as Kind
    const shown = sent.user ? sent[kind] : sent
    const must = (fits: boolean, why: string) => {
      if (!fits) throw new Error(`Event ${event_id}, ${type} of ${kind} ${shown?.id} by ${sent.user?.id}: ${why}`)
    }
    must(verb === 'created' && !sent.user ? !things.has(shown.id) : things.has(shown.id), 'not the first, or too early')
    const thing = things.get(shown.id) ?? {
      ...{ kind, author: shown.author.id, deleted: false, follows: new Map(), suspends: new Map(), votes: new Map() },
      ...{ flags: 0, changing: null, updated: 0 },
    }
    things.set(shown.id, thing)
    must(thing.kind === kind && thing.author === shown.author.id, 'of another kind, or of somebody else')

    const by = sent.user?.id as number
    const begins = (since: Map<number, string>, at: string) => {
      must(!since.has(by), 'again')
      since.set(by, at)
    }
    const ends = (since: Map<number, string>, at: string) => {
      must(since.get(by) === at, `ends what began ${since.get(by)}, not ${at}`)
      since.delete(by)
    }
    must(thing.changing === null || (type === 'vote.created' && by === thing.changing), 'between the two of a change')
    thing.changing = null
    if (of === 'vote' && verb === 'created') begins(thing.votes, sent.voted_at)
    else if (of === 'vote') {
      ends(thing.votes, sent.voted_at)
      if (shown.vote_count === thing.votes.size + 1) thing.changing = by
    } else if (verb === 'follow') begins(thing.follows, sent.added_at)
    else if (verb === 'unfollow') ends(thing.follows, sent.added_at)
    else if (verb === 'suspend') begins(thing.suspends, sent.added_at)
    else if (verb === 'unsuspend') ends(thing.suspends, sent.added_at)
    else if (verb === 'updated') thing.updated++
    else {
      if (verb !== 'created') must(thing.deleted === (verb === 'restored'), 'twice')
      thing.deleted = verb === 'deleted'
      const key = `${thing.author} ${kind}`
      counters.set(key, (counters.get(key) ?? 0) + (thing.deleted ? -1 : 1))
      const told = shown.author[`${plural[kind]}_counter`]
      must(told === counters.get(key), `the author is told to have ${told}, not ${counters.get(key)}`)
    }
    must(shown.deleted === thing.deleted, `told as deleted: ${shown.deleted}`)
    const votes = thing.votes.size + (thing.changing === null ? 0 : 1)
    must(shown.vote_count === votes, `told with ${shown.vote_count} votes, not ${votes}`)
    must([undefined, thing.follows.size].includes(shown.follower_count), `told with ${shown.follower_count} followers`)
    must(shown.flag_count >= thing.flags, 'told with fewer flags than before')
    thing.flags = shown.flag_count
    const said = countComments(comments, shown.id)
    must(shown.comment_count === said, `told with ${shown.comment_count} comments, not ${said}`)
    must(shown.share_count === 0, 'told with what there is not')
  }
  return { hear, things, counters, comments }
}

export type Replay = ReturnType<typeof startReplay>
