import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { feedOrderings, listCategoryFeed } from '../../src/contributions/feed.ts'
import { kinds } from '../../src/contributions/kinds.ts'
import { listContributions } from '../../src/contributions/lists.ts'
import { publishDue } from '../../src/contributions/publish.ts'
import { contributionRepairs, findContributionDrift } from '../../src/contributions/recount.ts'
import { addressedRepairs, findAddressedDrift } from '../../src/contributions/recount-addressed.ts'
import { findCarriedDrift } from '../../src/contributions/recount-carried.ts'
import { addressedCountSql, unseenCte, unseenHere } from '../../src/contributions/seen.ts'
import { listExplore, listOfMember } from '../../src/feeds/lists.ts'
import { orderings } from '../../src/feeds/order.ts'
import type { Drift, Repair } from '../../src/platform/db/repair.ts'
import type { PageRequest } from '../../src/platform/http/page.ts'
import { takeUsual } from '../../src/platform/sql/usual.ts'
import { dice } from '../../torture/storm.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type Told, type World, walk } from '../support/world.ts'
import { finds, type Places, wordOf, write } from './places.ts'

// What is addressed by tags is for its author, for who has one of them, and for who moderates; for others there is nothing.

let world: World
let mona: Person
beforeAll(async () => {
  world = await createWorld()
  await world.set({ share_post_enabled: true, polls_enabled: true, scheduled_posts_enabled: true })
  mona = await world.join('mona')
  await world.db.query(`update users set role = 'moderator' where id = $1`, [mona.id])
})
const expectNoDrift = async () => {
  for (const find of [findContributionDrift, findCarriedDrift, findAddressedDrift])
    expect(await find(world.db)).toEqual([])
}
const repairs: Record<string, Repair> = { ...contributionRepairs, ...addressedRepairs }
async function repairAll(drift: Drift[]): Promise<void> {
  for (const { repair, of } of drift) await world.db.transaction((tx) => (repairs[repair as string] as Repair)(tx, of))
}
afterAll(async () => {
  await expectNoDrift()
  await world.end()
})

let made = 0
const makeTag = async (more: object = {}): Promise<number> =>
  (await ok(world.admin.post('/tag/', { type: 'user', name: `Circle ${++made}`, ...more }))).body.id
const give = (tag: number, who: Person) => ok(world.admin.post(`/tag/${tag}/add/`, { user: who.id }))
const take = (tag: number, who: Person) => ok(world.admin.post(`/tag/${tag}/remove/`, { user: who.id }))
const publish = async (who: Person, more: object, kind = 'post') =>
  (await ok(who.post(`/${kind}/`, { text: '<p>A quagga</p>', title: 'Quaggas', ...more }))).body
const faultOf = ({
  status,
  body,
}: {
  status: number
  body: { errors: { field: string; messages: { code: string }[] }[] }
}) => [status, body.errors[0]?.field, body.errors[0]?.messages[0]?.code]

const recipientsOf = (told: Told[]) => told.map(({ data }) => (data as unknown as { recipients: number[] }).recipients)

/** Of all that Alice writes, where what she addressed could be found: not what she says to others, nor her own page. */
const only = ({ lists, addresses, ...rest }: Places, alice: Person): Places => ({
  ...rest,
  lists: lists.filter((path) => !/^\/comment\/|\/shares\/$/.test(path)),
  addresses: addresses.filter((path) => path.includes(`${rest.id}`) && !path.startsWith(`/user/${alice.id}/`)),
  names: [],
})

test('what is addressed by a tag is found by nobody without it, in anything; and at once by who is given it', async () => {
  const [alice, bob, carla] = await world.strangers()
  const [tag, other] = [await makeTag(), await makeTag()]
  for (const who of [alice, bob]) await give(tag, who)
  for (const who of [bob, carla]) await give(other, who)
  const places = only(await write(world, alice, carla, [bob], { addressing: [tag] }), alice)
  expect(await finds(bob, alice, places)).toBe(true)
  await take(tag, bob)
  expect(await finds(bob, alice, places)).toBe(false)
  await give(tag, bob)
  // A tag that is out of use lets nobody in; one that others do not see who has it lets in as any other.
  await ok(world.admin.patch(`/tag/${tag}/`, { active: false }))
  expect(await finds(bob, alice, places)).toBe(false)
  await ok(world.admin.patch(`/tag/${tag}/`, { active: true, visible: false }))
  expect(await finds(bob, alice, places)).toBe(true)
  await ok(world.admin.patch(`/tag/${tag}/`, { deleted: true }))
  expect((await bob.get(`/post/${places.id}/`)).status).toBe(404)
  await ok(world.admin.patch(`/tag/${tag}/`, { deleted: false }))

  // Those who moderate see it; a visitor does not.
  for (const path of places.lists.filter((path) => path !== '/post/following/' && path !== '/feed/'))
    expect((await mona.get(path)).text, path).toContain(wordOf(alice))
  for (const path of places.addresses) expect((await mona.get(path)).status, path).toBe(200)
  for (const path of [...places.lists, ...places.addresses]) {
    const { status, text } = await world.visitor.get(path)
    expect([401, 404].includes(status) || !text.includes(wordOf(alice)), path).toBe(true)
  }
  // Her own feed is as long for everybody as they see of it.
  const feed = `/user/${alice.id}/feed/`
  for (const [who, n] of [
    [bob, 2],
    [carla, 0],
    [mona, 2],
    [alice, 2],
    [world.visitor, 0],
  ] as const)
    expect((await who.get(feed)).body, who.username).toMatchObject({ count: n, results: { length: n } })
  // Nothing of her shares shows among those of what she shared.
  expect((await alice.get(`/post/${places.hers}/`)).body.share_count).toBe(0)
  expect((await bob.get(`/post/${places.hers}/shares_users/`)).body.count).toBe(0)
  await world.told()
})

test('in follow mode, who follows somebody is told and shown nothing of theirs that is addressed to others', async () => {
  await world.set({ follow_enabled: true, 'kith.new_contribution_notification_enabled': true })
  const [alice, bob, carla] = await world.strangers()
  const tag = await makeTag()
  for (const who of [alice, bob]) await give(tag, who)
  for (const who of [bob, carla]) await ok(who.post(`/user/${alice.id}/follow/`))
  await world.notified()
  const { id } = await publish(alice, { addressing: [tag] })
  expect(recipientsOf(await world.notified())).toEqual([[bob.id]])
  const sees = async (who: Person) => JSON.stringify((await ok(who.get('/feed/'))).body).includes(`"id":${id},`)
  expect([await sees(bob), await sees(carla)]).toEqual([true, false])
  expect((await carla.get('/feed/unseen/count/')).body.total).toBe(0)
  await world.set({ follow_enabled: false, 'kith.new_contribution_notification_enabled': false })
  await world.told()
})

describe('acts on what is addressed to others', () => {
  test('are refused as on what is not there; and they are told of nothing', async () => {
    const [alice, bob, carla] = await world.strangers()
    const tag = await makeTag()
    for (const who of [alice, carla]) await give(tag, who)
    await world.notified()
    const mention = `<p>Look <mention id="${bob.id}">@bob</mention> <mention id="${carla.id}">@carla</mention></p>`
    const { id } = await publish(alice, { text: mention, addressing: [tag] })
    expect(recipientsOf(await world.notified())).toEqual([[carla.id]])
    const comment = (await ok(carla.post('/comment/', { post: id, text: mention }))).body.id
    expect(recipientsOf(await world.notified())).toEqual([[alice.id]])
    for (const act of ['vote', 'follow', 'suspend', 'flag', 'hide'])
      expect((await bob.post(`/post/${id}/${act}/`, { flag_type: 1 })).status, act).toBe(404)
    for (const act of ['flag', 'vote', 'shares', 'shares_users', 'contributors', 'related', 'export'])
      expect([403, 404], act).toContain((await bob.get(`/post/${id}/${act}/`)).status)
    expect((await bob.post('/comment/', { post: id, text: 'I?' })).status).toBe(404)
    for (const act of ['vote', 'flag']) {
      expect((await bob.post(`/comment/${comment}/${act}/`, { flag_type: 1 })).status, act).toBe(404)
      expect([403, 404], act).toContain((await bob.get(`/comment/${comment}/${act}/`)).status)
    }
    expect((await bob.post('/media/', { type: 'share', shared_object: id })).status).toBe(400)
    expect((await bob.put(`/post/${id}/`, { text: 'Mine' })).status).toBe(404)
    expect((await bob.delete(`/post/${id}/`)).status).toBe(404)
    expect(await world.told()).toEqual([])

    // Carla shares it with all: what she shares is named, and shows nothing.
    const share = (await ok(carla.post('/media/', { type: 'share', shared_object: id }))).body.id
    const shared = await publish(carla, { text: 'See', medias: [share] })
    const seen = await ok(bob.get(`/post/${shared.id}/`))
    expect(seen.body.medias[0].embed.metadata).toMatchObject({ id, type: 'post' })
    expect(seen.text).not.toContain('Look')

    // Who loses the tag no longer finds what they were told of, nor what they said; who gets it, does.
    await take(tag, carla)
    expect((await carla.get('/notification/')).text).not.toContain('Look')
    expect((await carla.get(`/comment/${comment}/`)).status).toBe(404)
    expect((await carla.get(`/comment/?user=${carla.id}`)).body).toMatchObject({ count: 0, results: [] })
    await give(tag, carla)
    expect((await carla.get('/notification/')).text).toContain('Look')
    expect((await carla.get(`/comment/?user=${carla.id}`)).body.count).toBe(1)
    await world.told()
  })
})

describe('the tags that something is addressed by', () => {
  test('are shown to those who may know them, and told to receivers by their ids', async () => {
    const [alice, bob] = await world.strangers()
    const [open, secret] = [await makeTag(), await makeTag({ visible: false })]
    for (const tag of [open, secret]) await give(tag, alice)
    await give(open, bob)
    await world.told()
    const offered = async (who: Person) =>
      (await ok(who.get('/user/tag/tags_to_address_a_contribution/'))).body.map(({ id }: { id: number }) => id)
    expect(await offered(alice)).toEqual([open, secret])
    expect(await offered(bob)).toEqual([open])
    expect(await offered(mona)).toEqual(expect.arrayContaining([open, secret]))
    expect((await world.visitor.get('/user/tag/tags_to_address_a_contribution/')).status).toBe(401)
    for (const kind of ['status', 'post', 'discussion']) {
      const { id, addressing } = await publish(alice, { addressing: [secret, open, open] }, kind)
      expect(addressing.map((tag: { id: number }) => tag.id)).toEqual([open, secret])
      expect((await bob.get(`/${kind}/${id}/`)).body.addressing).toMatchObject([{ id: open, color: '#dddddd' }])
      expect(await world.told()).toMatchObject([{ type: `${kind}.created`, data: { id, addressing: [open, secret] } }])
      await ok(alice.post(`/${kind}/${id}/vote/`).then(() => bob.post(`/${kind}/${id}/vote/`)))
      expect((await world.told()).map(({ data }) => data)).toContainEqual(
        expect.objectContaining({ [kind]: expect.objectContaining({ addressing: [open, secret] }) }),
      )
    }
  })

  test('are one’s own, or any to those who moderate; whatever else is sent is refused, and nothing is done', async () => {
    const [alice, bob] = await world.strangers()
    const [hers, his, idle] = [await makeTag(), await makeTag({ visible: false }), await makeTag()]
    await give(hers, alice)
    await give(idle, alice)
    await give(his, bob)
    await ok(world.admin.patch(`/tag/${idle}/`, { active: false }))
    const category = (await ok(world.admin.post('/tag/', { type: 'category', name: `For ${alice.id}` }))).body.id
    await world.told()
    const send = (addressing: unknown) => alice.post('/post/', { text: 'x', addressing })
    // Nobody learns whether there is a tag that is not theirs.
    for (const each of [his, idle, category, 999_999])
      expect(faultOf(await send([hers, each]))).toEqual([400, 'addressing', 'unknown'])
    for (const each of [['x'], [0], [-1], [1.5], ['1; drop table tag'], [{}], {}, 'x', [hers, null], [2 ** 60]])
      expect((await send(each)).status, JSON.stringify(each)).toBe(400)
    expect(faultOf(await send(Array.from({ length: 10_000 }, (_, n) => n + 1)))[0]).toBe(400)
    expect(await world.told()).toEqual([])
    for (const each of [null, [], undefined]) expect((await ok(send(each))).body.addressing).toEqual([])
    expect((await ok(mona.post('/post/', { text: 'x', addressing: [his] }))).body.addressing).toMatchObject([
      { id: his },
    ])
    const refused = await alice.post('/post/', { text: 'x', recipients: ['bob'], tags: [hers] })
    expect(refused.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual(['recipients', 'tags'])
    await world.told()
  })

  test('are required where the community says so', async () => {
    const [alice] = await world.strangers()
    const tag = await makeTag()
    await give(tag, alice)
    await world.set({ post_addressing_required_enabled: true })
    expect(faultOf(await alice.post('/post/', { text: 'x' }))).toEqual([400, 'addressing', 'required'])
    await publish(alice, { addressing: [tag] })
    await world.set({ post_addressing_required_enabled: false })
    await world.told()
  })

  test('change with an update, which may keep what its author has lost; what is sent back stays addressed', async () => {
    const [alice, bob] = await world.strangers()
    const [tag, other] = [await makeTag(), await makeTag()]
    for (const each of [tag, other]) await give(each, alice)
    await give(other, bob)
    const { id } = await publish(alice, { addressing: [tag] })
    const sees = async () => (await bob.get(`/post/${id}/`)).status === 200
    expect(await sees()).toBe(false)
    await take(tag, alice)
    await ok(world.admin.patch(`/tag/${tag}/`, { deleted: true }))
    await world.told()
    // As the composer does: what it was shown, it sends.
    const shown = (await alice.get(`/post/${id}/`)).body.addressing.map((each: { id: number }) => each.id)
    expect(shown).toEqual([tag])
    await ok(alice.put(`/post/${id}/`, { text: 'Okapi', addressing: shown }))
    expect(await world.told()).toMatchObject([{ type: 'post.updated', data: { id, addressing: [tag] } }])
    await ok(alice.put(`/post/${id}/`, { text: 'Okapi', addressing: shown }))
    expect(await world.told()).toEqual([])
    await ok(alice.put(`/post/${id}/`, { text: 'Okapi', addressing: [tag, other] }))
    expect(await sees()).toBe(true)
    await ok(alice.put(`/post/${id}/`, { text: 'Okapi', addressing: [other] }))
    expect(faultOf(await alice.put(`/post/${id}/`, { text: 'Okapi', addressing: [tag] }))).toEqual([
      400,
      'addressing',
      'unknown',
    ])
    await ok(alice.put(`/post/${id}/`, { text: 'Okapi' }))
    expect((await world.visitor.get(`/post/${id}/`)).status).toBe(200)
    expect((await world.told()).map(({ data }) => (data as unknown as { addressing: number[] }).addressing)).toEqual([
      [tag, other],
      [other],
      [],
    ])
  })

  test('hold for what is published later, and go with an erased member', async () => {
    const [alice, bob] = await world.strangers()
    const tag = await makeTag()
    await give(tag, alice)
    const at = new Date(world.kith.clock.now().getTime() + 3_600_000).toISOString()
    const { id } = await publish(alice, { scheduled_at: at, addressing: [tag] })
    await world.db.query(`update contribution set scheduled_at = now() - interval '1 year' where id = $1`, [id])
    await publishDue(world.kith)
    expect((await bob.get(`/post/${id}/`)).status).toBe(404)
    expect((await mona.get(`/post/${id}/`)).body).toMatchObject({ draft: false, addressing: [{ id: tag }] })
    const draft = await publish(alice, { draft: true, addressing: [tag] })
    await ok(alice.post(`/post/${draft.id}/publish/`))
    expect((await bob.get(`/post/${draft.id}/`)).status).toBe(404)
    await ok(alice.delete(`/post/${id}/`))
    await ok(alice.post(`/post/${id}/restore/`))
    expect((await bob.get(`/post/${id}/`)).status).toBe(404)
    await expectNoDrift()
    await world.told()
  })
})

describe('what is kept of what is addressed', () => {
  test('is counted by circles, and by the authors of whom one sees nothing: never one by one', async () => {
    const counted = addressedCountSql(String(world.alice.id), unseenHere, null, () => 'true')
    const plan = await world.db.transaction(async (tx) => {
      await tx.query('set local enable_seqscan = off')
      const { sql } = takeUsual(false, `with ${unseenCte(String(world.alice.id))} select ${counted}`)
      return tx.query(`explain (costs off) ${sql}`)
    })
    const text = JSON.stringify(plan)
    expect(text).toMatch(/addressed_total_pkey/)
    expect(text).toMatch(/addressed_author/)
    expect(text).not.toMatch(/addressed_pkey|Seq Scan on addressed/)
  })

  test('equals its rows after many acts, and every list is as long as it says, for everybody', async () => {
    const people = await world.strangers()
    const { pick, upTo } = dicing(20_261_128)
    const tags = [await makeTag(), await makeTag(), await makeTag()]
    const categories = await Promise.all(
      ['Okapis', 'Tapirs'].map(async (name) => (await ok(world.admin.post('/category/', { name }))).body.id as number),
    )
    const some = <T>(all: T[]) => all.filter(() => upTo(2) === 0)
    const things: number[] = []
    const acts: (() => Promise<unknown>)[] = [
      async () => {
        const answer = await pick(people).post('/post/', {
          text: 'Tapir',
          addressing: some(tags),
          categories: some(categories),
        })
        if (answer.status === 201) things.push(answer.body.id)
      },
      () =>
        pick(people).put(`/post/${pick(things)}/`, {
          text: `T ${upTo(99)}`,
          addressing: some(tags),
          categories: some(categories),
        }),
      () => pick(people).delete(`/post/${pick(things)}/`),
      () => pick(people).post(`/post/${pick(things)}/restore/`),
      () => pick(people).post(`/post/${pick(things)}/hide/`),
      () => pick(people).post('/comment/', { post: pick(things), text: 'So' }),
      () => world.admin.post(`/tag/${pick(tags)}/assign/`, { user: pick(people).id }),
      () => pick(people).post(`/user/${pick(people).id}/hide/`),
    ]
    for (const tag of tags) for (const who of people.slice(0, 2)) await give(tag, who)
    for (let n = 0; n < 12; n++) await acts[0]?.()
    for (let n = 0; n < 90; n++) await pick(acts)()
    await expectNoDrift()
    const lists = ['/post/', '/feed/explore/', ...categories.map((id) => `/category/${id}/feed/`)]
    for (const who of [...people, mona, world.visitor])
      for (const path of [...lists, ...(who === world.visitor ? [] : ['/post/uncommented/'])]) {
        const { count, results } = await walk(who, path)
        expect(count, `${path} for ${who.username}`).toBe(results.length)
      }
    for (const who of people)
      for (const whose of people) {
        const { status, body } = await who.get(`/user/${whose.id}/feed/?limit=100`)
        if (status === 200) expect(body.count).toBe(body.results.length)
      }
    await world.told()
  })

  test('costs no list anything, however much of the newest is for others; and the home feed finds what is behind it', async () => {
    const [alice, bob, carla] = await world.strangers()
    const [dora] = await world.strangers()
    const [tag, other] = [await makeTag(), await makeTag()]
    for (const who of [alice, carla]) await give(tag, who)
    await give(other, dora)
    const { id: category } = (await ok(world.admin.post('/category/', { name: `Gnus ${alice.id}` }))).body
    for (const who of [bob, carla]) await ok(who.post(`/category/${category}/follow/`))
    const open = await publish(alice, { categories: [category] })
    const hers = await publish(alice, { categories: [category], addressing: [tag] })
    const lonely = await publish(carla, { addressing: [tag] })
    // So much is newer than that: half of it for Carla, who reads nothing of Dora's.
    const much = await publish(dora, { addressing: [other] })
    await world.db.query(
      `insert into contribution (kind, slug, author_id, title, html, summary, words, search, search_rules, categories,
         addressing, added_at, last_activity_at)
       select c.kind, 'gnu-' || c.id || '-' || i, c.author_id, c.title, c.html, c.summary, c.words, c.search, c.search_rules,
         case when i % 2 = 0 then array[$2::bigint] else '{}' end, case when i % 3 = 0 then array[$3::bigint] else c.addressing end,
         c.added_at + i * interval '1 second', c.last_activity_at + i * interval '1 second'
       from contribution c cross join generate_series(1, 1000) i where c.id = $1`,
      [much.id, category, tag],
    )
    await world.db.query('analyze contribution, addressed_feed, addressed')
    await repairAll([...(await findContributionDrift(world.db)), ...(await findAddressedDrift(world.db))])
    type Units = { type: string; [kind: string]: unknown }[]
    const idsOf = (units: Units) => units.map((unit) => (unit[unit.type] as { id: number }).id)
    const home = async (who: Person, ordering: string) => {
      const { results } = await walk(who, `/feed/?ordering=${ordering}&limit=100`)
      return idsOf(results as unknown as Units)
    }
    const dorasIn = async (where: string) =>
      (
        await world.db.query<{ id: number }>(
          `select id from contribution where slug like 'gnu-%' and ${where} order by added_at desc, id desc`,
        )
      ).map(({ id }) => id)
    const inCategory = await dorasIn(`addressing = '{${tag}}' and categories = '{${category}}'`)
    for (const ordering of ['recent', 'last_activity']) {
      expect(await home(bob, ordering)).toEqual([open.id])
      expect(await home(carla, ordering)).toEqual([...inCategory, lonely.id, hers.id, open.id])
      expect(await home(alice, ordering)).toEqual([hers.id, open.id])
    }
    const { results } = (await ok(dora.get('/feed/?limit=50'))).body
    expect(idsOf(results)).toEqual((await dorasIn('true')).slice(0, 50))
    const [first] = idsOf((await ok(bob.get('/feed/explore/?limit=1'))).body.results)
    expect(first).toBe(open.id)
    const feed = idsOf((await ok(bob.get(`/category/${category}/feed/?ordering=relevance`))).body.results)
    expect(feed).toEqual([open.id])

    // No row is passed over that is not the reader's to see.
    const passed: number[] = []
    const explaining = Object.assign(Object.create(world.db), {
      fragments: null,
      query: async (text: string, values: unknown[], name: string) => {
        const [row] = await world.db.query<{ 'QUERY PLAN': unknown }>(
          `explain (analyze, timing off, format json) ${text}`,
          values,
        )
        passed.push(...passedOver(row?.['QUERY PLAN']))
        return world.db.query(text, values, name)
      },
    })
    const [{ kith }, actor] = [world, { id: bob.id, role: null, status: 'a' } as const]
    const ctx = { kith, db: explaining, actor, community: kith.community.current(), now: kith.clock.now() }
    const page = { limit: 20, offset: 0, seek: null } as unknown as PageRequest
    await listContributions(ctx, kinds.post, {}, page)
    await listContributions(ctx, kinds.post, { uncommented: true, ordering: '-last_activity_at' }, page)
    for (const ordering of orderings) await listExplore(ctx, ordering, page)
    for (const ordering of feedOrderings) await listCategoryFeed(ctx, category, ordering, page)
    await listOfMember(ctx, dora.id, page)
    expect(passed.length).toBeGreaterThan(5)
    expect(Math.max(...passed)).toBeLessThan(50)
    await expectNoDrift()
    await world.told()
  })

  test('is found where it has drifted, and counted again', async () => {
    const [{ n } = { n: 0 }] = await world.db.query<{ n: number }>('select count(*)::int as n from addressed')
    expect(n).toBeGreaterThan(5)
    await world.db.query(`update addressed set uncommented = not uncommented where contribution_id % 2 = 0`)
    await world.db.query(`delete from addressed where contribution_id % 3 = 0`)
    await world.db.query(`update addressed_total set n = n + 2 where place = 0`)
    await world.db.query(`delete from addressed_feed where contribution_id % 3 = 1 and reader = 0`)
    const drift = await findAddressedDrift(world.db, 3000)
    expect(new Set(drift.map(({ repair }) => repair))).toEqual(
      new Set(['addressed', 'addressed feed', 'addressed totals']),
    )
    await repairAll(drift)
    await expectNoDrift()
  })
})

/** How many rows each look at what lists are made of passed over. */
function passedOver(plan: unknown): number[] {
  if (typeof plan !== 'object' || plan === null) return []
  const {
    'Relation Name': table,
    'Rows Removed by Filter': removed,
    'Index Name': index,
  } = plan as Record<string, unknown>
  const looked = ['contribution', 'category_feed', 'addressed_feed'].includes(table as string) && index
  return [...(looked ? [Number(removed ?? 0)] : []), ...Object.values(plan).flatMap(passedOver)]
}

function dicing(seed: number) {
  const roll = dice(seed)
  const upTo = (n: number) => Math.floor(roll() * n)
  return { upTo, pick: <T>(all: T[]) => all[upTo(all.length)] as T }
}
