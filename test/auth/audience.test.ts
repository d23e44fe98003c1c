import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMember } from '../../src/accounts/create.ts'
import { activeMember, author } from '../../src/auth/audience.ts'
import { toggleFollow } from '../../src/categories/follow.ts'
import { createCommunityState } from '../../src/community/state.ts'
import { type Ctx, endpoint, type MemberCtx } from '../../src/context.ts'
import { forbidden, notFound } from '../../src/platform/errors.ts'
import { type Audience, data } from '../../src/platform/http/endpoint.ts'
import { mount } from '../../src/platform/http/mount.ts'
import { createServer } from '../../src/platform/http/server.ts'
import Type from '../../src/platform/schema.ts'
import { endpoints } from '../../src/slices.ts'
import { updateUser } from '../../src/users/update.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let url: string
let close: () => Promise<void>
const acts: string[] = []
const statements: string[] = []

/** Those who run the club in the path: an audience that has to ask the database, and hands on what it was told. */
const organiser: Audience<Ctx, MemberCtx & { club: string }> = {
  name: 'organiser',
  says: 'Only those who run the club.',
  signedIn: true,
  async admit(ctx, path) {
    const admitted = await activeMember.admit(ctx, path)
    const [club] = await ctx.db.query<{ name: string; organiser: number }>(
      'select name, organiser from club where id = $1',
      [path.id],
    )
    if (!club) throw notFound('No club has this id.')
    if (club.organiser !== admitted.actor.id) throw forbidden('Only those who run the club may do this.')
    return { ...admitted, club: club.name }
  },
}

const rename = endpoint('PUT /api/v2/club/{id}/', {
  summary: 'Rename a club',
  who: organiser,
  takes: { id: Type.Integer({ minimum: 1 }), name: Type.String({ minLength: 1 }) },
  returns: data(Type.Object({ before: Type.String(), after: Type.String() })),
  act({ club, actor }, { name }) {
    acts.push(`${actor.id} renames`)
    return { before: club, after: name }
  },
})

beforeAll(async () => {
  world = await createWorld()
  await world.db.query('create table club (id bigint, name text, organiser bigint)')
  await world.db.query(`insert into club values (1, 'Chess', $1)`, [world.alice.id])
  const db: World['db'] = {
    ...world.db,
    query(text, values) {
      statements.push(text)
      return world.db.query(text, values)
    },
  }
  const options = {
    ...{ log: pino({ level: 'silent' }), bodyLimit: 100_000, bodyBudget: 1_000_000, rateLimit: 0, rateLocal: false },
    ...{ heavyAtOnce: 5, origins: [], trustedProxies: [], checkAnswers: true },
  }
  const product = {
    async identify(request: { headers: { authorization?: string } }) {
      const token = request.headers.authorization?.replace('Bearer ', '')
      return token ? world.kith.tokens.verify(token) : null
    },
    async open(member: number | null): Promise<Ctx> {
      const { kith } = world
      const actor = member === null ? null : await kith.actors.find(member)
      return { kith, db, actor, community: kith.community.current(), now: kith.clock.now() }
    },
    alias: () => () => undefined,
    pageOf: () => ({ html: '', headers: {} }),
  }
  const server = await createServer(options, product)
  mount(server, [rename], product, options)
  url = await server.app.listen({ host: '127.0.0.1', port: 0 })
  close = () => server.app.close()
})
afterAll(async () => {
  await close()
  await world.end()
})

const put = (token: string, body: string, id = 1) =>
  fetch(`${url}/api/v2/club/${id}/`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body,
  })

test('an audience that reads the database lets in whom it finds there, with what it has read, by one query', async () => {
  statements.length = 0
  const answer = await put(world.alice.token, '{"name":"Go"}')
  expect([answer.status, await answer.json()]).toEqual([200, { before: 'Chess', after: 'Go' }])
  expect(statements).toHaveLength(1)
  expect(acts).toEqual([`${world.alice.id} renames`])
})

test('it refuses everybody else before their body is read, and nothing is done', async () => {
  acts.length = 0
  const broken = '{"name":'
  expect((await put('', broken)).status).toBe(401)
  expect((await put(world.bob.token, broken)).status).toBe(403)
  expect((await put(world.alice.token, broken, 2)).status).toBe(404)
  expect((await put(world.alice.token, broken)).status).toBe(400)
  expect(acts).toEqual([])
})

test('the reference says of every endpoint who may call it', async () => {
  const { body } = await world.visitor.get('/openapi.json')
  for (const { method, path, declaration } of endpoints) {
    const { description, 'x-audience': audience } = body.paths[path][method.toLowerCase()]
    expect(description, `${method} ${path}`).toContain(declaration.who.says)
    expect(audience, `${method} ${path}`).toBe(declaration.who.name)
  }
})

test('only its author writes a contribution anew, deletes or restores it, moderators and administrators included', async () => {
  const { alice, bob, admin } = world
  const moderator = await world.join('mod', { role: 'moderator' })
  const { body } = await alice.post('/status/', { text: 'Good morning' })
  await world.told()
  for (const who of [bob, moderator, admin]) {
    const answers = [
      await who.put(`/status/${body.id}/`, { text: 'Good night' }),
      await who.delete(`/status/${body.id}/`),
      await who.post(`/status/${body.id}/restore/`),
    ]
    for (const { status, body } of answers)
      expect([status, body.errors[0].message]).toEqual([403, "This status is somebody else's."])
  }
  expect(await world.told()).toEqual([])
  expect(() => author.checkOwner({ id: 1, role: 'admin', status: 'a' }, 2, 'status')).toThrow("somebody else's")
})

/** A node that has not heard yet of what the options of the community are now. */
async function behind(): Promise<World['kith']> {
  const node = { ...world.kith, community: await createCommunityState(world.db) }
  await world.set({ status_type_enabled: false })
  return node
}

test('a profile is announced by the options that hold, also by a node that has not heard of them', async () => {
  const kith = await behind()
  const actor = { id: world.alice.id, role: null, status: 'a' } as const
  const ctx = { kith, db: kith.db, actor, community: kith.community.current(), now: kith.clock.now() }
  await updateUser(ctx, world.alice.id, { bio: 'Here.' })
  const [event, ...more] = await world.told()
  expect(more).toEqual([])
  expect(event?.type).toBe('user.updated')
  expect(event?.data).not.toHaveProperty('statuses_counter')
  await world.set({ status_type_enabled: true })
})

test('a new member is announced by them, too, made once, and follows a category only where that is on', async () => {
  const { body: category } = await world.admin.post('/category/', { name: 'News' })
  const kith = await behind()
  const { db } = kith
  const counted = async () => (await db.query<{ members: number }>('select members from community'))[0]?.members ?? 0
  const before = await counted()
  const id = await createMember(
    { db, community: kith.community.current(), now: kith.clock.now() },
    { username: 'gwen' },
  )
  expect(await counted()).toBe(before + 1)
  const [event, ...more] = await world.told()
  expect([event?.type, more]).toEqual(['user.created', []])
  expect(event?.data).not.toHaveProperty('statuses_counter')
  await world.set({ category_follow_enabled: false })
  const actor = { id, role: null, status: 'a' } as const
  const ctx = { kith, db, actor, community: kith.community.current(), now: kith.clock.now() }
  await expect(toggleFollow(ctx, category.id)).rejects.toMatchObject({ status: 400 })
  expect(await world.told()).toEqual([])
  await world.set({ status_type_enabled: true, category_follow_enabled: true })
})

test('whoever leaves between the door and the act is refused as at the door', async () => {
  const eva = await world.join('eva')
  const { kith } = world
  const actor = { id: eva.id, role: null, status: 'a' } as const
  const ctx = { kith, db: kith.db, actor, community: kith.community.current(), now: kith.clock.now() }
  await eva.delete('/user/me/')
  await world.told()
  await expect(updateUser(ctx, eva.id, { bio: 'Gone.' })).rejects.toMatchObject({ status: 401 })
  expect(await world.told()).toEqual([])
})

test('an administrator who is none any more changes neither options nor categories, whatever this node remembers', async () => {
  const finn = await world.join('finn', { role: 'admin' })
  const { kith } = world
  expect((await finn.get('/user/me/')).body.role).toBe('admin')
  await world.db.query('update users set role = null where id = $1', [finn.id])
  await world.told()
  expect((await finn.patch('/dynamic_preference/', { follow_enabled: true })).status).toBe(403)
  expect((await finn.post('/category/', { name: 'Mine' })).status).toBe(403)
  expect(await world.told()).toEqual([])
  expect(kith.community.current().mode).toBe('friendship')
})
