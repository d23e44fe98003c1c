import { createRequire } from 'node:module'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findCommentDrift } from '../../src/comments/recount.ts'
import { findContributionDrift } from '../../src/contributions/recount.ts'
import { endBlocks } from '../../src/moderation/block.ts'
import { caseRepairs, findCaseDrift } from '../../src/moderation/recount.ts'
import { repairDrift } from '../../src/platform/db/repair.ts'
import { settleScores } from '../../src/scores/settle.ts'
import { ok } from '../support/ok.ts'
import { createWorld, type Person, type World, walk } from '../support/world.ts'

const { http, ModerationService } = createRequire(import.meta.url)(
  '@selfcommunity/api-services',
) as typeof import('@selfcommunity/api-services')

let world: World
let mona: Person
let [alice, bob, carla] = [] as unknown as [Person, Person, Person]
beforeAll(async () => {
  world = await createWorld()
  mona = await world.join('mona', { role: 'moderator' })
})
beforeEach(async () => {
  ;[alice, bob, carla] = await world.strangers()
})
afterEach(async () => {
  expect(await world.told()).toEqual([])
  // Nobody is left blocked, and nothing due, for the next test to hear of.
  for (const { id } of await world.db.query<{ id: number }>(`select id from users where status = 'b'`))
    await world.admin.patch(`/moderation/user/${id}/`, { status: 'a' })
  for (const find of [findCaseDrift, findContributionDrift, findCommentDrift]) expect(await find(world.db)).toEqual([])
  await settleScores(world.kith)
  await world.notified()
})
afterAll(() => world.end())

const day = 86_400_000

/** Alice's, of each kind. */
async function publish(): Promise<{ type: string; id: number }[]> {
  const made = []
  for (const type of ['status', 'post', 'discussion'])
    made.push({ type, id: (await ok(alice.post(`/${type}/`, { title: 'Tea', text: 'Buy <b>my</b> tea' }))).body.id })
  const post = made[1]?.id
  made.push({ type: 'comment', id: (await ok(alice.post('/comment/', { post, text: 'Buy my tea' }))).body.id })
  await world.told()
  return made
}

const deal = (who: Person, { type, id }: { type: string; id: number }, sent: object) =>
  who.patch(`/moderation/contribution/${id}/`, { contribution_type: type, ...sent })

const statusOf = async ({ type, id }: { type: string; id: number }) =>
  (await ok(mona.get(`/moderation/contribution/${id}/status/?contribution_type=${type}`))).body

const codeOf = ({ status, body }: { status: number; body: { errors: never[] } }) => {
  const [error] = body.errors as { code?: string; field?: string; messages?: { code: string }[] }[]
  return [status, error?.code ?? `${error?.field} ${error?.messages?.[0]?.code}`]
}

/** What receivers hear that moderators told a member, since the last look. */
const heard = async (who: Person) =>
  (await world.notified())
    .filter(({ data }) => (data as unknown as { recipients: number[] }).recipients.includes(who.id))
    .map(({ type }) => type.replace('notification.', ''))

/** What of alice's is in the queue, by a filter. */
const queue = async (query = '') =>
  (await walk(mona, `/moderation/contribution/?limit=2&author=${alice.username}${query}`)).results.map((each) => {
    const { contribution_type, contribution } = each as never as {
      contribution_type: string
      contribution: { flag_count: number }
    }
    return `${contribution_type} ${contribution.flag_count}`
  })

describe('what members flag', () => {
  test('is gathered for moderators, the last first, with who flagged it for what', async () => {
    const [status, post, , comment] = await publish()
    await ok(bob.post(`/post/${post?.id}/flag/`, { flag_type: 0 }))
    world.pass(1_000)
    await ok(bob.post(`/comment/${comment?.id}/flag/`, { flag_type: 2 }))
    world.pass(1_000)
    await ok(carla.post(`/post/${post?.id}/flag/`, { flag_type: 4 }))
    // The same member again: another type, and no further flag.
    await ok(carla.post(`/post/${post?.id}/flag/`, { flag_type: 3 }))
    expect(await queue()).toEqual(['post 2', 'comment 1'])
    const { body } = await ok(mona.get(`/moderation/contribution/?contribution_id=${post?.id}&contribution_type=post`))
    expect(body).toMatchObject({ count: 1, next: null, previous: null })
    expect(body.results[0]).toMatchObject({
      contribution_type: 'post',
      contribution: {
        id: post?.id,
        author: { id: alice.id, flags_given: 0, flags_received: 3, blocked_at: null, last_score_variation: null },
        html: '<p>Buy <strong>my</strong> tea</p>',
        categories: [],
        flag_count: 2,
        flag_count_detail: { '0': 1, '1': 0, '2': 0, '3': 1, '4': 0 },
        media_count_detail: { url: 0, embed: 0, image: 0, eimage: 0, doc: 0, share: 0 },
        has_poll: false,
        thread_id: post?.id,
        thread_type: 'post',
      },
      last_flagged_at: expect.any(String),
      moderation_status: 'open',
      moderation_type: null,
      moderation_by: null,
      moderation_at: null,
    })
    const of = `/moderation/contribution/${post?.id}/flag/?contribution_type=post`
    expect((await ok(mona.get(of))).body).toMatchObject({
      count: 2,
      results: [
        { user: { id: carla.id }, flag_type: 3, flag_type_description: 'poor' },
        { user: { id: bob.id }, flag_type: 0, flag_type_description: 'spam' },
      ],
    })
    expect((await ok(mona.get(`${of}&flag_type=3`))).body).toMatchObject({ count: 1, results: [{ flag_type: 3 }] })
    expect(await statusOf(status as never)).toEqual({ status: 'open', flag_type: null, flag_type_description: null })
    expect((await mona.get('/moderation/contribution/999999/flag/?contribution_type=post')).status).toBe(404)
  })

  test('is found by every filter, and in every order, page by page', async () => {
    const [status, post, discussion, comment] = await publish()
    const flag = async (who: Person, thing: { type: string; id: number } | undefined) => {
      world.pass(1_000)
      await ok(who.post(`/${thing?.type}/${thing?.id}/flag/`, { flag_type: 1 }))
    }
    for (const thing of [status, post, discussion, comment]) await flag(bob, thing)
    for (const thing of [post, comment]) await flag(carla, thing)
    await flag(world.admin, comment)
    await ok(deal(mona, status as never, { action: 'ignore' }))
    world.pass(1_000)
    await ok(deal(mona, discussion as never, { action: 'hide', moderation_type: 1 }))
    await world.told()
    expect(await queue()).toEqual(['comment 3', 'post 2', 'discussion 1', 'status 1'])
    expect(await queue('&order_by=last_flagged_at')).toEqual(['status 1', 'discussion 1', 'post 2', 'comment 3'])
    expect(await queue('&order_by=-flag_count')).toEqual(['comment 3', 'post 2', 'discussion 1', 'status 1'])
    expect((await queue('&order_by=-last_moderated_at')).slice(0, 2)).toEqual(['discussion 1', 'status 1'])
    expect(await queue('&min_flags=2')).toEqual(['comment 3', 'post 2'])
    expect(await queue('&contribution_type=comment')).toEqual(['comment 3'])
    expect(await queue(`&flagged_by=${carla.username.toUpperCase()}`)).toEqual(['comment 3', 'post 2'])
    expect(await queue('&content=MY TEA')).toEqual(['comment 3'])
    expect(await queue('&content=100%25')).toEqual([])
    expect(await queue('&moderation_status=ignored')).toEqual(['status 1'])
    expect(await queue('&moderation_status=hidden')).toEqual(['discussion 1'])
    expect(await queue('&moderation_status=open')).toEqual(['comment 3', 'post 2'])
    for (const query of ['moderation_status=gone', 'order_by=id', 'min_flags=-1', 'contribution_type=tea'])
      expect((await mona.get(`/moderation/contribution/?${query}`)).status, query).toBe(400)
  })

  test('follows the flags: of who is erased nothing is counted, and of an erased author nothing is shown', async () => {
    const [, post] = await publish()
    await ok(bob.post(`/post/${post?.id}/flag/`, { flag_type: 0 }))
    await ok(carla.post(`/post/${post?.id}/flag/`, { flag_type: 0 }))
    await ok(world.admin.delete(`/user/${bob.id}/?hard=1`))
    expect(await queue()).toEqual(['post 1'])
    await ok(world.admin.delete(`/user/${alice.id}/?hard=1`))
    await world.told()
    const { body } = await ok(mona.get(`/moderation/contribution/?contribution_id=${post?.id}`))
    expect(body.results).toEqual([])
  })

  test('is counted again where it has drifted', async () => {
    const [, post] = await publish()
    await ok(bob.post(`/post/${post?.id}/flag/`, { flag_type: 0 }))
    await world.db.query('delete from moderation_case where target_id = $1', [post?.id])
    const drift = await findCaseDrift(world.db)
    expect(drift).toMatchObject([{ kept: 0, counted: 1, repair: 'case' }])
    await repairDrift(world.db, caseRepairs, drift)
    expect(await queue()).toEqual(['post 1'])
  })
})

describe('what a moderator hides', () => {
  test('keeps its place, and says nothing to others than its author and those who moderate', async () => {
    for (const thing of await publish()) {
      const path = `/${thing.type}/${thing.id}/`
      const before = (await ok(bob.get(path))).body
      await ok(deal(mona, thing, { action: 'hide', moderation_type: 2 }))
      expect(await world.told()).toMatchObject([
        { type: `${thing.type}.updated`, data: { id: thing.id, collapsed: true, html: before.html } },
      ])
      expect(await statusOf(thing)).toEqual({ status: 'hidden', flag_type: 2, flag_type_description: 'vulgar' })
      const hidden = {
        id: thing.id,
        collapsed: true,
        html: '',
        summary: '',
        summary_html: '',
        summary_truncated: false,
      }
      for (const who of [bob, world.visitor]) expect((await ok(who.get(path))).body).toMatchObject(hidden)
      for (const who of [alice, mona, world.admin])
        expect((await ok(who.get(path))).body).toMatchObject({
          collapsed: true,
          html: before.html,
          summary: before.summary,
        })
      expect(await heard(alice)).toEqual(['collapsed_for_vulgar'])
      // The same call takes it back, with a reason or without.
      await ok(deal(mona, thing, { action: 'hide' }))
      expect(await world.told()).toMatchObject([{ type: `${thing.type}.updated`, data: { collapsed: false } }])
      expect((await ok(bob.get(path))).body).toEqual(before)
      expect(await statusOf(thing)).toMatchObject({ status: 'open', flag_type: null })
      expect(await heard(alice)).toEqual(['undeleted_for'])
    }
  })

  test('says nothing in lists, feeds and replies either, and is not found', async () => {
    const [, , discussion, comment] = await publish()
    const parent = (await ok(alice.post('/comment/', { discussion: discussion?.id, text: 'A thread' }))).body
    const reply = (
      await ok(alice.post('/comment/', { discussion: discussion?.id, parent: parent.id, text: 'Xylophone' }))
    ).body
    const { body: post } = await ok(alice.post('/post/', { text: 'Xylophone for sale' }))
    const things = [discussion, comment, { type: 'comment', id: reply.id }, { type: 'post', id: post.id }]
    expect((await ok(bob.get('/post/search/?search=xylophone'))).body.count).toBe(1)
    for (const thing of things) await ok(deal(mona, thing as never, { action: 'hide', moderation_type: 0 }))
    await world.told()
    const lists = [
      '/discussion/',
      '/post/',
      `/user/${alice.id}/feed/`,
      '/feed/explore/',
      `/comment/?discussion=${discussion?.id}`,
      `/comment/?post=${(await publish())[1]?.id}`,
      '/post/search/?search=xylophone',
    ]
    for (const path of lists) expect((await ok(bob.get(path))).text, path).not.toMatch(/xylophone/i)
    expect((await ok(bob.get(`/comment/?discussion=${discussion?.id}`))).body.results[0]).toMatchObject({
      html: '<p>A thread</p>',
      latest_comments: [{ id: reply.id, html: '', collapsed: true }],
    })
    expect((await ok(alice.get(`/user/${alice.id}/feed/`))).text).toMatch(/xylophone/i)
  })
})

describe('what a moderator deletes', () => {
  test('is gone for others, and its author cannot restore it; a moderator can', async () => {
    for (const thing of await publish()) {
      const path = `/${thing.type}/${thing.id}/`
      await ok(deal(mona, thing, { action: 'delete', moderation_type: 0 }))
      expect(await world.told()).toMatchObject([
        { type: `${thing.type}.deleted`, data: { id: thing.id, deleted: true } },
      ])
      expect(await statusOf(thing)).toEqual({ status: 'deleted', flag_type: 0, flag_type_description: 'spam' })
      expect((await bob.get(path)).status).toBe(404)
      expect((await alice.get(path)).body).toMatchObject({ deleted: true })
      expect(codeOf(await alice.post(`${path}restore/`))).toEqual([403, 'moderated'])
      expect(codeOf(await deal(mona, thing, { action: 'hide', moderation_type: 0 }))).toEqual([400, 'deleted'])
      await ok(deal(mona, thing, { action: 'delete' }))
      expect(await world.told()).toMatchObject([
        { type: `${thing.type}.restored`, data: { id: thing.id, deleted: false } },
      ])
      expect((await bob.get(path)).status).toBe(200)
      expect(await heard(alice)).toEqual(['deleted_for_advertising', 'undeleted_for'])
      // Deleted by its author it is theirs to restore again.
      await ok(alice.delete(path))
      expect(codeOf(await deal(mona, thing, { action: 'delete', moderation_type: 0 }))).toEqual([
        400,
        'already_deleted',
      ])
      await ok(alice.post(`${path}restore/`))
      await world.told()
    }
  })

  test('may have been hidden before; restored it is neither', async () => {
    const [, post] = await publish()
    await ok(deal(mona, post as never, { action: 'hide', moderation_type: 0 }))
    await ok(deal(mona, post as never, { action: 'delete', moderation_type: 1 }))
    await ok(deal(mona, post as never, { action: 'delete' }))
    expect((await world.told()).map(({ type }) => type)).toEqual([
      'post.updated',
      'post.updated',
      'post.deleted',
      'post.restored',
    ])
    expect((await ok(bob.get(`/post/${post?.id}/`))).body).toMatchObject({ deleted: false, collapsed: false })
  })

  test('costs its author points, until it is taken back', async () => {
    const [, post] = await publish()
    await settleScores(world.kith)
    await world.told()
    const scored = async () => {
      await settleScores(world.kith)
      return (await world.told())
        .filter(({ type }) => type === 'user.score_updated')
        .map(({ data }) => (data as unknown as { reputation_type: number }).reputation_type)
        .filter((type) => Math.abs(type) === 11)
    }
    await ok(deal(mona, post as never, { action: 'hide', moderation_type: 0 }))
    await ok(deal(mona, post as never, { action: 'delete', moderation_type: 0 }))
    expect(await scored()).toEqual([-11])
    await ok(deal(mona, post as never, { action: 'delete' }))
    expect(await scored()).toEqual([11])
  })
})

describe('moderators', () => {
  test('deal with nothing of their own, nor of those above them, and say why', async () => {
    const { admin } = world
    const otto = await world.join(`otto_${alice.id}`, { role: 'moderator' })
    const own = { type: 'post', id: (await ok(mona.post('/post/', { text: 'Mine' }))).body.id }
    const above = { type: 'post', id: (await ok(admin.post('/post/', { text: 'Rules' }))).body.id }
    const beside = { type: 'post', id: (await ok(otto.post('/post/', { text: 'Hm' }))).body.id }
    const [, post] = await publish()
    await world.told()
    const spam = { action: 'delete', moderation_type: 0 }
    expect(codeOf(await deal(mona, own, spam))).toEqual([400, 'own'])
    expect(codeOf(await deal(mona, above, spam))).toEqual([403, 'role_above'])
    expect((await deal(mona, beside, spam)).status).toBe(204)
    expect((await deal(admin, beside, { action: 'delete' })).status).toBe(204)
    await world.told()
    for (const action of ['hide', 'delete', 'scold_author'])
      expect(codeOf(await deal(mona, post as never, { action }))).toEqual([400, 'moderation_type required'])
    expect(codeOf(await deal(mona, post as never, { action: 'scold_flagger' }))).toEqual([400, 'user required'])
    expect(codeOf(await deal(mona, post as never, { action: 'scold_flagger', user: bob.id }))).toEqual([
      400,
      'user unknown',
    ])
    expect((await deal(mona, { type: 'tea', id: 1 }, spam)).status).toBe(400)
    expect((await deal(mona, { type: 'comment', id: 999_999 }, spam)).status).toBe(404)
    expect((await deal(mona, post as never, { action: 'hide', moderation_type: 5 })).status).toBe(400)
    const draft = (await ok(alice.post('/post/', { text: 'Not yet', draft: true }))).body
    expect((await deal(mona, { type: 'post', id: draft.id }, spam)).status).toBe(404)
    expect((await deal(alice, post as never, spam)).status).toBe(403)
  })

  test('act on what they hide for themselves, and on whoever hides them', async () => {
    const [, post, , comment] = await publish()
    await ok(alice.post(`/user/${mona.id}/hide/`))
    for (const thing of [post, comment]) {
      await ok(deal(mona, thing as never, { action: 'hide', moderation_type: 0 }))
      await ok(deal(mona, thing as never, { action: 'hide' }))
    }
    expect(await world.told()).toHaveLength(4)
    // It does not say who: whoever hides the moderator is told all the same.
    expect(await heard(alice)).toEqual([
      ...['collapsed_for_advertising', 'undeleted_for', 'collapsed_for_advertising', 'undeleted_for'],
    ])
  })

  test('ignore what is flagged for nothing, or no longer, and give notices', async () => {
    const [, post] = await publish()
    await ok(bob.post(`/post/${post?.id}/flag/`, { flag_type: 0 }))
    for (const status of ['ignored', 'open']) {
      await ok(deal(mona, post as never, { action: 'ignore', moderation_type: 3, user: bob.id }))
      expect((await statusOf(post as never)).status).toBe(status)
    }
    await ok(deal(mona, post as never, { action: 'scold_author', moderation_type: 1 }))
    await ok(deal(mona, post as never, { action: 'scold_flagger', user: bob.id }))
    expect((await statusOf(post as never)).status).toBe('open')
    // What one who flagged is told is theirs alone: no receiver hears of it.
    expect(await heard(alice)).toEqual(['kindly_notice_aggressive'])
    const { body: theirs } = await ok(bob.get('/notification/'))
    expect(theirs.results[0].aggregated).toMatchObject([{ type: 'kindly_notice_flag', post: { id: post?.id } }])
    await ok(deal(mona, post as never, { action: 'hide', moderation_type: 1 }))
    await world.told()
    expect(codeOf(await deal(mona, post as never, { action: 'ignore' }))).toEqual([400, 'moderated'])
  })

  test('are in the audit trail with all of it', async () => {
    const [, post] = await publish()
    await ok(deal(mona, post as never, { action: 'hide', moderation_type: 1 }))
    await ok(mona.patch(`/moderation/user/${alice.id}/`, { status: 'b', days_blocked: 2 }))
    await world.told()
    const { body } = await ok(world.admin.get(`/audit/?actor=${mona.id}&limit=2`))
    expect(body.results).toMatchObject([
      { act: 'PATCH /api/v2/moderation/user/{id}/', target: alice.id, fields: ['days_blocked', 'status'] },
      {
        act: 'PATCH /api/v2/moderation/contribution/{id}/',
        target: post?.id,
        fields: ['action', 'contribution_type', 'moderation_type'],
      },
    ])
  })

  test('who press the same at once take it back or do it: what is counted is right either way', async () => {
    const [, post] = await publish()
    const answers = await Promise.all(
      [mona, world.admin, mona, world.admin].map((who) =>
        deal(who, post as never, { action: 'delete', moderation_type: 0 }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204])
    expect((await world.told()).map(({ type }) => type)).toEqual([
      ...['post.deleted', 'post.restored'],
      ...['post.deleted', 'post.restored'],
    ])
  })
})

const member = async (who: Person) => (await ok(mona.get(`/moderation/user/?search=${who.username}`))).body.results[0]
const block = (who: Person, sent: object) => mona.patch(`/moderation/user/${who.id}/`, sent)

describe('a member who is blocked', () => {
  test('for days is not any more when they are over, at the moment they ask, and it is told once', async () => {
    await ok(block(alice, { status: 'b', days_blocked: '3' }))
    expect(await world.told()).toMatchObject([{ type: 'user.updated', data: { id: alice.id, status: 'b' } }])
    const since = { blocked_at: expect.any(String), expire_at: expect.any(String) }
    expect(await member(alice)).toMatchObject({ status: 'b', days_blocked: 3, ...since })
    expect(await world.notified()).toMatchObject([
      {
        type: 'notification.blocked_user',
        data: { recipients: [alice.id], block_settings: { days_blocked: 3, reputation_delta: -20, ...since } },
      },
    ])
    expect((await alice.post('/post/', { text: 'No' })).status).toBe(403)
    world.pass(3 * day - 5_000)
    expect((await alice.post('/post/', { text: 'No' })).status).toBe(403)
    await endBlocks(world.kith)
    expect(await world.told()).toEqual([])
    world.pass(5_000)
    const answers = await Promise.all([1, 2, 3].map(() => alice.get('/user/me/')))
    expect(answers.map(({ status, body }) => `${status} ${body.status}`)).toEqual(['200 a', '200 a', '200 a'])
    await endBlocks(world.kith)
    expect(await world.told()).toMatchObject([{ type: 'user.updated', data: { id: alice.id, status: 'a' } }])
    expect((await alice.post('/post/', { text: 'Yes' })).status).toBe(201)
    expect(await heard(alice)).toEqual(['unblocked_user'])
    expect(await member(alice)).toMatchObject({ status: 'a', days_blocked: null, blocked_at: null, expire_at: null })
    await world.told()
  })

  test('is not any more when the days are over, whether they ask or not, and whichever node looks', async () => {
    await ok(block(alice, { status: 'b', days_blocked: 1 }))
    world.pass(day)
    await world.told()
    await Promise.all([endBlocks(world.kith), endBlocks(world.kith)])
    expect(await world.told()).toMatchObject([{ type: 'user.updated', data: { id: alice.id, status: 'a' } }])
  })

  test('loses points, and has them back', async () => {
    const points = async () => {
      await settleScores(world.kith)
      return (await world.told())
        .filter(({ type }) => type.startsWith('user.'))
        .map(({ type, data }) => `${type} ${(data as unknown as { score?: number }).score ?? ''}`)
    }
    await ok(block(alice, { status: 'b' }))
    await ok(block(alice, { status: 'b', days_blocked: 4 }))
    expect(await points()).toEqual(['user.updated ', 'user.score_updated -20'])
    await ok(block(alice, { status: 'a' }))
    await ok(block(alice, { status: 'a' }))
    expect(await points()).toEqual(['user.updated ', 'user.score_updated 20'])
  })

  test('for good stays so; with other days those count from then on', async () => {
    await ok(block(alice, { status: 'b' }))
    expect(await member(alice)).toMatchObject({ status: 'b', days_blocked: null, expire_at: null })
    world.pass(100 * day)
    await endBlocks(world.kith)
    const token = await world.kith.tokens.mint(alice.id, 86_400)
    const again = world.person(alice.id, alice.username, token)
    expect((await again.post('/post/', { text: 'No' })).status).toBe(403)
    await ok(block(alice, { status: 'b', days_blocked: 1 }))
    world.pass(day)
    expect((await again.post('/post/', { text: 'Yes' })).status).toBe(201)
    expect((await world.told()).map(({ type }) => type)).toEqual([...['user.updated', 'user.updated', 'post.created']])
  })

  test('is never the moderator, the creator, or above them; administrators alone delete', async () => {
    const root = await world.join(`root_${alice.id}`, { role: 'admin' })
    await world.told()
    expect(codeOf(await block(mona, { status: 'b' }))).toEqual([400, 'own'])
    expect(codeOf(await block(root, { status: 'b' }))).toEqual([403, 'role_above'])
    expect((await root.patch(`/moderation/user/${world.admin.id}/`, { status: 'b' })).status).toBe(403)
    expect((await block(alice, { status: 'd' })).status).toBe(403)
    expect((await block(alice, { status: 'u' })).status).toBe(403)
    for (const sent of [{}, { status: 'x' }, { status: 'b', days_blocked: 0 }, { status: 'b', days_blocked: 'many' }])
      expect((await block(alice, sent)).status).toBe(400)
    expect(codeOf(await block(alice, { status: 'a', days_blocked: 2 }))).toEqual([400, 'days_blocked not_blocked'])
    expect((await mona.patch('/moderation/user/999999/', { status: 'b' })).status).toBe(404)
    expect((await bob.patch(`/moderation/user/${alice.id}/`, { status: 'b' })).status).toBe(403)
    // A moderator who is blocked is none.
    await ok(root.patch(`/moderation/user/${mona.id}/`, { status: 'b' }))
    expect((await block(alice, { status: 'b' })).status).toBe(403)
    await ok(root.patch(`/moderation/user/${mona.id}/`, { status: 'a' }))
    await ok(root.patch(`/moderation/user/${alice.id}/`, { status: 'd' }))
    expect(codeOf(await block(alice, { status: 'a' }))).toEqual([400, 'left'])
    await ok(root.patch(`/moderation/user/${bob.id}/`, { status: 'd', hard: 1 }))
    expect((await block(bob, { status: 'b' })).status).toBe(404)
    expect((await world.told()).map(({ type }) => type)).toEqual([
      ...['user.updated', 'user.updated', 'user.deleted', 'user.deleted'],
    ])
  })
})

test('members are listed for moderators by status and by their block', async () => {
  await ok(block(alice, { status: 'b', days_blocked: 5 }))
  world.pass(1_000)
  await ok(block(bob, { status: 'b', days_blocked: 1 }))
  world.pass(1_000)
  await ok(block(carla, { status: 'b' }))
  await ok(mona.post('/score/', { user_id: carla.id, score: -5, comment: 'Rude' }))
  await world.told()
  const of = async (query: string) =>
    (await walk(mona, `/moderation/user/?limit=2&${query}`)).results
      .map(({ id }) => [alice, bob, carla].findIndex((who) => who.id === id))
      .filter((i) => i >= 0)
      .map((i) => ['alice', 'bob', 'carla'][i])
  expect(await of('')).toEqual(['carla', 'bob', 'alice'])
  expect(await of('order_by=date_joined&status=b')).toEqual(['alice', 'bob', 'carla'])
  expect(await of('status=a')).toEqual([])
  expect(await of('days_blocked=days')).toEqual(['bob', 'alice'])
  expect(await of('days_blocked=forever')).toEqual(['carla'])
  expect(await of('order_by=-blocked_at')).toEqual(['carla', 'bob', 'alice'])
  expect(await of('order_by=expire_at')).toEqual(['bob', 'alice'])
  const { results } = (await ok(mona.get(`/moderation/user/?search=${carla.username}`))).body
  expect(results).toMatchObject([
    {
      id: carla.id,
      last_seen: null,
      last_score_variation: { score: -5, comment: 'Rude', created_by: { id: mona.id } },
    },
  ])
})

test('the official client moderates', async () => {
  const [, post] = await publish()
  await ok(bob.post(`/post/${post?.id}/flag/`, { flag_type: 1 }))
  http.setBasePortal(world.url)
  http.setAuthorizeToken(mona.token)
  const found = await ModerationService.getAllFlaggedContributions({ author: alice.username } as never)
  expect(found.results[0]?.contribution_type).toBe('post')
  const flags = await ModerationService.getAllFlagsForSpecificContribution(post?.id as number, 'post' as never)
  expect(flags.results).toMatchObject([{ flag_type: 1 }])
  const body = { contribution_type: 'post', action: 'hide', moderation_type: 1 } as never
  expect(await ModerationService.moderateAContribution(post?.id as number, body)).toBe('')
  const status = await ModerationService.getContributionModerationStatus(post?.id as number, 'post' as never)
  expect(status).toEqual({ status: 'hidden', flag_type: 1, flag_type_description: 'aggressive' })
  const users = await ModerationService.getUsersForModeration({ search: alice.username } as never)
  expect(users.results[0]).toMatchObject({ id: alice.id, flags_received: 1 })
  // It sends the days in the query.
  expect(await ModerationService.moderateASpecificUser(alice.id, 'b' as never, '2')).toBe('')
  expect(await member(alice)).toMatchObject({ status: 'b', days_blocked: 2 })
  await world.told()
})
