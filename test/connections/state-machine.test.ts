import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteMember } from '../../src/accounts/delete.ts'
import { createCommunityState } from '../../src/community/state.ts'
import { announceEnded } from '../../src/connections/announce-ended.ts'
import { findDrift } from '../../src/connections/recount.ts'
import { requestConnection } from '../../src/connections/request.ts'
import { Refusal } from '../../src/platform/errors.ts'
import { inFull, often, seedOr, times, within } from '../support/soak.ts'
import { type Answer, createWorld, type Person, type Told, type World } from '../support/world.ts'
import {
  type Act,
  type Between,
  between,
  brief,
  type Community,
  count,
  type Done,
  explain,
  found,
  inOrder,
  isAsleep,
  type Mode,
  membersOf,
  nothing,
  pairOf,
  play,
  readPairs,
  readPostponed,
  shownTo,
  startReplay,
  wake,
} from './model.ts'

const seed = seedOr(1_618_033)
const nobody = 900_000_000

let world: World
let holder: Awaited<ReturnType<World['db']['connect']>>

beforeAll(async () => {
  world = await createWorld()
  holder = await world.db.connect()
  // The daily quota begins anew at midnight: not in the middle of a test.
  const untilMidnight = 86_400_000 - (Date.now() % 86_400_000)
  if (untilMidnight < 600_000) world.pass(untilMidnight + 60_000)
})
afterAll(async () => {
  await holder.end()
  await world.end()
})

let joined = 0

/** Members nobody knows yet. */
async function gather(howMany: number): Promise<Person[]> {
  joined++
  // What ended of those before them is told to nobody.
  await world.db.query('delete from postponed_event')
  const names = ['alice', 'bob', 'carla', 'dan', 'erin'].slice(0, howMany)
  const people: Person[] = []
  for (const name of names) people.push(await world.join(`${name}_${joined}`))
  return people
}

/** Does an act as a client does. Who acts is a position in the list of people. */
function perform(people: Person[], act: Act): Promise<Answer> {
  const who = (id: number) => people.find((person) => person.id === id) as Person
  switch (act.kind) {
    case 'mode':
      return world.admin.patch('/dynamic_preference/', { follow_enabled: act.mode === 'follow' })
    case 'quota':
      return world.admin.patch('/dynamic_preference/', { connection_request_daily_quota: act.most })
    case 'settings':
      return who(act.by).patch(`/user/${act.by}/settings/`, { connection_requests: act.takes })
    case 'delete':
      return who(act.by).delete(`/user/${act.by}/`)
    case 'mark_all_seen':
      return who(act.by).post(`/user/${act.by}/connection_requests/mark_seen/`)
    case 'mark_seen':
      return who(act.by).post(`/user/${act.to}/connection_requests/mark_seen/`)
    case 'follow':
    case 'hide':
      return who(act.by).post(`/user/${act.to}/${act.kind}/`)
    default:
      return who(act.by).post(`/user/${act.to}/connection/${act.kind}/`)
  }
}

/** The shape of an answer: what it has to be whatever the act. */
function checkShape(act: Act, answer: Answer): void {
  if (answer.status >= 400) {
    expect(answer.body?.errors?.[0], `${JSON.stringify(act)} ${answer.text}`).toBeDefined()
    return
  }
  if (answer.status === 204) expect(answer.text, JSON.stringify(act)).toBe('')
  else if (!['mode', 'quota', 'settings'].includes(act.kind))
    expect(Object.keys(answer.body), JSON.stringify(act)).toEqual(['connection_status'])
}

const idsOf = (people: Person[]) => people.map((person) => person.id)

/** How often the rows of these members' relations were written. */
async function written(ids: number[]): Promise<number> {
  const [row] = await world.db.query<{ n: number }>(
    'select coalesce(sum(version), 0)::int as n from relation where member_id = any($1)',
    [ids],
  )
  return row?.n ?? 0
}

/** A whole list, walked by `next` in small pages. Every page has to say how long the whole is. */
async function all<Item>(who: Person, path: string): Promise<Item[]> {
  const items: Item[] = []
  const counts = new Set<number>()
  for (let next: string | null = `${path}${path.includes('?') ? '&' : '?'}limit=2`; next; ) {
    const { status, text, body }: Answer = await who.get(next)
    expect(status, `${path} ${text}`).toBe(200)
    items.push(...body.results)
    counts.add(body.count)
    next = body.next
  }
  expect([...counts], `count of ${path} for ${who.username}`).toEqual([items.length])
  return items
}

const sorted = (ids: Iterable<number>) => [...ids].sort((a, b) => a - b)
const ids = (items: { id: number }[]) => sorted(items.map((item) => item.id))

type Item = { from_user: { id: number }; to_user: { id: number }; rejected: string | null; viewed: string | null }

/** Looks at everything from everybody's side, and compares it with what the model says it is. */
async function lookAround(people: Person[], community: Community): Promise<void> {
  const here = people.filter(({ id }) => community.members.get(id) === 'here')
  await Promise.all(people.map((person) => lookAtCounters(person, community, here)))
  await Promise.all(here.map((viewer) => lookFrom(viewer, people, here, community)))
}

async function lookAtCounters(person: Person, community: Community, here: Person[]): Promise<void> {
  const { sent, received, connections, followings, followers } = count(community, person.id)
  const friendship = { connection_requests_sent: sent, connection_requests_received: received, connections }
  const follow = { followings, followers }
  const wanted = community.mode === 'follow' ? follow : friendship
  const absent = Object.keys(community.mode === 'follow' ? friendship : follow)
  const { body } = await world.admin.get(`/user/${person.id}/counters/`)
  expect(body, `counters of ${person.username}`).toMatchObject(wanted)
  for (const name of absent) expect(body).not.toHaveProperty(name)
  if (!here.includes(person)) return
  const withSuffix = Object.fromEntries(Object.entries(wanted).map(([name, n]) => [`${name}_counter`, n]))
  expect((await person.get('/user/me/')).body, `/user/me/ of ${person.username}`).toMatchObject(withSuffix)
}

async function lookFrom(viewer: Person, people: Person[], here: Person[], community: Community): Promise<void> {
  const { id, username } = viewer
  const { mode } = community
  const tie = (other: number) => between(community, id, other)
  const others = here.filter((person) => person !== viewer)
  const hidden = (other: number) => isAsleep(tie(other))

  // How they stand with each other, one by one and all at once.
  const statuses: Record<string, unknown> = {}
  for (const other of people) {
    if (other === viewer) continue
    const wanted = shownTo(id, tie(other.id), mode)
    statuses[other.id] = wanted
    const what = `what ${username} is shown of ${other.username}`
    const answer = await viewer.get(`/user/${other.id}/connection_status/`)
    if (!here.includes(other)) expect(answer.status, what).toBe(404)
    else expect(answer.body, what).toEqual({ connection_status: wanted })
  }
  const asked = { users: people.filter((person) => person !== viewer).map((person) => person.id) }
  const answered = await viewer.post('/user/connection/statuses/', asked)
  expect(answered.body, `statuses for ${username}`).toEqual({ connection_statuses: statuses })

  const hides = sorted(others.filter((other) => tie(other.id).hides.includes(id)).map((other) => other.id))
  expect(ids(await all(viewer, '/user/hidden_users/')), `hidden by ${username}`).toEqual(hides)
  expect(sorted((await viewer.get('/user/hidden_users_id/')).body), `ids hidden by ${username}`).toEqual(hides)

  if (mode === 'friendship') {
    const brief = ({ from_user, to_user, rejected, viewed }: Item) =>
      `${from_user.id}>${to_user.id}${rejected ? ' rejected' : ''}${viewed ? ' seen' : ''}`
    const requests = others.flatMap((other) => {
      const { request } = tie(other.id)
      if (!request || hidden(other.id)) return []
      const mine = request.from === id
      const seen = request.seen ? ' seen' : ''
      const text = mine ? `${id}>${other.id}` : `${other.id}>${id}`
      const box = mine ? 'sent' : request.rejected ? 'rejected' : 'received'
      return [{ box, text: box === 'rejected' ? `${text} rejected${seen}` : `${text}${seen}` }]
    })
    const boxes = { received: 'requests/', sent: 'requests_sent/', rejected: 'requests/?rejected=1' }
    for (const [box, path] of Object.entries(boxes)) {
      const items = await all<Item>(viewer, `/user/connection/${path}`)
      const wanted = requests.filter((each) => each.box === box).map((each) => each.text)
      expect(items.map(brief).sort(), `${box} by ${username}`).toEqual(wanted.sort())
    }
  }

  const kinds = mode === 'friendship' ? (['connections'] as const) : (['followings', 'followers'] as const)
  for (const kind of kinds) {
    const listOf = (owner: number) =>
      people
        .map((person) => person.id)
        .filter((other) => {
          if (other === owner) return false
          const { connected, follows, hides } = between(community, owner, other)
          if (hides.length) return false
          if (kind === 'connections') return connected !== null
          return follows.includes(kind === 'followings' ? owner : other)
        })
    const own = new Set(listOf(id))
    for (const owner of people) {
      const path = `/user/${owner.id}/${kind}/`
      const what = `${kind} of ${owner.username}, for ${username}`
      if (!here.includes(owner)) expect((await viewer.get(path)).status, what).toBe(404)
      else if (owner === viewer) {
        expect(ids(await all(viewer, path)), what).toEqual(sorted(own))
        expect(ids(await all(viewer, `${path}?mutual=0`)), what).toEqual(sorted(own))
        expect(ids(await all(viewer, `${path}?mutual=1`)), what).toEqual([])
      } else if (hidden(owner.id)) expect((await viewer.get(path)).status, what).toBe(403)
      else {
        const theirs = listOf(owner.id).filter((other) => other === id || !hidden(other))
        expect(ids(await all(viewer, path)), what).toEqual(sorted(theirs))
        const [common, rest] = [theirs.filter((each) => own.has(each)), theirs.filter((each) => !own.has(each))]
        expect(ids(await all(viewer, `${path}?mutual=1`)), `${what}, in common`).toEqual(sorted(common))
        expect(ids(await all(viewer, `${path}?mutual=0`)), `${what}, not in common`).toEqual(sorted(rest))
      }
    }
  }
}

/** Members in an event carry the counters as they are once the act is done. */
function checkTold(told: Told[], community: Community): void {
  for (const { type, data } of told) {
    if (!type.startsWith('connection')) continue
    for (const user of Object.values(data as unknown as Record<string, Record<string, number>>)) {
      const { sent, received, connections, followings, followers } = count(community, user.id as number)
      expect(user, type).toMatchObject({
        followings_counter: followings,
        followers_counter: followers,
        connection_requests_sent_counter: sent,
        connection_requests_received_counter: received,
        connections_counter: connections,
      })
    }
  }
}

// Acts before they are about anybody: who they are about is a position in the list of people.
const seat = (howMany: number) => fc.nat({ max: howMany - 1 })
const tieKinds = ['request', 'accept', 'reject', 'cancel_request', 'cancel_reject', 'remove'] as const

/** An act to come. A useful one is chosen, once it is its turn, from those of the two that would change something. */
type Step = Act | { kind: 'useful'; by: number; to: number; pick: number }

/** Acts of two members, of whom the first is a little more often the one who asks. */
const between2 = (one: number, two: number): fc.Arbitrary<Step> => {
  const pairwise = (
    kind: (typeof tieKinds)[number] | 'follow' | 'hide' | 'mark_seen',
    weight: number,
    turn = false,
  ) => ({
    weight,
    arbitrary: fc
      .constantFrom(turn, turn, !turn)
      .map((turned): Act => (turned ? { kind, by: two, to: one } : { kind, by: one, to: two })),
  })
  return fc.oneof(
    pairwise('request', 24),
    pairwise('accept', 8, true),
    pairwise('reject', 16, true),
    pairwise('cancel_request', 14),
    pairwise('cancel_reject', 8, true),
    pairwise('remove', 6),
    pairwise('follow', 14),
    pairwise('hide', 8),
    pairwise('mark_seen', 6, true),
    { weight: 5, arbitrary: fc.constant<Step>({ kind: 'mark_all_seen', by: two }) },
    { weight: 80, arbitrary: fc.nat().map((pick): Step => ({ kind: 'useful', by: one, to: two, pick })) },
  )
}

/** Two of the members, who have something to do with each other for a while. */
const episode = (howMany: number, minLength: number, maxLength: number) =>
  fc
    .tuple(seat(howMany), fc.integer({ min: 1, max: howMany - 1 }))
    .chain(([one, step]) => fc.array(between2(one, (one + step) % howMany), { minLength, maxLength, size: 'max' }))

const takes = fc.constantFrom('ask' as const, 'ask' as const, 'refuse' as const, 'accept' as const)
const modes = fc.constantFrom('friendship' as const, 'friendship' as const, 'follow' as const)
const settings = (howMany: number) =>
  fc.tuple(seat(howMany), takes).map(([by, takes]): Act => ({ kind: 'settings', by, takes }))

const kinds = [...tieKinds, 'follow', 'mark_seen', 'hide'] as const

/** The act that a step is now, about these people. A position beyond them is a member that never was. */
function about(people: Person[], step: Step, community: Community): Act {
  const id = (at: number) => people[at]?.id ?? nobody
  if (step.kind !== 'useful')
    return { ...step, ...('by' in step && { by: id(step.by) }), ...('to' in step && { to: id(step.to) }) } as Act
  const [one, two] = [id(step.by), id(step.to)]
  const { hides } = between(community, one, two)
  const useful = kinds
    .flatMap((kind): Act[] => [
      { kind, by: one, to: two },
      { kind, by: two, to: one },
    ])
    // Hiding always does something, and all sleeps then: here only whoever hides shows the other again.
    .filter((act) => act.kind !== 'hide' || hides.includes(act.by))
    .filter((act) => play(community, act).outcome.writes)
  return useful[step.pick % useful.length] ?? { kind: 'request', by: one, to: two }
}

// Every rule there is: one that no run comes by is not tested.
const rules = [
  'friendship mode',
  'follow mode',
  'the mode is that already',
  'a quota',
  'the quota is that already',
  'who is gone does nothing',
  'with who is gone',
  'with who never was',
  'with oneself',
  'settings as they are',
  'takes ask',
  'takes refuse',
  'takes accept',
  ...['friendship', 'follow'].flatMap((mode) => [
    `delete in ${mode} mode`,
    `delete in ${mode} mode, with what sleeps in the other`,
  ]),
  ...[...tieKinds, 'follow'].map((kind) => `${kind} in the wrong mode`),
  ...['mark_seen', 'mark_all_seen'].map((kind) => `${kind} in follow mode`),
  'request',
  'request again',
  'request again while rejected',
  'request while connected',
  'request while hidden',
  'request to who asked accepts',
  'request to whom one rejected accepts',
  'request to who refuses all',
  'request to who accepts all',
  'request after a rejection is rejected',
  'request beyond the quota',
  'request by who rejected a request withdrawn since',
  'accept',
  'accept again',
  'accept nothing',
  'accept what one rejected',
  "accept one's own request",
  'accept while hidden',
  'reject',
  'reject again',
  'reject nothing',
  "reject one's own request",
  'reject a connection',
  'cancel_reject',
  'cancel_reject of nothing',
  "cancel_reject of one's own request",
  'cancel_reject of a connection',
  'cancel_reject of what was not rejected',
  'cancel_reject while hidden',
  'cancel_request',
  'cancel_request of a rejected one',
  'cancel_request of nothing',
  "cancel_request of the other's",
  'cancel_request of a connection',
  'remove',
  'remove nothing',
  'remove what sleeps',
  "remove one's own request",
  "remove the other's request",
  'see',
  'see again',
  'see nothing',
  'see while hidden',
  'see all',
  'see all of nothing',
  'follow',
  'unfollow',
  'follow while hidden',
  'unfollow while hidden',
  'show',
  'show, while the other hides',
  ...[
    'hide',
    'hide who is connected',
    'hide, with a request',
    'hide, with a rejected request',
    'hide, with follows',
  ].flatMap((what) => [`${what}, in friendship mode`, `${what}, in follow mode`]),
]

const switching = modes.map((mode): Act => ({ kind: 'mode', mode }))
const leaving = (howMany: number) => seat(howMany).map((by): Act => ({ kind: 'delete', by }))
const one = (acts: fc.Arbitrary<Step>) => acts.map((act) => [act])

/** Two members with something between them in both modes; then one of them hides the other in either. */
const twoLives = fc
  .tuple(
    seat(4),
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom('accept' as const, 'reject' as const, null),
    fc.boolean(),
  )
  .map(([by, step, answer, back]): Act[] => {
    const to = (by + step) % 4
    return [
      { kind: 'mode', mode: 'friendship' },
      { kind: 'request', by, to },
      answer ? { kind: answer, by: to, to: by } : { kind: 'cancel_request', by, to },
      { kind: 'mode', mode: 'follow' },
      { kind: 'follow', by: to, to: by },
      ...(back ? [{ kind: 'mode', mode: 'friendship' } as const] : []),
      { kind: 'hide', by, to },
    ]
  })

/** A rejected request is withdrawn, and one of the two asks again. */
const grudge = fc.tuple(seat(4), fc.integer({ min: 1, max: 3 }), fc.boolean()).map(([by, step, again]): Act[] => {
  const to = (by + step) % 4
  return [
    { kind: 'request', by, to },
    { kind: 'reject', by: to, to: by },
    { kind: 'cancel_request', by, to },
    again ? { kind: 'request', by, to } : { kind: 'request', by: to, to: by },
  ]
})

/** What a sequence comes by: rules, and what stands between two when an act changes it. */
function comesBy(sequence: Step[]): string[] {
  const people = [1, 2, 3, 4].map((id) => world.person(id, '', ''))
  let community = found('friendship', idsOf(people))
  return sequence.flatMap((step) => {
    const before = community
    const act = about(people, step, before)
    const { now, outcome } = play(before, act)
    community = now
    const changed = [...now.pairs.keys()].filter((pair) => now.pairs.get(pair) !== (before.pairs.get(pair) ?? nothing))
    const stood = changed.map((pair) => {
      const { request, connected, refused } = before.pairs.get(pair) ?? nothing
      if (connected !== null) return 'connected'
      return request ? (request.rejected ? 'rejected' : 'requested') : refused === null ? 'nothing' : 'refused'
    })
    return [outcome.rule, ...stood.map((what) => `${act.kind} at ${what} in ${now.mode} mode`)]
  })
}

/** About forty acts of four members, in episodes with something from outside between them. */
const sequences = fc
  .array(
    fc.oneof(
      { weight: 10, arbitrary: episode(4, 2, 9) },
      { weight: 2, arbitrary: twoLives },
      { weight: 1, arbitrary: grudge },
      { weight: 3, arbitrary: one(settings(4)) },
      { weight: 4, arbitrary: one(switching) },
      { weight: 2, arbitrary: one(fc.constantFrom(0, 1, 2).map((most): Act => ({ kind: 'quota', most }))) },
      { weight: 1, arbitrary: one(leaving(4)) },
      {
        weight: 2,
        arbitrary: one(
          fc
            .tuple(fc.constantFrom(...tieKinds, 'follow' as const, 'hide' as const), seat(4), fc.boolean())
            .map(([kind, by, self]): Act => ({ kind, by, to: self ? by : 99 })),
        ),
      },
    ),
    { minLength: 8, maxLength: 16, size: 'max' },
  )
  .map((parts) => parts.flat())

test(
  'whatever members do one after the other, Kith answers, tells, lists and counts what the rules say',
  async () => {
    const met = new Set<string>()
    const tried = new Set<string>()
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        // A fifth of the runs comes by all that the others do.
        const fresh = comesBy(sequence).filter((what) => !tried.has(what))
        if (!inFull && !fresh.length) return
        for (const what of fresh) tried.add(what)
        await world.set({ follow_enabled: false, connection_request_daily_quota: 0 })
        const people = await gather(4)
        await world.told()
        let community = found('friendship', idsOf(people))
        const replay = startReplay()
        let last = 0
        for (const step of sequence) {
          const act = about(people, step, community)
          const before = await written(idsOf(people))
          const answer = await perform(people, act)
          await announceEnded(world.kith)
          const { now: played, outcome } = play(community, act)
          const { now, tells: woken } = wake(played)
          const what = `${JSON.stringify(act)}, by the rule "${outcome.rule}"`
          met.add(outcome.rule)
          expect(answer.status, `${what}: ${answer.text}`).toBe(outcome.status)
          checkShape(act, answer)
          if (outcome.shows !== undefined) expect(answer.body.connection_status, what).toBe(outcome.shows)
          const told = await world.told()
          const heard = told.map(brief)
          expect(
            inOrder(act, heard.slice(0, outcome.tells.length)).concat(heard.slice(outcome.tells.length).sort()),
            what,
          ).toEqual(inOrder(act, outcome.tells).concat(woken.sort()))
          for (const { event_id } of told) {
            expect(event_id).toBeGreaterThan(last)
            last = event_id
          }
          checkTold(told, now)
          if (!outcome.writes) expect(await written(idsOf(people)), `${what} wrote something`).toBe(before)
          for (const event of told) replay.hear(brief(event))
          community = now
        }
        for (const { event } of community.postponed) replay.hear(event)
        for (const { id } of people)
          expect({ ...replay.count(id), hidden: 0 }).toEqual({ ...count(community, id, 'all'), hidden: 0 })
        expect(await findDrift(world.db)).toEqual([])
        await lookAround(people, community)
      }),
      { seed, unbiased: true, numRuns: 120 * times, interruptAfterTimeLimit: within(120_000), endOnFailure: !inFull },
    )
    if (!process.env.SEED) expect(rules.filter((rule) => !met.has(rule))).toEqual([])
    expect([...met].filter((rule) => !rules.includes(rule))).toEqual([])
  },
  within(150_000),
)

/** What the server noted of requests it failed at. */
const failures = () => world.log.filter((line) => line.includes('"msg":"failed"')).join('')

/** Acts at the same moment; with `held`, that member's row is locked a while, so that they meet at it undecided. */
type Burst = { acts: Step[]; held: number | null }

/** Bursts of two at each other, where the acts really meet, and of everybody at everybody. */
const bursts = (more: fc.Arbitrary<Step>[]): fc.Arbitrary<Burst[]> => {
  const two = fc.oneof({ weight: 9, arbitrary: between2(0, 1) }, ...more.map((arbitrary) => ({ weight: 1, arbitrary })))
  const acts = fc.oneof(
    { weight: 4, arbitrary: fc.array(two, { minLength: 2, maxLength: 6, size: 'max' }) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(episode(4, 1, 4), episode(4, 1, 4), fc.array(two, { maxLength: 2 }))
        .map((parts) => parts.flat()),
    },
  )
  const held = fc.constantFrom(null, 0, 1)
  return fc.array(fc.record({ acts, held }), { minLength: 12, maxLength: 20, size: 'max' })
}

/** Holds the row of a member, which every act between members needs, until the acts sent meanwhile wait for it. */
async function holding<T>(id: number, work: () => Promise<T>): Promise<T> {
  await holder.query('begin')
  await holder.query('select from users where id = $1 for no key update', [id])
  const working = work()
  await sleep(25)
  await holder.query('commit')
  return working
}

const isOfPair = (event: string, pair: string): boolean => {
  const [one, two] = membersOf(pair)
  return event.endsWith(` ${one}>${two}`) || event.endsWith(` ${two}>${one}`)
}

const isAbout = (act: Act, pair: string): boolean => {
  if (act.kind === 'mode') return true
  if (act.kind === 'quota') return false
  const members = membersOf(pair)
  return 'to' in act ? pairOf(act.by, act.to) === pair : members.includes(act.by)
}

/** Sends every burst at once, and after each asks whether there is an order in which all of it makes sense. */
async function storm(burstsOfActs: Burst[], mode: Mode, switches: boolean): Promise<void> {
  await world.set({ follow_enabled: mode === 'follow', connection_request_daily_quota: 0 })
  const people = await gather(4)
  await world.told()
  let community = found(mode, idsOf(people))
  const replay = startReplay()
  for (const burst of burstsOfActs) {
    const acts = burst.acts.map((step) => about(people, step, community))
    const send = () => Promise.all(acts.map((act) => perform(people, act)))
    const answers = burst.held === null ? await send() : await holding(people[burst.held]?.id as number, send)
    const what = () =>
      acts.map((act, i) => `${JSON.stringify(act)} -> ${answers[i]?.status} ${answers[i]?.text}`).join('\n')
    const history = acts.map((act, i): Done => {
      const { status, text, body } = answers[i] as Answer
      if (status >= 500) throw new Error(`${JSON.stringify(act)}: ${status} ${text} ${failures()}\nin\n${what()}`)
      checkShape(act, answers[i] as Answer)
      // While the mode is switched, an answer may show the mode before or after.
      const shows = status === 200 && !switches ? body.connection_status : undefined
      return { act, sent: 0, answered: 1, status, shows }
    })
    const told = (await world.told()).map(brief)
    const pairs = await readPairs(world.db, idsOf(people))
    let after = community
    for (const act of acts) {
      // What is not about a pair: each of these is of one member or of all, and who is faster does not matter here.
      if (act.kind === 'delete') after = { ...after, members: new Map(after.members).set(act.by, 'deleted') }
    }
    const options = await world.db.query<{ value: boolean }>(
      `select value from preference where name = 'follow_enabled'`,
    )
    const mode = options[0]?.value ? 'follow' : 'friendship'
    const settings = await world.db.query<{ id: number; takes: 'ask' | 'refuse' | 'accept' }>(
      'select id, connection_requests as takes from users where id = any($1)',
      [idsOf(people)],
    )
    after = { ...after, mode, pairs, takes: new Map(settings.map(({ id, takes }) => [id, takes])) }
    for (const one of people) {
      for (const two of people) {
        if (one.id >= two.id) continue
        const pair = pairOf(one.id, two.id)
        const mine = history.filter(({ act }) => isAbout(act, pair))
        const heard = told.filter((event) => isOfPair(event, pair))
        const tie = pairs.get(pair) ?? nothing
        if (explain(community, pair, mine, heard, tie)) continue
        throw new Error(
          `No order explains pair ${pair}\nbefore: ${JSON.stringify(between(community, one.id, two.id))}\n` +
            `after: ${JSON.stringify(tie)}\ntold: ${heard.join(', ')}\nin\n${what()}`,
        )
      }
    }
    for (const event of told) replay.hear(event)
    await announceEnded(world.kith)
    for (const event of await world.told()) replay.hear(brief(event))
    // What ended while its mode was off waits to be told, and nothing else does.
    const waiting = await readPostponed(world.db, idsOf(people))
    expect(waiting.filter((each) => each.mode === mode)).toEqual([])
    const believedOf = (pair: string) => {
      const later = startReplay(new Map([[pair, replay.pairs.get(pair) ?? nothing]]))
      for (const { event } of waiting) if (isOfPair(event, pair)) later.hear(event)
      return later.pairs.get(pair) as Between
    }
    for (const [pair, tie] of pairs) {
      const { request, connected, follows } = believedOf(pair)
      const believed = { from: request?.from, rejected: request?.rejected, connected, follows }
      const kept = {
        from: tie.request?.from,
        rejected: tie.request?.rejected,
        connected: tie.connected,
        follows: tie.follows,
      }
      expect(believed, `what was told of ${pair}, after\n${what()}`).toEqual(kept)
    }
    community = after
  }
  // Each mode once more: then all that waited is told.
  for (const mode of ['friendship', 'follow', community.mode]) {
    await world.set({ follow_enabled: mode === 'follow' })
    await announceEnded(world.kith)
    for (const event of await world.told()) replay.hear(brief(event))
  }
  expect(await readPostponed(world.db, idsOf(people))).toEqual([])
  for (const { id } of people)
    expect({ ...replay.count(id), hidden: 0 }).toEqual({ ...count(community, id, 'all'), hidden: 0 })
  expect(await findDrift(world.db)).toEqual([])
  await lookAround(people, community)
}

test(
  'whatever members do at the same moment, there is an order in which all of it makes sense',
  async () => {
    await fc.assert(
      fc.asyncProperty(bursts([settings(2)]), modes, (each, mode) => storm(each, mode, false)),
      { seed, unbiased: true, numRuns: often(12), endOnFailure: true },
    )
  },
  within(120_000),
)

test(
  'also while members leave and the community changes its mode',
  async () => {
    await fc.assert(
      fc.asyncProperty(bursts([settings(2), switching, switching, leaving(2)]), (each) =>
        storm(each, 'friendship', true),
      ),
      { seed, unbiased: true, numRuns: often(12), endOnFailure: true },
    )
  },
  within(120_000),
)

test('requests are seen all at once while one of them is being rejected', async () => {
  await world.set({ follow_enabled: false })
  const [alice, bob, carla] = (await gather(3)) as [Person, Person, Person]
  await alice.post(`/user/${bob.id}/connection/request/`)
  await carla.post(`/user/${bob.id}/connection/request/`)
  // Both wait for bob's row, the rejection first: what the other decided by is outdated once its turn comes.
  const [rejected, seen] = await holding(bob.id, async () => {
    const rejecting = bob.post(`/user/${alice.id}/connection/reject/`)
    await sleep(10)
    return Promise.all([rejecting, bob.post(`/user/${bob.id}/connection_requests/mark_seen/`)])
  })
  expect([rejected.status, seen.status]).toEqual([200, 204])
  expect(await findDrift(world.db)).toEqual([])
  const [open] = await all<Item>(bob, '/user/connection/requests/')
  expect([open?.from_user.id, typeof open?.viewed]).toEqual([carla.id, 'string'])
  expect((await alice.post(`/user/${bob.id}/connection/cancel_request/`)).status).toBe(200)
})

test('a deletion tells what ends in the mode that holds, even where that mode is not known yet', async () => {
  await world.set({ follow_enabled: false })
  const [alice, bob] = (await gather(2)) as [Person, Person]
  // A second node: what it knows of the community is from before the switch.
  const node = { ...world.kith, community: await createCommunityState(world.db) }
  await world.set({ follow_enabled: true })
  await alice.post(`/user/${bob.id}/follow/`)
  await world.told()
  const actor = { id: bob.id, role: null, status: 'a' } as const
  const ctx = { kith: node, db: world.db, actor, community: node.community.current(), now: world.kith.clock.now() }
  await deleteMember(ctx, bob.id, false)
  const told = (await world.told()).map(brief)
  expect(told).toEqual([`connection.unfollow ${alice.id}>${bob.id}`, `user.deleted ${bob.id}`])
})

/** Has alice ask bob on the server, and does something else after it has looked and before it writes. */
async function askWhile(alice: Person, bob: Person, meanwhile: () => Promise<unknown>): Promise<string> {
  let looked = false
  const db: World['db'] = {
    ...world.db,
    async query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]> {
      const rows = await world.db.query<Row>(text, values)
      if (!looked) {
        looked = true
        await meanwhile()
      }
      return rows
    },
  }
  const { kith } = world
  const actor = { id: alice.id, role: null, status: 'a' } as const
  const ctx = { kith, db, actor, community: kith.community.current(), now: kith.clock.now() }
  const [{ requests_sent: before = 0 } = {}] = await sentBy(alice)
  const outcome = await requestConnection(ctx, bob.id).then(
    ({ state }) => state,
    (error: unknown) => {
      if (error instanceof Refusal) return String(error.status)
      throw error
    },
  )
  expect(looked).toBe(true)
  expect(await findDrift(world.db)).toEqual([])
  const [{ requests_sent: after = 0 } = {}] = await sentBy(alice)
  return `${outcome}, ${after - before} sent`
}

const sentBy = (who: Person) =>
  world.db.query<{ requests_sent: number }>('select requests_sent from users where id = $1', [who.id])

test('what changes between the look and the writing is noticed, and the act decided again', async () => {
  const asked = async (meanwhile: (alice: Person, bob: Person) => Promise<unknown>) => {
    // Once with the smaller id asking, once with the larger: the two are not written alike.
    const [alice, bob, carla, dan] = (await gather(4)) as [Person, Person, Person, Person]
    const one = await askWhile(alice, bob, () => meanwhile(alice, bob))
    await world.set({ follow_enabled: false })
    const two = await askWhile(dan, carla, () => meanwhile(dan, carla))
    await world.set({ follow_enabled: false })
    expect(two).toBe(one)
    return one
  }
  const leave = (who: Person) => who.delete(`/user/${who.id}/`)
  await world.set({ follow_enabled: false, connection_request_daily_quota: 1 })
  const [erin] = (await gather(1)) as [Person]
  await world.set({ follow_enabled: false })
  expect(await asked(async () => {})).toBe('requested, 1 sent')
  expect(await asked((alice, bob) => alice.post(`/user/${bob.id}/connection/request/`))).toBe('requested, 1 sent')
  expect(await asked((alice, bob) => bob.post(`/user/${alice.id}/connection/request/`))).toBe('connected, 0 sent')
  expect(await asked((alice) => alice.post(`/user/${erin.id}/connection/request/`))).toBe('429, 1 sent')
  expect(await asked((alice, bob) => bob.post(`/user/${alice.id}/hide/`))).toBe('403, 0 sent')
  expect(await asked((alice, bob) => alice.post(`/user/${bob.id}/hide/`))).toBe('403, 0 sent')
  expect(await asked((_, bob) => leave(bob))).toBe('404, 0 sent')
  expect(await asked((alice) => leave(alice))).toBe('401, 0 sent')
  expect(await asked(() => world.set({ follow_enabled: true }))).toBe('400, 0 sent')
  await world.set({ connection_request_daily_quota: 0 })
})

test('of many requests at the same moment, only as many as the quota are sent', async () => {
  await world.set({ follow_enabled: false, connection_request_daily_quota: 3 })
  const [alice, ...others] = (await gather(5)).concat(await gather(5)) as [Person, ...Person[]]
  await world.told()
  const answers = await holding(alice.id, () =>
    Promise.all(others.map((other) => alice.post(`/user/${other.id}/connection/request/`))),
  )
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 429, 429, 429, 429, 429, 429])
  expect((await world.told()).map((event) => event.type)).toEqual(Array(3).fill('connection_request.created'))
  expect(await findDrift(world.db)).toEqual([])
  await world.set({ connection_request_daily_quota: 0 })
})
