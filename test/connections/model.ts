import type { Db } from '../../src/platform/db/database.ts'

/**
 * What may happen between members, written from the rules in words and from nothing else: the server is compared
 * with it. Everything here is plain data; a play gives a new community and leaves the old one as it was.
 */
export type Mode = 'friendship' | 'follow'
export type Takes = 'ask' | 'refuse' | 'accept'
export type Verb = 'request' | 'accept' | 'reject' | 'cancel_request' | 'cancel_reject' | 'remove'
export type Shows = 'connected' | 'sent_connection_request' | 'received_connection_request' | 'followed' | null

export type Act =
  | { kind: Verb | 'follow' | 'hide' | 'mark_seen'; by: number; to: number }
  | { kind: 'mark_all_seen'; by: number }
  | { kind: 'delete'; by: number }
  | { kind: 'settings'; by: number; takes: Takes }
  | { kind: 'mode'; mode: Mode }
  | { kind: 'quota'; most: number }

/** All there is between two members. */
export type Between = {
  /** A request nobody accepted. One that was rejected is still there for the one who sent it. */
  readonly request: { readonly from: number; readonly rejected: boolean; readonly seen: boolean } | null
  /** Connected, and who asked for it. */
  readonly connected: number | null
  /** Who withdrew a rejected request: what they ask again is rejected already. */
  readonly refused: number | null
  /** Those of the two who follow, or hide, the other, in the order of their ids. */
  readonly follows: readonly number[]
  readonly hides: readonly number[]
}

export type Community = {
  readonly mode: Mode
  readonly quota: number
  readonly used: ReadonlyMap<number, number>
  readonly takes: ReadonlyMap<number, Takes>
  /** Everybody who is or was here, with what became of them. */
  readonly members: ReadonlyMap<number, 'here' | 'deleted'>
  readonly pairs: ReadonlyMap<string, Between>
  /** What ended while its mode was off: told when that mode is on again. */
  readonly postponed: readonly Postponed[]
}

export type Postponed = { readonly event: string; readonly mode: Mode }

export type Outcome = {
  status: number
  /** What an act of friendship answers. */
  shows?: Shows
  /** What is told, in order. Of a deletion only the last has a place. */
  tells: string[]
  /** Whether anything at all is written. */
  writes: boolean
  /** The rule that decided, for counting which rules a test came by. */
  rule: string
}

const verbs: readonly string[] = ['request', 'accept', 'reject', 'cancel_request', 'cancel_reject', 'remove']
const ofFriendship = (act: Act) => verbs.includes(act.kind)

export const nothing: Between = { request: null, connected: null, refused: null, follows: [], hides: [] }
export const pairOf = (a: number, b: number) => `${Math.min(a, b)} ${Math.max(a, b)}`
export const membersOf = (pair: string) => pair.split(' ').map(Number) as [number, number]
export const between = (community: Community, a: number, b: number) => community.pairs.get(pairOf(a, b)) ?? nothing

export const found = (mode: Mode, members: number[]): Community => ({
  mode,
  quota: 0,
  used: new Map(),
  takes: new Map(),
  members: new Map(members.map((id) => [id, 'here'])),
  pairs: new Map(),
  postponed: [],
})

/** While one of two hides the other, what is between them sleeps. */
export const isAsleep = (tie: Between) => tie.hides.length > 0

/** What one of two sees of the other. A rejection is not revealed; to whoever rejected there is nothing, nor of what sleeps. */
export function shownTo(viewer: number, tie: Between, mode: Mode): Shows {
  if (isAsleep(tie)) return null
  if (mode === 'follow') return tie.follows.includes(viewer) ? 'followed' : null
  if (tie.connected !== null) return 'connected'
  if (tie.request?.from === viewer) return 'sent_connection_request'
  return tie.request && !tie.request.rejected ? 'received_connection_request' : null
}

const withOne = (ids: readonly number[], id: number) => [...ids, id].sort((a, b) => a - b)
const without = (ids: readonly number[], id: number) => ids.filter((each) => each !== id)

/** Does one act, and says what the server has to answer and tell. */
export function play(was: Community, act: Act): { now: Community; outcome: Outcome } {
  const refuse = (status: number, rule: string) => ({
    now: was,
    outcome: { status, tells: [], writes: false, rule },
  })
  const answer = (rule: string, now: Community, outcome: Partial<Outcome>) => ({
    now,
    outcome: { status: 200, tells: [], writes: true, rule, ...outcome },
  })

  if (act.kind === 'mode') {
    if (act.mode === was.mode) return answer('the mode is that already', was, { writes: false })
    return answer(`${act.mode} mode`, { ...was, mode: act.mode }, { tells: ['dynamic_preference.updated'] })
  }
  if (act.kind === 'quota') {
    if (act.most === was.quota) return answer('the quota is that already', was, { writes: false })
    return answer('a quota', { ...was, quota: act.most }, { tells: ['dynamic_preference.updated'] })
  }

  const { by } = act
  if (was.members.get(by) !== 'here') return refuse(401, 'who is gone does nothing')
  if (act.kind === 'settings') {
    if ((was.takes.get(by) ?? 'ask') === act.takes) return answer('settings as they are', was, { writes: false })
    const takes = new Map(was.takes).set(by, act.takes)
    return answer(`takes ${act.takes}`, { ...was, takes }, { tells: [`user.settings_updated ${by}`] })
  }
  if (act.kind === 'delete') return leave(was, by)

  if (ofFriendship(act) && was.mode !== 'friendship') return refuse(400, `${act.kind} in the wrong mode`)
  if (act.kind === 'follow' && was.mode !== 'follow') return refuse(400, 'follow in the wrong mode')
  /** Nobody has anything to see in follow mode. */
  const seesNothing = was.mode !== 'friendship'
  const overlook = () => answer(`${act.kind} in follow mode`, was, { status: 204, writes: false })
  if (act.kind === 'mark_all_seen') return seesNothing ? overlook() : seeAll(was, by)

  const { to } = act
  if (to === by)
    return act.kind !== 'mark_seen' ? refuse(400, 'with oneself') : seesNothing ? overlook() : seeAll(was, by)
  if (was.members.get(to) !== 'here')
    return refuse(404, was.members.has(to) ? 'with who is gone' : 'with who never was')

  const tie = between(was, by, to)
  const put = (next: Between): Community => ({ ...was, pairs: new Map(was.pairs).set(pairOf(by, to), next) })
  /** The act ends with the tie as given. */
  const end = (rule: string, next: Between, tells: string[]) =>
    answer(rule, put(next), { shows: shownTo(by, next, 'friendship'), tells })
  /** It holds already. */
  const same = (rule: string) => answer(rule, was, { shows: shownTo(by, tie, 'friendship'), writes: false })
  const hidden = isAsleep(tie)
  const mine = tie.request?.from === by
  const theirs = tie.request?.from === to

  switch (act.kind) {
    case 'request': {
      if (hidden) return refuse(403, 'request while hidden')
      if (tie.connected !== null) return same('request while connected')
      if (mine) return same(tie.request?.rejected ? 'request again while rejected' : 'request again')
      const accepted = { ...tie, request: null, refused: null }
      if (tie.request)
        return end(
          tie.request.rejected ? 'request to whom one rejected accepts' : 'request to who asked accepts',
          { ...accepted, connected: to },
          [`connection.created ${to}>${by}`],
        )
      const takes = was.takes.get(to) ?? 'ask'
      if (takes === 'refuse') return refuse(400, 'request to who refuses all')
      const used = was.used.get(by) ?? 0
      if (was.quota > 0 && used >= was.quota) return refuse(429, 'request beyond the quota')
      const asked = `connection_request.created ${by}>${to}`
      const spend = (step: ReturnType<typeof end>) => ({
        ...step,
        now: { ...step.now, used: new Map(was.used).set(by, used + 1) },
      })
      if (tie.refused === by) {
        const request = { from: by, rejected: true, seen: false }
        const tells = [asked, `connection_request.rejected ${by}>${to}`]
        return spend(end('request after a rejection is rejected', { ...tie, request, refused: null }, tells))
      }
      if (takes === 'accept')
        return spend(
          end('request to who accepts all', { ...accepted, connected: by }, [asked, `connection.created ${by}>${to}`]),
        )
      const request = { from: by, rejected: false, seen: false }
      const rule = tie.refused === to ? 'request by who rejected a request withdrawn since' : 'request'
      return spend(end(rule, { ...tie, request, refused: null }, [asked]))
    }
    case 'accept':
      if (hidden) return refuse(403, 'accept while hidden')
      if (tie.connected !== null) return same('accept again')
      if (!theirs || tie.request?.rejected)
        return refuse(400, theirs ? 'accept what one rejected' : mine ? "accept one's own request" : 'accept nothing')
      return end('accept', { ...tie, request: null, connected: to }, [`connection.created ${to}>${by}`])
    case 'reject':
      if (tie.connected !== null) return refuse(400, 'reject a connection')
      if (!theirs || !tie.request) return refuse(400, mine ? "reject one's own request" : 'reject nothing')
      if (tie.request.rejected) return same('reject again')
      return end('reject', { ...tie, request: { ...tie.request, rejected: true } }, [
        `connection_request.rejected ${to}>${by}`,
      ])
    case 'cancel_reject':
      if (hidden) return refuse(403, 'cancel_reject while hidden')
      if (tie.connected !== null) return refuse(400, 'cancel_reject of a connection')
      if (!theirs || !tie.request)
        return refuse(400, mine ? "cancel_reject of one's own request" : 'cancel_reject of nothing')
      if (!tie.request.rejected) return same('cancel_reject of what was not rejected')
      return end('cancel_reject', { ...tie, request: { ...tie.request, rejected: false } }, [
        `connection_request.restored ${to}>${by}`,
      ])
    case 'cancel_request':
      if (tie.connected !== null) return refuse(400, 'cancel_request of a connection')
      if (!mine || !tie.request) return same(theirs ? "cancel_request of the other's" : 'cancel_request of nothing')
      return end(
        tie.request.rejected ? 'cancel_request of a rejected one' : 'cancel_request',
        { ...tie, request: null, refused: tie.request.rejected ? by : tie.refused },
        [`connection_request.cancelled ${by}>${to}`],
      )
    case 'remove':
      if (tie.connected === null) {
        const shown = shownTo(by, tie, 'friendship')
        if (shown === null) return same('remove nothing')
        return refuse(
          400,
          shown === 'sent_connection_request' ? "remove one's own request" : "remove the other's request",
        )
      }
      return end(hidden ? 'remove what sleeps' : 'remove', { ...tie, connected: null }, [
        `connection.deleted ${tie.connected}>${tie.connected === by ? to : by}`,
      ])
    case 'mark_seen': {
      if (seesNothing) return overlook()
      if (hidden) return answer('see while hidden', was, { status: 204, writes: false })
      if (!theirs || !tie.request || tie.request.rejected || tie.request.seen)
        return answer(tie.request?.seen ? 'see again' : 'see nothing', was, { status: 204, writes: false })
      return answer('see', put({ ...tie, request: { ...tie.request, seen: true } }), { status: 204 })
    }
    case 'follow': {
      if (hidden) return refuse(403, tie.follows.includes(by) ? 'unfollow while hidden' : 'follow while hidden')
      if (tie.follows.includes(by))
        return answer('unfollow', put({ ...tie, follows: without(tie.follows, by) }), {
          status: 204,
          tells: [`connection.unfollow ${by}>${to}`],
        })
      return answer('follow', put({ ...tie, follows: withOne(tie.follows, by) }), {
        status: 204,
        tells: [`connection.follow ${by}>${to}`],
      })
    }
    case 'hide': {
      if (tie.hides.includes(by)) {
        const next = { ...tie, hides: without(tie.hides, by) }
        return answer(isAsleep(next) ? 'show, while the other hides' : 'show', put(next), { status: 204 })
      }
      const what =
        tie.connected !== null
          ? 'hide who is connected'
          : tie.request?.rejected
            ? 'hide, with a rejected request'
            : tie.request
              ? 'hide, with a request'
              : tie.follows.length
                ? 'hide, with follows'
                : 'hide'
      return answer(`${what}, in ${was.mode} mode`, put({ ...tie, hides: withOne(tie.hides, by) }), { status: 204 })
    }
  }
}

/** What is told, now and once the other mode is on, when everything between two members ends at once. */
function ending(tie: Between, mode: Mode, pair: string): { tells: string[]; postponed: Postponed[] } {
  const [one, two] = membersOf(pair)
  const other = (id: number) => (id === one ? two : one)
  const friendship = [
    ...(tie.connected !== null ? [`connection.deleted ${tie.connected}>${other(tie.connected)}`] : []),
    ...(tie.request ? [`connection_request.cancelled ${tie.request.from}>${other(tie.request.from)}`] : []),
  ]
  const follow = tie.follows.map((id) => `connection.unfollow ${id}>${other(id)}`)
  const [on, off, offMode] =
    mode === 'friendship' ? ([friendship, follow, 'follow'] as const) : ([follow, friendship, 'friendship'] as const)
  return { tells: on, postponed: off.map((event) => ({ event, mode: offMode })) }
}

/** What was postponed and belongs to the mode that is on, is told. */
export function wake(was: Community): { now: Community; tells: string[] } {
  const due = ({ mode }: Postponed) => mode === was.mode
  return {
    now: { ...was, postponed: was.postponed.filter((each) => !due(each)) },
    tells: was.postponed.filter(due).map(({ event }) => event),
  }
}

function leave(was: Community, id: number): { now: Community; outcome: Outcome } {
  const pairs = new Map(was.pairs)
  const tells: string[] = []
  const postponed = [...was.postponed]
  for (const [pair, tie] of was.pairs) {
    if (!membersOf(pair).includes(id)) continue
    const ended = ending(tie, was.mode, pair)
    tells.push(...ended.tells)
    postponed.push(...ended.postponed)
    pairs.set(pair, nothing)
  }
  return {
    now: { ...was, pairs, postponed, members: new Map(was.members).set(id, 'deleted') },
    outcome: {
      status: 204,
      tells: [...tells, `user.deleted ${id}`],
      writes: true,
      rule: `delete in ${was.mode} mode${postponed.length > was.postponed.length ? ', with what sleeps in the other' : ''}`,
    },
  }
}

function seeAll(was: Community, id: number): { now: Community; outcome: Outcome } {
  const pairs = new Map(was.pairs)
  let writes = false
  for (const [pair, tie] of was.pairs) {
    const { request } = tie
    if (!membersOf(pair).includes(id) || !request || request.from === id || request.rejected || request.seen) continue
    if (isAsleep(tie)) continue
    pairs.set(pair, { ...tie, request: { ...request, seen: true } })
    writes = true
  }
  return {
    now: { ...was, pairs },
    outcome: { status: 204, tells: [], writes, rule: writes ? 'see all' : 'see all of nothing' },
  }
}

/** Events as they are compared: of a deletion only `user.deleted` has its place, at the end. */
export const inOrder = (act: Act, tells: string[]) =>
  act.kind === 'delete' ? [...tells.slice(0, -1).sort(), ...tells.slice(-1)] : tells

export type Counters = {
  sent: number
  received: number
  rejected: number
  connections: number
  followings: number
  followers: number
  hidden: number
}

/**
 * What a member has of everything, counted from the pairs. What sleeps does not count; but for those who have only the
 * events to go by it is there all the time.
 */
export function count(community: Pick<Community, 'pairs'>, id: number, of: 'awake' | 'all' = 'awake'): Counters {
  const counters = { sent: 0, received: 0, rejected: 0, connections: 0, followings: 0, followers: 0, hidden: 0 }
  for (const [pair, { request, connected, follows, hides }] of community.pairs) {
    if (!membersOf(pair).includes(id)) continue
    if (hides.includes(id)) counters.hidden++
    if (hides.length && of === 'awake') continue
    if (request?.from === id) counters.sent++
    else if (request?.rejected) counters.rejected++
    else if (request) counters.received++
    if (connected !== null) counters.connections++
    for (const follower of follows) {
      if (follower === id) counters.followings++
      else counters.followers++
    }
  }
  return counters
}

/** What a receiver of all events believes, who has nothing else to go by. */
export function startReplay(from: ReadonlyMap<string, Between> = new Map()) {
  const pairs = new Map(from)
  /** The counters as events move them, each by what the event's name says and no more. */
  const counters = new Map<number, Counters>()
  for (const id of new Set([...pairs.keys()].flatMap(membersOf))) counters.set(id, count({ pairs }, id, 'all'))
  const of = (id: number) => {
    const kept = counters.get(id)
    if (kept) return kept
    const fresh = { sent: 0, received: 0, rejected: 0, connections: 0, followings: 0, followers: 0, hidden: 0 }
    counters.set(id, fresh)
    return fresh
  }

  function hear(event: string): void {
    const [type, who] = event.split(' ') as [string, string?]
    if (!/^connection/.test(type)) return
    const [from, to] = (who as string).split('>').map(Number) as [number, number]
    const pair = pairOf(from, to)
    const tie = pairs.get(pair) ?? nothing
    const must = (fine: boolean) => {
      if (!fine) throw new Error(`told "${event}" while there was ${JSON.stringify(tie)}`)
    }
    const request = tie.request?.from === from ? tie.request : null
    const put = (next: Partial<Between>) => void pairs.set(pair, { ...tie, ...next })
    const [sender, receiver] = [of(from), of(to)]
    switch (type) {
      case 'connection_request.created':
        must(!tie.request && tie.connected === null)
        put({ request: { from, rejected: false, seen: false } })
        sender.sent++
        receiver.received++
        return
      case 'connection_request.rejected':
        must(request?.rejected === false)
        put({ request: { from, rejected: true, seen: false } })
        receiver.received--
        receiver.rejected++
        return
      case 'connection_request.restored':
        must(request?.rejected === true)
        put({ request: { from, rejected: false, seen: false } })
        receiver.received++
        receiver.rejected--
        return
      case 'connection_request.cancelled':
        must(request !== null)
        put({ request: null })
        sender.sent--
        if (request?.rejected) receiver.rejected--
        else receiver.received--
        return
      case 'connection.created':
        must(request !== null)
        put({ request: null, connected: from })
        sender.sent--
        if (request?.rejected) receiver.rejected--
        else receiver.received--
        sender.connections++
        receiver.connections++
        return
      case 'connection.deleted':
        must(tie.connected === from)
        put({ connected: null })
        sender.connections--
        receiver.connections--
        return
      case 'connection.follow':
        must(!tie.follows.includes(from))
        put({ follows: withOne(tie.follows, from) })
        sender.followings++
        receiver.followers++
        return
      case 'connection.unfollow':
        must(tie.follows.includes(from))
        put({ follows: without(tie.follows, from) })
        sender.followings--
        receiver.followers--
        return
      default:
        throw new Error(`"${event}" is no event between two members`)
    }
  }

  return { hear, pairs, count: of }
}

/** An act somebody did, and what came of it; without `answered` nobody knows whether it was done. */
export type Done = {
  act: Act
  sent: number
  answered: number | null
  status: number | null
  /** What an act of friendship answered; undefined where it does not matter. */
  shows?: Shows
}

/** Whether the model allows what was answered. Who is just leaving is refused in more than one way. */
function allows(was: Community, { act, status, shows }: Done, outcome: Outcome): boolean {
  if (status === null) return true
  if ('by' in act && was.members.get(act.by) !== 'here')
    return (status >= 400 && status < 500) || (status === 204 && act.kind === 'mark_all_seen')
  // That somebody is gone is true whatever the mode; while the mode is switched it may be said instead of that.
  if (status === 404 && 'to' in act && was.members.get(act.to) !== 'here') return true
  if (status !== outcome.status) return false
  return shows === undefined || outcome.shows === undefined || shows === outcome.shows
}

/**
 * Looks for an order of what was done to one pair that makes sense of everything at once: every answer, the events of
 * the pair in their order, and what is between the two afterwards. An act answered before another was sent stays
 * before it; an act without an answer may be left out, but not be half done.
 *
 * @returns the community after it, or null when there is no such order
 */
export function explain(
  start: Community,
  pair: string,
  history: Done[],
  told: string[],
  after: Between,
): Community | null {
  const seen = new Set<string>()
  const isOfPair = (event: string) => {
    const who = /^connection\S* (\d+)>(\d+)$/.exec(event)
    return who !== null && pairOf(Number(who[1]), Number(who[2])) === pair
  }
  const wanted = JSON.stringify(after)

  function from(community: Community, left: number[], heard: number): Community | null {
    const tie = community.pairs.get(pair) ?? nothing
    const people = membersOf(pair).map((id) => [community.takes.get(id), community.members.get(id)])
    const key = JSON.stringify([left, heard, tie, people, community.mode])
    if (seen.has(key)) return null
    seen.add(key)
    const unanswered = left.every((i) => history[i]?.answered === null)
    if (unanswered && heard === told.length && JSON.stringify(tie) === wanted) return community
    const first = Math.min(...left.map((i) => history[i]?.answered ?? Number.POSITIVE_INFINITY))
    for (const i of left) {
      const done = history[i] as Done
      if (done.sent > first) continue
      const { now, outcome } = play(community, done.act)
      if (!allows(community, done, outcome)) continue
      const tells = outcome.tells.filter(isOfPair)
      const next = told.slice(heard, heard + tells.length)
      const same =
        done.act.kind === 'delete' ? tells.sort().join() === next.sort().join() : tells.join() === next.join()
      if (!same) continue
      const reached = from(
        now,
        left.filter((each) => each !== i),
        heard + tells.length,
      )
      if (reached) return reached
    }
    return null
  }
  return from(
    start,
    history.map((_, i) => i),
    0,
  )
}

/** An event as the model writes it. */
export function brief({ type, data }: { type: string; data: object }): string {
  const { from_user, to_user, user, id } = data as Record<string, { id: number } | undefined> & { id: number }
  if (from_user && to_user) return `${type} ${from_user.id}>${to_user.id}`
  return type.startsWith('dynamic_preference.') ? type : `${type} ${user?.id ?? id}`
}

/** What the rows of relation say between these members, in the words of the model. */
export async function readPairs(db: Db, ids: number[]): Promise<Map<string, Between>> {
  type Row = {
    member_id: number
    other_id: number
    state: number
    asked: boolean
    viewed: string | null
    rejected: string | null
    following: number | null
    hidden: number | null
  }
  const rows = await db.query<Row>(
    `select member_id, other_id, state + sleeping_state as state, asked, viewed, rejected,
       coalesce(following_place, sleeping_following) as following, hidden_place as hidden
     from relation where member_id = any($1) and other_id = any($1)`,
    [ids],
  )
  const sides = new Map(rows.map((row) => [`${row.member_id} ${row.other_id}`, row]))
  const pairs = new Map<string, Between>()
  for (const mine of rows) {
    const [one, two] = [mine.member_id, mine.other_id]
    const theirs = sides.get(`${two} ${one}`)
    if (!theirs) throw new Error(`Only ${one} has a row about ${two}`)
    if (one > two) continue
    const asker = mine.asked ? one : two
    const which = (name: 'following' | 'hidden') => [
      ...(mine[name] !== null ? [one] : []),
      ...(theirs[name] !== null ? [two] : []),
    ]
    const open = mine.state > 0 && mine.state < 4
    pairs.set(pairOf(one, two), {
      request: open ? { from: asker, rejected: mine.rejected !== null, seen: mine.viewed !== null } : null,
      connected: mine.state === 4 ? asker : null,
      refused: mine.state === 0 && mine.rejected !== null ? asker : null,
      follows: which('following'),
      hides: which('hidden'),
    })
  }
  return pairs
}

/** What is to be told once its mode is on, between these members. */
export async function readPostponed(db: Db, ids: number[]): Promise<Postponed[]> {
  const rows = await db.query<{ event: string; follow: boolean }>(
    `select type || ' ' || from_id || '>' || to_id as event, type like 'connection.%follow' as follow
     from postponed_event where from_id = any($1) and to_id = any($1) order by id`,
    [ids],
  )
  return rows.map(({ event, follow }) => ({ event, mode: follow ? 'follow' : 'friendship' }))
}
