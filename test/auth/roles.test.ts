import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Refusal } from '../../src/platform/errors.ts'
import { endpoints } from '../../src/slices.ts'
import { makeApp, password, signIn } from '../oauth/support.ts'
import { createWorld, type Person, type World } from '../support/world.ts'

/** Everybody who may call, in the order of the columns below. */
const callers = [
  'nobody',
  'other', // a member whom the path does not name
  'owner', // the one it names, or whose the thing is
  'publisher',
  'editor',
  'moderator',
  'admin',
  'blocked', // an owner who is blocked
  'fallen', // an administrator who is blocked
  'reader', // an app of the owner's that may only read
  'deleted', // softly: their token is still young
  'erased',
  'waiting', // an account that is not let in yet
  'forged', // a token with another secret's signature
] as const
type Caller = (typeof callers)[number]

/** Those who are members with a token that may do all that they may. */
const members = callers.slice(1, 9)

type Endpoint = (typeof endpoints)[number]

/**
 * Who is let in at the door, by what is read and by what is written: `+` is, `u` is asked to sign in (401), `f` may not
 * (403). A new endpoint has its row by its audience; a new audience needs one.
 */
const doors: Record<string, { reads: string; writes: string }> = {
  //                          n o o p e m a b f r d e w f           n o o p e m a b f r d e w f
  anyone: /*         */ { reads: '+ + + + + + + + + + u u u u', writes: '+ + + + + + + + + f u u u u' },
  visitor: /*        */ { reads: '+ + + + + + + + + + u u u u', writes: '+ + + + + + + + + f u u u u' },
  member: /*         */ { reads: 'u + + + + + + + + + u u u u', writes: 'u + + + + + + + + f u u u u' },
  'active member': /**/ { reads: 'u + + + + + + f f + u u u u', writes: 'u + + + + + + f f f u u u u' },
  scorer: /*         */ { reads: 'u + + + + + + f f + u u u u', writes: 'u + + + + + + f f f u u u u' },
  author: /*         */ { reads: 'u + + + + + + f f + u u u u', writes: 'u + + + + + + f f f u u u u' },
  self: /*           */ { reads: 'u f + f f f f + f + u u u u', writes: 'u f + f f f f + f f u u u u' },
  'active self': /*  */ { reads: 'u f + f f f f f f + u u u u', writes: 'u f + f f f f f f f u u u u' },
  'self or admin': /**/ { reads: 'u f + f f f + + f + u u u u', writes: 'u f + f f f + + f f u u u u' },
  'active self or admin': { reads: 'u f + f f f + f f + u u u u', writes: 'u f + f f f + f f f u u u u' },
  staff: /*          */ { reads: 'u f f f + + + f f f u u u u', writes: 'u f f f + + + f f f u u u u' },
  moderator: /*      */ { reads: 'u f f f f + + f f f u u u u', writes: 'u f f f f + + f f f u u u u' },
  // The administrator here is the one who began the community.
  creator: /*        */ { reads: 'u f f f f f + f f f u u u u', writes: 'u f f f f f + f f f u u u u' },
  // Behind the door a publisher has what is theirs.
  'admin or publisher': { reads: 'u f f + f f + f f f u u u u', writes: 'u f f + f f + f f f u u u u' },
  admin: /*          */ { reads: 'u f f f f f + f f f u u u u', writes: 'u f f f f f + f f f u u u u' },
}

/** What reading is answered by those who are let in, where it is not what they read. */
const otherwise: Record<string, number | number[]> = {
  // Nothing was asked for, nothing is there, or the community is in the other mode.
  'GET /api/v2/account/search/': 400,
  'GET /api/v2/comment/': 400,
  'GET /api/v2/webhook/attempt/': 400,
  'GET /api/v2/device/{type}/{id}/': 404,
  'GET /api/v2/post/{id}/poll/vote/': 404,
  'GET /api/v2/discussion/{id}/poll/vote/': 404,
  'GET /api/v2/webhook/endpoint/{id}/recover/{recovery}/': 404,
  'GET /api/v2/user/{id}/check_email_token/': 400,
  'GET /api/v2/user/{id}/is_followed/': 400,
  'GET /api/v2/user/{id}/is_follower/': 400,
  'GET /api/v2/moderation/contribution/{id}/flag/': 400,
  'GET /api/v2/moderation/contribution/{id}/status/': 400,
  'GET /api/v2/tag/user/': 400,
  'GET /api/v2/tag/category/': 400,
  'GET /api/v2/tag/contribution/': 400,
  'GET /api/v2/pm/search/': 400,
  'GET /api/v2/udp/download/': 404,
  'GET /api/v2/user/{user_id}/preference/{id}/': 404,
  // Visitors have to say whose.
  'GET /api/v2/user/provider/': [200, 400],
}

type Named = { method: string; path: string }
const nameOf = ({ method, path }: Named) => `${method} ${path}`

let world: World
const people = {} as Record<Caller, Person>
/** What the path names, for the owner and for the one who is blocked. */
const things: Record<string, { owner: number; blocked: number }> = {}

async function block(person: Person): Promise<void> {
  await world.db.query(`update users set status = 'b' where id = $1`, [person.id])
  world.kith.actors.forget(person.id)
}

beforeAll(async () => {
  world = await createWorld({ checkAnswers: false })
  await world.set({ private_messages_enabled: true, incubator_enabled: true })
  const { admin, visitor, kith, person } = world
  for (const role of ['publisher', 'editor', 'moderator'] as const) people[role] = await world.join(role, { role })
  for (const name of ['other', 'blocked', 'deleted', 'erased', 'waiting'] as const)
    people[name] = await world.join(name)
  const owner = await world.join('owner', { password })
  const fallen = await world.join('fallen', { role: 'admin' })
  const token = (await signIn(world, await makeApp(world), 'owner', { scope: 'read' })).body.access_token
  const forged = `${(await kith.tokens.mint(owner.id, 60)).replace(/\.[^.]+$/, '')}.${'x'.repeat(43)}`
  Object.assign(people, {
    ...{ nobody: visitor, admin, owner, fallen },
    ...{ reader: person(owner.id, 'owner', token), forged: person(owner.id, 'owner', forged) },
  })
  for (const kind of ['status', 'post', 'discussion']) {
    const made = { owner: 0, blocked: 0 }
    for (const who of ['owner', 'blocked'] as const)
      made[who] = (await people[who].post(`/${kind}/`, { title: 'Tea', text: 'Hot' })).body.id
    things[kind] = made
  }
  const said = { owner: 0, blocked: 0 }
  for (const who of ['owner', 'blocked'] as const)
    said[who] = (await people[who].post('/comment/', { text: 'Hot', post: things.post?.owner })).body.id
  things.comment = said
  const proposed = { owner: 0, blocked: 0 }
  for (const who of ['owner', 'blocked'] as const)
    proposed[who] = (await people[who].post('/incubator/', { name: `Tea of ${who}` })).body.id
  things.incubator = proposed
  const shown = { owner: 0, blocked: 0 }
  for (const who of ['owner', 'blocked'] as const) {
    shown[who] = (await people[who].post('/media/', { type: 'url', url: 'http://10.0.0.1/' })).body.id
    await people[who].post('/post/', { text: 'Tea', medias: [shown[who]] })
  }
  things.media = shown
  const one = async (path: string, body: object) => {
    const { id } = (await admin.post(path, body)).body
    return { owner: id, blocked: id }
  }
  things.category = await one('/category/', { name: 'Tea' })
  things.webhook = await one('/webhook/endpoint/', { target: 'http://127.0.0.1:9/', events: ['user.created'] })
  things.apps = await one('/oauth/apps/', { name: 'Shop', redirect_uris: ['https://shop.example/'] })
  things.embed = await one('/embed/', { embed_type: 'film', embed_id: '1' })
  things.custom_menu = { owner: 1, blocked: 1 }
  await block(people.blocked)
  await block(fallen)
  await admin.delete(`/user/${people.deleted.id}/`)
  await admin.delete(`/user/${people.erased.id}/?hard=1`)
  await world.db.query(`update users set status = 'w' where id = $1`, [people.waiting.id])
  await world.told()
})
afterAll(() => world.end())

/** The noun that an id in a path is of; of what no thing was made nothing is there. */
const nounOf = (path: string) => /\/(\w+)\/\{/.exec(path.replace('webhook/endpoint', 'webhook'))?.[1]

function idOf(path: string, caller: Caller): number {
  const whose = caller === 'blocked' ? 'blocked' : 'owner'
  return things[nounOf(path) ?? '']?.[whose] ?? people[whose].id
}

/** The address of an endpoint, with the owner, or what is theirs, in it. */
function addressOf(path: string, caller: Caller): string {
  const filled = path.replace('{type}', 'wp').replace(/\{\w+\}/g, String(idOf(path, caller)))
  return filled.startsWith('/api/v2/') ? filled.replace('/api/v2', '') : `${world.url}${filled}`
}

const rowOf = ({ method, declaration }: Endpoint) =>
  doors[declaration.who.name]?.[method === 'GET' ? 'reads' : 'writes'].split(' ') ?? []

/** What an audience says to a member, asked as it is before the body is read. */
async function atTheDoor({ declaration, path, pathNames }: Endpoint, caller: Caller): Promise<string> {
  const { kith } = world
  const actor = await kith.actors.find(people[caller].id)
  const ctx = { kith, db: kith.db, actor, community: kith.community.current(), now: kith.clock.now() }
  const named = Object.fromEntries(pathNames.map((name) => [name, idOf(path, caller)]))
  try {
    await declaration.who.admit(ctx, named)
    return '+'
  } catch (error) {
    return letter((error as Refusal).status)
  }
}

/** Reads for real. What writes is sent a body that nobody can read: who is let in is told so, and nothing is done. */
async function knock({ method, path }: Named, caller: Caller) {
  const { token } = people[caller]
  const authorization = token ? { authorization: `Bearer ${token}` } : {}
  if (method === 'GET') return world.send(addressOf(path, caller), { headers: authorization })
  return world.send(addressOf(path, caller), {
    method,
    headers: { ...authorization, 'content-type': 'application/json' },
    body: '{"',
  })
}

const letter = (status: number) => ({ 401: 'u', 403: 'f' })[status] ?? '+'

describe('every endpoint', () => {
  test('has a row, and every exception an endpoint', () => {
    expect(endpoints.map(({ declaration }) => declaration.who.name).filter((name) => !(name in doors))).toEqual([])
    for (const name of Object.keys(otherwise)) expect(endpoints.map(nameOf)).toContain(name)
  })

  test('lets in whom its audience names, and nobody else', async () => {
    const strange: string[] = []
    const judge = (endpoint: Endpoint, caller: Caller, is: string, more = '') => {
      const wanted = rowOf(endpoint)[callers.indexOf(caller)]
      if (is !== wanted) strange.push(`${nameOf(endpoint)} ${caller}: ${is}, not ${wanted} ${more}`)
    }
    const seen = new Set<string>()
    for (const endpoint of endpoints) {
      const { declaration, method } = endpoint
      // Whoever shows a token there shows it to another standard: see test/oauth.
      if (declaration.standard) continue
      for (const caller of members) judge(endpoint, caller, await atTheDoor(endpoint, caller))
      // Over HTTP everybody is asked of the first of each audience; of others a visitor, one let in, one refused.
      const first = `${declaration.who.name} ${method === 'GET'}`
      const row = rowOf(endpoint)
      const some = [callers[0], callers[row.indexOf('+')], callers[row.indexOf('f')]]
      const asked = seen.has(first) ? callers.filter((each) => some.includes(each)) : callers
      seen.add(first)
      // What the publisher asks for is not theirs: test/contributions has one whose it is.
      const inFull =
        declaration.who.name === 'admin or publisher' ? asked.filter((each) => each !== 'publisher') : asked
      await Promise.all(
        inFull.map(async (caller) => {
          const { status, body, text } = await knock(endpoint, caller)
          const is = letter(status)
          const meant = is === '+' ? (method === 'GET' ? isRead(endpoint, status) : isUnread(text)) : body?.errors
          judge(endpoint, caller, meant ? is : `answered ${status}`, text.slice(0, 150))
        }),
      )
    }
    expect(strange).toEqual([])
    expect(await world.told()).toEqual([])
  })
})

test('what is somebody’s is theirs behind the door, too, whatever the role of others', async () => {
  const owned = endpoints.filter(
    ({ declaration, path }) => declaration.who.name === 'author' && (nounOf(path) ?? '') in things,
  )
  expect(owned.length).toBeGreaterThan(8)
  for (const endpoint of owned)
    for (const caller of ['other', 'publisher', 'editor', 'moderator', 'admin'] as const) {
      const answer = await world.send(addressOf(endpoint.path, caller), {
        method: endpoint.method,
        headers: { authorization: `Bearer ${people[caller].token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'Mine', text: 'now' }),
      })
      expect([nameOf(endpoint), caller, answer.status]).toEqual([nameOf(endpoint), caller, 403])
    }
  expect(await world.told()).toEqual([])
})

test('where content is for members only, nobody else is let in to it', async () => {
  await world.set({ content_availability: false })
  for (const endpoint of endpoints.filter(({ declaration }) => declaration.who.name === 'visitor')) {
    const statuses = await Promise.all(
      (['nobody', 'blocked', 'other'] as const).map(async (caller) => letter((await knock(endpoint, caller)).status)),
    )
    expect([nameOf(endpoint), statuses]).toEqual([nameOf(endpoint), ['u', '+', '+']])
  }
  await world.set({ content_availability: true })
})

/** The answer to a body that nobody can read, which comes after all that is asked at the door. */
const isUnread = (text: string) => /"parse_error"|_mode_required"/.test(text)

const isRead = (endpoint: Named, status: number) =>
  [otherwise[nameOf(endpoint)] ?? 200].flat().includes(status) || (status === 404 && !isMade(nounOf(endpoint.path)))

const isMade = (noun: string | undefined) => noun === undefined || noun === 'user' || noun in things
