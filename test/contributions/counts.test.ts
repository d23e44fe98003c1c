import { afterEach, beforeEach, describe, expect, onTestFailed, test } from 'vitest'
import { findCommentDrift } from '../../src/comments/recount.ts'
import { changeOptions } from '../../src/community/options.ts'
import { createCommunityState } from '../../src/community/state.ts'
import { findDrift } from '../../src/connections/recount.ts'
import { createContribution } from '../../src/contributions/create.ts'
import { deleteContribution } from '../../src/contributions/delete.ts'
import { kinds as all } from '../../src/contributions/kinds.ts'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { findAddressedDrift } from '../../src/contributions/recount-addressed.ts'
import { targets } from '../../src/contributions/target.ts'
import { updateContribution } from '../../src/contributions/update.ts'
import { flag } from '../../src/marks/flag.ts'
import { toggleHidden } from '../../src/marks/hide.ts'
import { findReactionDrift } from '../../src/marks/recount.ts'
import { toggle } from '../../src/marks/toggle.ts'
import { vote } from '../../src/marks/vote.ts'
import { findNotificationDrift } from '../../src/notifications/recount.ts'
import type { Refusal } from '../../src/platform/errors.ts'
import { findStale } from '../../torture/stale.ts'
import { inFull, often, seedOr, within } from '../support/soak.ts'
import { type Answer, createWorld, type Person, type World, walk } from '../support/world.ts'
import {
  type Act,
  asRows,
  brief,
  type Community,
  countComments,
  isListed,
  isSaid,
  isShown,
  type Kind,
  kinds,
  known,
  play,
  plural,
  published,
  readRows,
  type Said,
  sorted,
  startDrawing,
  startReplay,
  type Thing,
  talking,
  wire,
} from './model.ts'

const { post } = all

const seed = seedOr(2_718_281)

let world: World
let people: Map<number, Person>
let tags: number[]
beforeEach(async () => {
  onTestFailed(() => console.error(`It failed with SEED=${seed}`))
  world = await createWorld()
  people = new Map([world.alice, world.bob, world.carla].map((person) => [person.id, person]))
  for (const name of ['dan', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'mallory', 'oscar']) {
    const person = await world.join(name)
    people.set(person.id, person)
  }
  tags = []
  for (const name of ['Regulars', 'Cooks', 'Night owls']) {
    const { body } = await world.admin.post('/tag/', { type: 'user', name })
    tags.push(body.id)
    for (const { id } of [...people.values()].filter((_, i) => i % 3 === tags.length - 1 || i % 4 === 0))
      await world.admin.post(`/tag/${body.id}/add/`, { user: id })
  }
  await world.told()
})
afterEach(() => world.end())

function perform(act: Act): Promise<Answer> {
  const { method, path, body } = wire(act)
  const who = act.by ? (people.get(act.by) as Person) : world.admin
  if (method === 'PATCH') return who.patch(path, body)
  return method === 'POST' ? who.post(path, body) : method === 'PUT' ? who.put(path, body) : who.delete(path)
}

const begin = async (): Promise<Community> => ({
  ...{ here: new Set(people.keys()), hides: new Set(), things: new Map(), comments: new Map() },
  circles: await readCircles(),
})
/** The tags as the tables have them, and who has them. */
async function readCircles(): Promise<Community['circles']> {
  const rows = await world.db.query<{ id: number; active: boolean; deleted: boolean; has: number[] }>(
    `select id, active, deleted, array(select u.id from users u where t.id = any(u.tag_ids)) as has from tag t
     where id = any($1::bigint[])`,
    [tags],
  )
  return new Map(rows.map(({ id, active, deleted, has }) => [id, { active, deleted, has: new Set(has) }]))
}
const saidIn = ({ comments }: Community) => [...comments].map(([id, { on, author }]) => ({ id, on, author }))
/** Nothing that is counted has drifted. */
const expectNoDrift = async (when = '') => {
  for (const find of [
    findContributionDrift,
    findAddressedDrift,
    findCommentDrift,
    findReactionDrift,
    findNotificationDrift,
    findStale,
  ])
    expect(await find(world.db), when).toEqual([])
}
type Listed = { id: number; added_at: string; author: { id: number } }
/** Oldest first, by when each began: of two at once, the one with the lower id may be the later. */
const expectInOrder = (results: Listed[], what: string) => {
  const order = results.map(({ added_at, id }) => `${added_at} ${String(id).padStart(12, '0')}`)
  expect(order, what).toEqual([...order].sort())
}

type Counted = { reactions_count: { count: number; reaction: { id: number } }[] }
const countsOf = ({ reactions_count }: Counted) => reactions_count.map(({ count, reaction }) => [reaction.id, count])
/** How often each reaction is voted with, the most frequent first. */
const countVotes = (votes: Map<number, number>) =>
  [...Map.groupBy(votes.values(), (reaction) => reaction)]
    .map(([id, each]) => [id, each.length])
    .sort(([one = 0, n = 0], [two = 0, m = 0]) => m - n || one - two)

/** What is said about a contribution, to everybody: as much as each may see, and as much as it says. */
async function lookAtThread(community: Community, id: number, thing: Thing, viewers: Person[]): Promise<void> {
  const { comments } = community
  const under = (parent: number | null) => [...comments].filter(([, said]) => said.on === id && said.parent === parent)
  if (!under(null).length) return
  for (const viewer of viewers) {
    const staff = viewer === world.admin
    if (!isShown(community, thing, viewer.id, staff)) {
      expect((await viewer.get(`/comment/?${thing.kind}=${id}`)).status).toBe(404)
      continue
    }
    const seen = (parent: number | null) =>
      under(parent).flatMap(([id, said]) => (isSaid(community, said, viewer.id, staff) ? [id] : []))
    const { count, results } = await walk(viewer, `/comment/?${thing.kind}=${id}&limit=3`)
    const what = `on ${id} for ${viewer.username || 'a visitor'}`
    expectInOrder(results as Listed[], what)
    expect([count, sorted(results.map(({ id }) => id))], what).toEqual([seen(null).length, sorted(seen(null))])
    for (const shown of results as unknown as (Counted & { id: number; comment_count: number })[]) {
      const { votes } = comments.get(shown.id) as Said
      expect(countsOf(shown)).toEqual(countVotes(votes))
      expect(shown.comment_count).toBe(under(shown.id).filter(([, { deleted }]) => !deleted).length)
      if (!under(shown.id).length) continue
      const replies = await walk(viewer, `/comment/?${thing.kind}=${id}&parent=${shown.id}`)
      expectInOrder(replies.results as Listed[], `under ${shown.id} ${what}`)
      expect(sorted(replies.results.map(({ id }) => id))).toEqual(sorted(seen(shown.id)))
      expect(replies.count).toBe(seen(shown.id).length)
    }
  }
}

/** The feeds of all, and of one author, as long as they say, and in their order. */
async function lookAtFeeds(viewer: Person, listed: [number, Thing][]): Promise<void> {
  const owner = listed[0]?.[1].author
  for (const [path, of] of [
    ['/feed/explore/?limit=7', listed],
    [`/user/${owner}/feed/?limit=7`, listed.filter(([, { author }]) => author === owner)],
  ] as const) {
    const { status } = await viewer.get(path)
    // Of one who has left there is none.
    if (status === 404) continue
    const { count, results } = await walk(viewer, path)
    const shown = (results as unknown as Record<string, Listed>[]).map((unit) => unit[unit.type as unknown as string])
    const what = `${path} for ${viewer.username || 'a visitor'}`
    expectInOrder((shown as Listed[]).reverse(), what)
    expect(sorted((shown as Listed[]).map(({ id }) => id)), what).toEqual(sorted(of.map(([id]) => id)))
    expect(count, what).toBe(of.length)
  }
}

/** Every list of a kind, for everybody: as long as it says, in its order, and of what they may see. */
async function lookAround(community: Community): Promise<void> {
  const { here, things } = community
  // Whoever is drawn first differs with what was done; in the soak it is everybody.
  const viewers = [...here].map((id) => people.get(id) as Person).slice(0, inFull ? people.size : 3)
  for (const viewer of [...viewers, world.admin, world.visitor]) {
    const staff = viewer === world.admin
    const listed = [...things].filter(([, thing]) => isListed(community, thing, viewer.id, staff))
    await lookAtFeeds(viewer, listed)
    for (const kind of kinds) {
      const wanted = sorted(listed.flatMap(([id, thing]) => (thing.kind === kind ? [id] : [])))
      const lists = { '': wanted, 'search/?search=good%20mor': wanted } as Record<string, number[]>
      if (viewer !== world.visitor) {
        lists['uncommented/'] = wanted.filter((id) => !countComments(community.comments, id))
        lists['following/'] = wanted.filter((id) => things.get(id)?.follows.has(viewer.id))
        lists['suspended/'] = wanted.filter((id) => things.get(id)?.suspends.has(viewer.id))
      }
      for (const [list, ids] of Object.entries(lists)) {
        for (const limit of [3, 100]) {
          const path = `/${kind}/${list}${list.includes('?') ? '&' : '?'}limit=${limit}`
          const { count, results } = await walk(viewer, path)
          const what = `${path} for ${viewer.username || 'a visitor'}`
          expect(sorted(results.map(({ id }) => id)), what).toEqual(ids)
          expect(count, what).toBe(ids.length)
          if (list === '') expectInOrder((results as Listed[]).reverse(), what)
        }
      }
    }
  }
  for (const [id, thing] of things) {
    const path = `/${thing.kind}/${id}/`
    for (const viewer of [...viewers, world.admin, world.visitor]) {
      const { status, body, text } = await viewer.get(path)
      const shown = isShown(community, thing, viewer.id, viewer === world.admin)
      expect(status, `${path} for ${viewer.username || 'a visitor'} ${text}`).toBe(shown ? 200 : 404)
      if (!shown) continue
      expect(body).toMatchObject({
        vote_count: thing.votes.size,
        follower_count: thing.follows.size,
        flag_count: thing.flags.size,
        voted: thing.votes.has(viewer.id),
        followed: thing.follows.has(viewer.id),
        suspended: thing.suspends.has(viewer.id),
        deleted: thing.deleted,
        comment_count: countComments(community.comments, id),
        reaction: thing.votes.has(viewer.id) ? { id: thing.votes.get(viewer.id) } : null,
      })
      expect(countsOf(body)).toEqual(countVotes(thing.votes))
    }
    await lookAtThread(community, id, thing, [...viewers.slice(0, inFull ? 99 : 2), world.admin, world.visitor])
    const flags = await walk(world.admin, `${path}flag/?limit=3`)
    expect([flags.count, flags.results.length], `flags of ${path}`).toEqual([thing.flags.size, thing.flags.size])
    for (const reaction of [null, 1, 2, 3]) {
      const votes = await walk(world.admin, `${path}vote/?limit=3${reaction ? `&reaction=${reaction}` : ''}`)
      const wanted = [...thing.votes.values()].filter((each) => reaction === null || each === reaction).length
      expect([votes.count, votes.results.length], `votes ${reaction} of ${path}`).toEqual([wanted, wanted])
    }
  }
}

test(
  'whatever members do, one after the other, is answered and told as the rules say',
  async () => {
    const community = await begin()
    const draw = startDrawing(seed, [...people.keys()], talking, tags)
    const replay = startReplay()
    const answers = new Map<string, number>()
    for (let i = 0; i < often(1_000); i++) {
      const act = draw(known(community), undefined, saidIn(community))
      const what = `act ${i}: ${JSON.stringify(act)}`
      const { answer, tells } = play(community, act)
      const { status, body, text } = await perform(act)
      const [error] = body?.errors ?? []
      const code = status >= 400 ? ` ${error?.code ?? error?.messages?.[0]?.code}` : ''
      expect(`${status}${code}`, `${what} ${text}`).toBe(answer)
      if (act.does === 'create' && status === 201) {
        community.things.set(body.id, published(act.kind, act.by, act.text, act.to))
        tells[0] += ` ${body.id}`
      }
      if (act.does === 'comment' && status === 201) {
        const { by, on, parent } = act
        community.comments.set(body.id, { on, author: by, parent, deleted: false, votes: new Map() })
        tells[0] += ` ${body.id}`
      }
      const told = await world.told()
      expect(told.map(brief), what).toEqual(tells)
      for (const event of told) replay.hear(event)
      const rule = `${act.does} ${answer}`
      answers.set(rule, (answers.get(rule) ?? 0) + 1)
    }
    expect(await readRows(world.db)).toEqual(asRows(community))
    await expectNoDrift()
    expect(await findDrift(world.db)).toEqual([])
    await lookAround(community)
    // It was not always the same that happened.
    expect([...answers.keys()].length).toBeGreaterThan(30)
  },
  within(120_000),
)

test(
  'whatever members do at the same moment, the counts are those of what was done',
  async () => {
    const draw = startDrawing(seed + 1, [...people.keys()], talking, tags)
    const saids: { id: number; on: number; author: number }[] = []
    const replay = startReplay()
    const made: { id: number; kind: Kind; author: number }[] = []
    const done: { act: Act; status: number; id?: number }[] = []
    for (let i = 0; i < often(50); i++) {
      const acts = Array.from({ length: 20 }, () => draw(made, undefined, saids))
      // Some do the same twice at the same moment.
      acts.push(acts[0] as Act, acts[1] as Act)
      const answers = await Promise.all(acts.map(perform))
      for (const [j, { status, body, text }] of answers.entries()) {
        const act = acts[j] as Act
        expect(status, `${JSON.stringify(act)} ${text}`).toBeLessThan(500)
        done.push({ act, status, id: body?.id })
        if (act.does === 'comment' && status === 201) saids.push({ id: body.id, on: act.on, author: act.by })
        if (act.does === 'create' && status === 201) made.push({ id: body.id, kind: act.kind, author: act.by })
      }
      if (inFull || i % 10 === 9) await expectNoDrift(`after burst ${i}`)
    }
    await expectNoDrift()
    expect(await findDrift(world.db)).toEqual([])

    const told = await world.told()
    for (const event of told) replay.hear(event)
    const events = Map.groupBy(told.map(brief), (each) => each)
    const heard = (name: string) => events.get(name)?.length ?? 0
    const times2xx = (fits: (act: Act) => boolean) => done.filter(({ act, status }) => status < 300 && fits(act)).length

    // What the answers imply, and the events tell, in the words of the model.
    const community = await begin()
    for (const { act, status } of done) if (act.does === 'leave' && status === 204) community.here.delete(act.by)
    expect(told.filter(({ type }) => type === 'user.deleted').length).toBe(people.size - community.here.size)
    for (const one of community.here)
      for (const two of people.keys()) {
        const switched = times2xx((act) => act.does === 'hide member' && act.by === one && act.to === two)
        if (switched % 2) community.hides.add(`${one} ${two}`)
      }
    const rows = (await readRows(world.db)) as Map<
      number,
      ReturnType<typeof asRows> extends Map<number, infer Row> ? Row : never
    >
    expect(sorted(rows.keys())).toEqual(sorted(made.map(({ id }) => id)))
    for (const { id, kind, author } of made) {
      const believed = replay.things.get(id)
      const row = rows.get(id)
      if (!believed || !row) throw new Error(`${kind} ${id} was never told of, or is not there`)
      const thing = published(kind, author, row.text, row.to)
      community.things.set(id, thing)
      const on = (does: Act['does'], by: number) =>
        times2xx((act) => act.does === does && 'on' in act && act.on === id && act.by === by)
      const what = `${kind} ${id}`
      thing.deleted = believed.deleted
      expect(heard(`${kind}.deleted ${id}`), what).toBe(on('delete', author))
      expect(heard(`${kind}.restored ${id}`), what).toBe(on('restore', author))
      expect(heard(`${kind}.updated ${id}`), what).toBeLessThanOrEqual(on('update', author))
      const texts = done.filter(
        ({ act, status, id: created }) =>
          status < 300 && ((act.does === 'update' && act.on === id) || (act.does === 'create' && created === id)),
      )
      expect(texts.map(({ act }) => 'text' in act && act.text)).toContain(row.text)
      for (const by of people.keys()) {
        const mark = `${id} by ${by}`
        for (const [does, set, since] of [
          ['follow', thing.follows, believed.follows],
          ['suspend', thing.suspends, believed.suspends],
        ] as const) {
          const switched = on(does, by)
          const [begun, ended] = [heard(`${kind}.${does} ${mark}`), heard(`${kind}.un${does} ${mark}`)]
          expect([begun, ended], `${does} of ${mark}`).toEqual([Math.ceil(switched / 2), Math.floor(switched / 2)])
          expect(since.has(by)).toBe(switched % 2 === 1)
          if (switched % 2) set.add(by)
        }
        const votes = on('vote', by)
        const [voted, unvoted] = [heard(`vote.created ${mark}`), heard(`vote.deleted ${mark}`)]
        expect(voted + unvoted, `votes of ${mark}`).toBeGreaterThanOrEqual(votes)
        expect(voted + unvoted, `votes of ${mark}`).toBeLessThanOrEqual(2 * votes)
        expect(voted - unvoted, `votes of ${mark}`).toBe(believed.votes.has(by) ? 1 : 0)
        if (believed.votes.has(by)) thing.votes.set(by, row.votes.find(([voter]) => voter === by)?.[1] ?? 0)
        if (on('hide', by) % 2) thing.hidden.add(by)
        if (on('flag', by)) thing.flags.set(by, row.flags.find(([flagger]) => flagger === by)?.[1] ?? -1)
      }
    }
    const voted = await world.db.query<{ id: number; member_id: number; reaction: number }>(
      'select target_id as id, member_id, reaction from mark where kind = 16 and reaction is not null',
    )
    expect(sorted(replay.comments.keys())).toEqual(sorted(saids.map(({ id }) => id)))
    for (const [id, { on, author, parent, deleted, votes }] of replay.comments) {
      const mine = voted.filter((vote) => vote.id === id)
      expect(sorted(mine.map(({ member_id }) => member_id))).toEqual(sorted(votes))
      const kept = new Map(mine.map(({ member_id, reaction }) => [member_id, reaction]))
      community.comments.set(id, { on, author, parent, deleted, votes: kept })
    }
    expect(rows).toEqual(asRows(community))
    for (const [id, { updated }] of replay.things)
      expect(updated).toBe(heard(`${replay.things.get(id)?.kind}.updated ${id}`))
    for (const id of people.keys()) {
      const { body } = await world.admin.get(`/user/${id}/`)
      for (const kind of kinds)
        if (community.here.has(id))
          expect(body[`${plural[kind]}_counter`]).toBe(replay.counters.get(`${id} ${kind}`) ?? 0)
    }
    await lookAround(community)
  },
  within(120_000),
)

describe('what does not agree', () => {
  test.each([
    ['update contribution set vote_count = 7', /^vote_count of contribution \d+ of \d+ is 7, not 1$/],
    ['update contribution set follower_count = 0', /^follower_count of contribution \d+ of \d+ is 0, not 1$/],
    ['update contribution set flag_count = 2', /^flag_count of contribution \d+ of \d+ is 2, not 1$/],
    [`update users set posts = 4 where username = 'alice'`, /^posts of \d+ is 4, not 1$/],
    [`update users set statuses = 1 where username = 'dan'`, /^statuses of \d+ is 1, not 0$/],
    [
      'update contribution_total set n = n + 1 where kind = 2 and part = 15',
      /^total of kind 2, part 15 of 0 is 1, not 0$/,
    ],
    ['update contribution_total set uncommented = 0', /^total uncommented of kind 2, part \d+ of 0 is 0, not 1$/],
    ['delete from contribution_total where kind = 2', /^total( uncommented)? of kind 2, part \d+ of 0 is 0, not 1$/],
    ['update mark set kind = 3', /^kind of the marks of contribution \d+ of \d+ is 2, not 3$/],
    ['update mark set follow_place = null', /^broken marks of contribution \d+ of \d+ is 0, not 1$/],
  ])('is found: %s', async (sql, says) => {
    const { alice, bob } = world
    const { body } = await alice.post('/post/', { text: 'Good morning' })
    for (const act of ['follow', 'vote']) await bob.post(`/post/${body.id}/${act}/`)
    await bob.post(`/post/${body.id}/flag/`, 1)
    expect(await findContributionDrift(world.db)).toEqual([])
    await world.db.query(sql)
    const drift = await findContributionDrift(world.db)
    expect(drift.length).toBeGreaterThan(0)
    for (const { what, member, kept, counted } of drift)
      expect(`${what} of ${member} is ${kept}, not ${counted}`).toMatch(says)
  })
})

test('who has left, or was blocked, meanwhile does nothing more, though another node still knows them as they were', async () => {
  const { alice, bob, kith, db } = world
  const [{ id }, { id: own }] = [
    (await alice.post('/post/', { text: 'Good morning' })).body,
    (await bob.post('/post/', { text: 'Good evening' })).body,
  ]
  const actor = { id: bob.id, role: null, status: 'a' } as const
  const ctx = { kith, db, actor, community: kith.community.current(), now: kith.clock.now() }
  const acts = {
    create: () => createContribution(ctx, post, { text: 'x' }),
    update: () => updateContribution(ctx, post, own, { text: 'x' }),
    delete: () => deleteContribution(ctx, post, own),
    vote: () => vote(ctx, targets.post, id, 1),
    flag: () => flag(ctx, targets.post, id, 1),
    follow: () => toggle(ctx, targets.post, id, 'follow'),
    suspend: () => toggle(ctx, targets.post, id, 'suspend'),
    hide: () => toggleHidden(ctx, targets.post, id),
  }
  const statuses = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(acts).map(async ([name, act]) => [
          name,
          await act().then(
            () => 204,
            (error: Refusal) => error.status,
          ),
        ]),
      ),
    )
  await db.query(`update users set status = 'b' where id = $1`, [bob.id])
  expect(await statuses()).toEqual({
    ...{ create: 403, update: 403, delete: 403, vote: 403, flag: 403, follow: 204, suspend: 204, hide: 204 },
  })
  await bob.delete(`/user/${bob.id}/`)
  await world.told()
  expect(Object.values(await statuses())).toEqual(Object.keys(acts).map(() => 401))
  expect(await world.told()).toEqual([])
})

describe('an option that another node has changed', () => {
  /** Alice's post, Bob's, and Bob's acts, on a node that has not heard of what was changed since. */
  async function onStaleNode(changed: Record<string, unknown>) {
    const { alice, bob, kith, db } = world
    const [id, own] = [
      (await alice.post('/post/', { text: 'Good morning' })).body.id,
      (await bob.post('/post/', { text: 'Good evening' })).body.id,
    ]
    const actor = { id: bob.id, role: null, status: 'a' } as const
    const ctx = { kith, db, actor, community: kith.community.current(), now: kith.clock.now() }
    await changeOptions({ ...kith, community: await createCommunityState(db) }, kith.clock.now(), changed)
    await world.told()
    const why = async (act: Promise<unknown>) => {
      const error = await act.then(
        () => null,
        (error: Refusal) => error,
      )
      return error && [error.status, (error.errors[0] as { code: string }).code]
    }
    return { ctx, id, own, why }
  }

  test('holds: of a kind that is off now nothing is done', async () => {
    const { ctx, id, own, why } = await onStaleNode({ post_type_enabled: false })
    for (const act of [
      () => createContribution(ctx, post, { text: 'x' }),
      () => updateContribution(ctx, post, own, { text: 'x' }),
      () => deleteContribution(ctx, post, own),
      () => vote(ctx, targets.post, id, 1),
      () => flag(ctx, targets.post, id, 1),
      () => toggle(ctx, targets.post, id, 'follow'),
      () => toggle(ctx, targets.post, id, 'suspend'),
      () => toggleHidden(ctx, targets.post, id),
    ])
      expect(await why(act()), String(act)).toEqual([403, 'type_disabled'])
    expect(await world.told()).toEqual([])
    expect(await findContributionDrift(world.db)).toEqual([])
  })

  test('holds for what is written, too, and what it allows is done', async () => {
    const { ctx, id, own, why } = await onStaleNode({ post_only_staff_enabled: true })
    expect(await why(createContribution(ctx, post, { text: 'x' }))).toEqual([403, 'only_staff'])
    expect(await why(updateContribution(ctx, post, own, { text: 'x' }))).toEqual([403, 'only_staff'])
    expect(await why(vote(ctx, targets.post, id, 1))).toBe(null)
    expect((await world.told()).map(({ type }) => type)).toEqual(['vote.created'])
  })
})
